package ping

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// target is one line of input.
type target struct {
	name  string // as written
	where place
	addr  netip.Addr
	err   error // why it has no address
}

// place is where a target was written.
type place struct {
	source string
	line   int // 0: an argument
}

func (p place) String() string {
	if p.line == 0 {
		return p.source
	}
	return p.source + ":" + strconv.Itoa(p.line)
}

// read gathers the targets from files and arguments. All that is wrong is
// reported in one error, a line for each place.
func read(files, args []string, stdin io.Reader) ([]target, error) {
	var targets []target
	var errs []error
	for _, name := range files {
		text, source, err := readFile(name, stdin)
		if err == nil {
			targets, err = parseLines(targets, source, text)
		}
		errs = append(errs, err)
	}
	for _, arg := range args {
		t, err := parse(arg, place{source: "argument " + strconv.Quote(arg)})
		if err != nil {
			errs = append(errs, err)
			continue
		}
		targets = append(targets, t)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if len(targets) == 0 {
		return nil, fmt.Errorf("%s: no targets in it", strings.Join(files, ", "))
	}
	return targets, nil
}

func readFile(name string, stdin io.Reader) (text, source string, err error) {
	var b []byte
	if source = name; name == "-" {
		source = "standard input"
		b, err = io.ReadAll(stdin)
	} else {
		b, err = os.ReadFile(name)
	}
	if err != nil {
		return "", "", fmt.Errorf("read targets: %w", err)
	}
	return string(b), source, nil
}

// parseLines appends one target for each line. Blank lines and what follows a
// # are nothing.
func parseLines(targets []target, source, text string) ([]target, error) {
	text = strings.TrimPrefix(text, "\ufeff") // as some editors begin a file
	targets = slices.Grow(targets, strings.Count(text, "\n")+1)
	var errs []error
	at := place{source: source}
	for line := range strings.Lines(text) {
		at.line++
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		t, err := parse(line, at)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		targets = append(targets, t)
	}
	return targets, errors.Join(errs...)
}

// parse accepts an address, or a name that DNS could know.
func parse(text string, where place) (target, error) {
	t := target{name: text, where: where}
	var err error
	if t.addr, err = netip.ParseAddr(text); err == nil {
		if !interfaceName(t.addr.Zone()) {
			return target{}, fmt.Errorf("%s: %.100q: %q is no name of an interface", where, text, t.addr.Zone())
		}
		return t, nil
	}
	if why := notAName(text); why != "" {
		return target{}, fmt.Errorf("%s: %.100q is neither an address nor a name: %s", where, text, why)
	}
	return t, nil
}

// interfaceName is what Linux lets an interface be called, or nothing.
func interfaceName(zone string) bool {
	return len(zone) < 16 && !strings.ContainsFunc(zone, func(c rune) bool { return c <= ' ' || c > '~' || c == '/' || c == '%' })
}

// notAName says what speaks against a host name (RFC 1123, 2.1), underscores
// forgiven. A last label of digits would be a mistyped address.
func notAName(text string) string {
	if len(text) > 253 {
		return "longer than 253 characters"
	}
	labels := strings.Split(strings.TrimSuffix(text, "."), ".")
	for _, label := range labels {
		switch {
		case label == "":
			return "empty label"
		case len(label) > 63:
			return "label longer than 63 characters"
		case label[0] == '-' || label[len(label)-1] == '-':
			return "label begins or ends with a hyphen"
		}
		for _, c := range []byte(label) {
			if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
				return fmt.Sprintf("unexpected %q", c)
			}
		}
	}
	if strings.Trim(labels[len(labels)-1], "0123456789") == "" {
		return "looks like an address but is none"
	}
	return ""
}

// resolve gives names their address, IPv4 if there is one, several at a time,
// and looks whether the interfaces of scoped addresses exist.
func resolve(ctx context.Context, targets []target) {
	const atATime, patience = 32, 5 * time.Second
	var g errgroup.Group
	g.SetLimit(atATime)
	for i := range targets {
		t := &targets[i]
		if t.addr.IsValid() {
			t.err = knownZone(t.addr.Zone())
			continue
		}
		g.Go(func() error {
			ctx, cancel := context.WithTimeout(ctx, patience)
			defer cancel()
			addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", t.name)
			if err != nil {
				t.err = fmt.Errorf("resolve: %w", err)
				return nil
			}
			for _, a := range addrs {
				if a = a.Unmap(); a.Is4() || !t.addr.IsValid() {
					t.addr = a
					if a.Is4() {
						break
					}
				}
			}
			if !t.addr.IsValid() {
				t.err = fmt.Errorf("resolve %s: no address", t.name)
			}
			return nil
		})
	}
	_ = g.Wait() // every error stays with its target
}

// knownZone accepts the name or the number of an interface, or none.
func knownZone(zone string) error {
	if zone == "" || strings.Trim(zone, "0123456789") == "" {
		return nil
	}
	if _, err := net.InterfaceByName(zone); err != nil {
		return fmt.Errorf("interface %s: %w", zone, err)
	}
	return nil
}
