package problem_test

import (
	"testing"
	"time"

	"github.com/linewarden/linewarden/configs/problem"
)

func TestAPathIsJoined(t *testing.T) {
	for _, c := range []struct{ name, path, below, want string }{
		{"a key below a key", "collector", "snmp.timeout", "collector.snmp.timeout"},
		{"a place in a list", "rules", "[3].group", "rules[3].group"},
		{"the part as a whole", "bus", "", "bus"},
		{"no owner", "", "bus.url", "bus.url"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := problem.Join(c.path, c.below); got != c.want {
				t.Errorf("Join(%q, %q) = %q, want %q", c.path, c.below, got, c.want)
			}
		})
	}
}

func TestWhatEachCheckSays(t *testing.T) {
	for _, c := range []struct {
		name, want string // want is empty where nothing is wrong
		check      func(*problem.List)
	}{
		{"an empty value", "k: is empty, and must not be", func(l *problem.List) { l.Filled("k", "") }},
		{"a word that is not allowed", `k: want one of a, b, got "c"`, func(l *problem.List) { l.OneOf("k", "c", "a", "b") }},
		{"the least that is allowed", "", func(l *problem.List) { l.Between("k", 1, 1, 5) }},
		{"too many", "k: want 1 to 5, got 6", func(l *problem.List) { l.Between("k", 6, 1, 5) }},
		{"too little", "k: want 0.5 to 1, got 0.25", func(l *problem.List) { l.Number("k", .25, .5, 1) }},
		{"too long", "k: want 1m to 1h, got 1h30m", func(l *problem.List) { l.Within("k", 90*time.Minute, time.Minute, time.Hour) }},
		{"an address without a host", "", func(l *problem.List) { l.HostPort("k", ":162") }},
		{"IPv6 in brackets", "", func(l *problem.List) { l.HostPort("k", "[::1]:162") }},
		{"IPv6 without brackets", `k: want HOST:PORT, such as 127.0.0.1:8080, got "::1:162"`,
			func(l *problem.List) { l.HostPort("k", "::1:162") }},
		{"no port", `k: want HOST:PORT, such as 127.0.0.1:8080, got "noc"`, func(l *problem.List) { l.HostPort("k", "noc") }},
		{"a port beyond the last", `k: want HOST:PORT, such as 127.0.0.1:8080, got "noc:65536"`,
			func(l *problem.List) { l.HostPort("k", "noc:65536") }},
		{"another scheme, not shown", "k: want http://HOST/PATH or https://HOST/PATH",
			func(l *problem.List) { l.HTTP("k", "ftp://key@host/") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			var l problem.List
			c.check(&l)
			got := ""
			if err := problem.Error(l); err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("said %q, want %q", got, c.want)
			}
		})
	}
}

func TestAnOwnerPutsItsKeyBefore(t *testing.T) {
	var part, whole problem.List
	part.Add("url", "is empty")
	part.Add("", "is twice there")
	whole.Under(problem.At("webhooks", 2), part)
	if whole[0].Path != "webhooks[2].url" || whole[1].Path != "webhooks[2]" {
		t.Errorf("paths = %+v", whole)
	}
}
