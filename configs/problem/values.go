package problem

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Filled reports an empty value.
func (l *List) Filled(path, value string) {
	l.Check(value != "", path, "is empty, and must not be")
}

// OneOf reports a value that is none of those allowed. An empty word among
// these means that the value may be left out.
func (l *List) OneOf(path, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		named := slices.DeleteFunc(slices.Clone(allowed), func(word string) bool { return word == "" })
		l.Add(path, "want one of %s, got %q", strings.Join(named, ", "), value)
	}
}

// Between reports a whole number outside least and most; both are allowed.
func (l *List) Between(path string, v, least, most int) {
	l.Check(v >= least && v <= most, path, "want %d to %d, got %d", least, most, v)
}

// Number reports a number outside least and most; both are allowed.
func (l *List) Number(path string, v, least, most float64) {
	l.Check(v >= least && v <= most, path, "want %g to %g, got %g", least, most, v)
}

// Below reports a limit at which something ends that is not under the one at
// which it begins.
func (l *List) Below(path string, v, raise float64) {
	l.Check(v >= 0 && v < raise, path, "want 0 or more, and less than raise (%g), got %g", raise, v)
}

// Within reports a duration outside least and most; both are allowed.
func (l *List) Within(path string, v, least, most time.Duration) {
	l.Check(v >= least && v <= most, path, "want %s to %s, got %s", Brief(least), Brief(most), Brief(v))
}

// Brief writes a duration as people write it in a file: 1h, not 1h0m0s.
func Brief(v time.Duration) string {
	s := v.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// HostPort reports what is no HOST:PORT. The host may be empty, which means
// every address.
func (l *List) HostPort(path, value string) {
	i := strings.LastIndexByte(value, ':')
	ok := i >= 0
	if ok {
		host := value[:i]
		bracketed := strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]")
		_, err := strconv.ParseUint(value[i+1:], 10, 16)
		ok = err == nil && (bracketed || !strings.ContainsAny(host, ":[]"))
	}
	l.Check(ok, path, "want HOST:PORT, such as 127.0.0.1:8080, got %q", value)
}

// HTTP reports what is no address of a web server. It does not show the value,
// which may hold a key.
func (l *List) HTTP(path, value string) {
	u, err := url.Parse(value)
	ok := err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
	l.Check(ok, path, "want http://HOST/PATH or https://HOST/PATH")
}
