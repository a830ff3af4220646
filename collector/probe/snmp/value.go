package snmp

import (
	"math"
	"strings"

	"github.com/gosnmp/gosnmp"
)

// number reads any integer type. Counter64 keeps its bits; ok is false for text.
func number(pdu gosnmp.SnmpPDU) (n int64, ok bool) {
	switch v := pdu.Value.(type) {
	case int:
		return int64(v), true
	case uint:
		return int64(v), true
	case uint32:
		return int64(v), true
	case uint64:
		return int64(v), true
	}
	return 0, false
}

// text reads a name; agents pad names with NULs and blanks.
func text(pdu gosnmp.SnmpPDU) string {
	octets, ok := pdu.Value.([]byte)
	if !ok {
		return ""
	}
	return strings.TrimSpace(strings.TrimRight(strings.ToValidUTF8(string(octets), ""), "\x00"))
}

// reading is a raw value in the column's unit.
func (c *Column) convert(raw int64) (float64, bool) {
	scale, in := c.Scale, c.In
	if c.Positive != nil && raw > 0 {
		scale, in = c.Positive.Scale, c.Positive.In
	}
	v := float64(raw) * scale
	switch in {
	case "uW":
		v /= 1000
		fallthrough
	case "mW":
		if v <= 0 { // no light at all has no logarithm
			return 0, false
		}
		v = 10 * math.Log10(v)
	}
	return v, true
}
