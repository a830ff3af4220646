package ber_test

import (
	"bytes"
	"testing"

	"github.com/linewarden/linewarden/collector/probe/ber"
)

func TestTake(t *testing.T) {
	long := append([]byte{0x04, 0x82, 0x01, 0x00}, bytes.Repeat([]byte{7}, 256)...)
	for _, c := range []struct {
		name    string
		in      []byte
		tag     byte
		content []byte
		rest    []byte
		ok      bool
	}{
		{"an element, and what follows it", []byte{2, 1, 5, 9}, ber.Integer, []byte{5}, []byte{9}, true},
		{"nothing in it", []byte{0x30, 0}, ber.Sequence, []byte{}, []byte{}, true},
		{"a length of two octets", long, ber.OctetString, long[4:], []byte{}, true},
		{"a length in more octets than it needs", []byte{4, 0x82, 0, 1, 'x'}, ber.OctetString, []byte{'x'}, []byte{}, true},
		{"another tag", []byte{2, 1, 5}, ber.Sequence, nil, nil, false},
		{"more announced than there is", []byte{4, 3, 1, 2}, ber.OctetString, nil, nil, false},
		{"a length that is cut off", []byte{4, 0x82, 1}, ber.OctetString, nil, nil, false},
		{"an indefinite length", []byte{0x30, 0x80, 0, 0}, ber.Sequence, nil, nil, false},
		{"a length of four octets", []byte{4, 0x84, 0, 0, 0, 1, 'x'}, ber.OctetString, nil, nil, false},
		{"one octet", []byte{4}, ber.OctetString, nil, nil, false},
		{"nothing", nil, ber.OctetString, nil, nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			content, rest, ok := ber.Take(c.in, c.tag)
			if ok != c.ok || !bytes.Equal(content, c.content) || !bytes.Equal(rest, c.rest) {
				t.Errorf("%v, then %v, %v; want %v, then %v, %v", content, rest, ok, c.content, c.rest, c.ok)
			}
		})
	}
}

func FuzzTake(f *testing.F) {
	f.Add([]byte{0x30, 0x82, 0, 3, 2, 1, 5}, byte(0x30))
	f.Fuzz(func(t *testing.T, b []byte, tag byte) {
		content, rest, ok := ber.Take(b, tag)
		if ok && (len(content)+len(rest) > len(b)-2 || !bytes.HasSuffix(b, rest)) {
			t.Errorf("%v is taken apart into %v and %v", b, content, rest)
		}
	})
}
