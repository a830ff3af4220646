package snmp

import (
	"fmt"
	"strconv"
	"strings"
)

// OIDs are kept as gosnmp writes them: decimal arcs, each with a leading dot.

// parseOID checks what a person wrote, with or without the leading dot.
func parseOID(s string) (string, error) {
	s = strings.TrimPrefix(s, ".")
	arcs := strings.Split(s, ".")
	if len(arcs) < 2 || len(arcs) > 128 {
		return "", fmt.Errorf("%q is not an OID: want 2 to 128 numbers joined by dots", s)
	}
	for _, arc := range arcs {
		if _, err := strconv.ParseUint(arc, 10, 32); err != nil || (len(arc) > 1 && arc[0] == '0') {
			return "", fmt.Errorf("%q is not an OID: %q is not a number", s, arc)
		}
	}
	return "." + s, nil
}

// under returns what follows root in oid, without the dot between.
func under(root, oid string) (string, bool) {
	rest, ok := strings.CutPrefix(oid, root)
	if !ok || len(rest) < 2 || rest[0] != '.' {
		return "", false
	}
	return rest[1:], true
}

// compareOID orders by arcs as numbers.
func compareOID(a, b string) int {
	for a != "" && b != "" {
		var x, y uint64
		x, a = arc(a)
		y, b = arc(b)
		if x != y {
			if x < y {
				return -1
			}
			return 1
		}
	}
	return len(a) - len(b)
}

func arc(oid string) (n uint64, rest string) {
	oid = strings.TrimPrefix(oid, ".")
	i := 0
	for ; i < len(oid) && oid[i] != '.'; i++ {
		n = n*10 + uint64(oid[i]-'0')
	}
	return n, oid[i:]
}
