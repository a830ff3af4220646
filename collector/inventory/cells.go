package inventory

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"
)

// The kinds of cell. Each returns a column that reads and writes one field.

func id[T any](name string, field func(*T) *string) column[T] {
	return column[T]{name: name, required: true, set: func(row *T, cell string) error {
		*field(row) = cell
		if !validID(cell) {
			return fmt.Errorf("%q is not an id; use letters, digits, '_', '.' and '-', beginning with a letter or digit", cell)
		}
		return nil
	}, get: func(row *T) string { return *field(row) }}
}

func text[T any](name string, field func(*T) *string) column[T] {
	return column[T]{name: name, set: func(row *T, cell string) error {
		*field(row) = cell
		return nil
	}, get: func(row *T) string { return *field(row) }}
}

// word reads one of a closed set.
func word[T any, W ~string](name string, field func(*T) *W, allowed []W) column[T] {
	return column[T]{name: name, set: func(row *T, cell string) error {
		for _, w := range allowed {
			if string(w) == cell {
				*field(row) = w
				return nil
			}
		}
		return notAllowed(cell, allowed)
	}, get: func(row *T) string { return string(*field(row)) }}
}

func notAllowed[W ~string](cell string, allowed []W) error {
	hint := ""
	for _, w := range allowed {
		if strings.EqualFold(string(w), cell) {
			hint = fmt.Sprintf(" (is %s meant?)", w)
		}
	}
	return fmt.Errorf("%q is not allowed%s; write one of %s", cell, hint, list(allowed))
}

func list[W ~string](words []W) string {
	s := make([]string, len(words))
	for i, w := range words {
		s[i] = string(w)
	}
	return strings.Join(s, ", ")
}

func yesNo[T any](name string, field func(*T) *bool) column[T] {
	return column[T]{name: name, set: func(row *T, cell string) error {
		switch cell {
		case "yes":
			*field(row) = true
		case "no":
			*field(row) = false
		default:
			return notAllowed(cell, []string{"yes", "no"})
		}
		return nil
	}, get: func(row *T) string {
		if *field(row) {
			return "yes"
		}
		return "no"
	}}
}

func number[T any](name string, field func(*T) *float64, least, most float64) column[T] {
	return column[T]{name: name, set: func(row *T, cell string) error {
		v, err := strconv.ParseFloat(cell, 64)
		if err != nil || math.IsNaN(v) {
			return fmt.Errorf("%q is not a number", cell)
		}
		if v < least || v > most {
			return fmt.Errorf("%s is out of range; want %g to %g", cell, least, most)
		}
		*field(row) = v
		return nil
	}, get: func(row *T) string {
		if *field(row) == 0 {
			return ""
		}
		return strconv.FormatFloat(*field(row), 'f', -1, 64)
	}}
}

// address reads an IP address; none, where allowed, says on purpose that there is none.
func address[T any](name string, field func(*T) *netip.Addr, none bool) column[T] {
	return column[T]{name: name, set: func(row *T, cell string) error {
		if none && cell == "none" {
			return nil
		}
		addr, err := parseAddress(cell)
		if err != nil {
			return err
		}
		*field(row) = addr
		return nil
	}, get: func(row *T) string {
		if !field(row).IsValid() {
			return ""
		}
		return field(row).String()
	}}
}

func parseAddress(s string) (netip.Addr, error) {
	addr, err := netip.ParseAddr(s)
	if err != nil {
		if _, err := netip.ParsePrefix(s); err == nil {
			return addr, fmt.Errorf("%q is a network; write the address alone, without /length", s)
		}
		return addr, fmt.Errorf("%q is not an IP address", s)
	}
	return addr.Unmap(), checkAddress(addr.Unmap())
}

func checkAddress(addr netip.Addr) error {
	switch {
	case addr.Zone() != "":
		return fmt.Errorf("%q has a zone, which means nothing here", addr)
	case addr.IsUnspecified(), addr.IsMulticast(), addr == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return fmt.Errorf("%s is not the address of one device", addr)
	}
	return nil
}

func portRef[T any](name string, field func(*T) *PortRef) column[T] {
	return column[T]{name: name, set: func(row *T, cell string) error {
		*field(row) = ParsePortRef(cell)
		return nil
	}, get: func(row *T) string { return field(row).String() }}
}

// texts reads a list separated by semicolons.
func texts[T any](name string, field func(*T) *[]string) column[T] {
	return column[T]{name: name, set: func(row *T, cell string) error {
		var all []string
		for part := range strings.SplitSeq(cell, ";") {
			if part = strings.TrimSpace(part); part != "" {
				all = append(all, part)
			}
		}
		*field(row) = all
		if all == nil {
			return errors.New("holds separators only; leave it empty or name something")
		}
		return nil
	}, get: func(row *T) string { return strings.Join(*field(row), ";") }}
}

func must[T any](c column[T]) column[T] {
	c.required = true
	return c
}

// validID tells whether s may name something: [A-Za-z0-9][A-Za-z0-9_.-]*.
func validID(s string) bool {
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case i > 0 && (c == '_' || c == '.' || c == '-'):
		default:
			return false
		}
	}
	return s != ""
}
