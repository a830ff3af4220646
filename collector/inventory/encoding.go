package inventory

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

var bom = []byte("\ufeff")

// decode turns a file as a spreadsheet wrote it into UTF-8 without BOM. Bytes
// that are not UTF-8 are GB18030, which also holds GBK and GB2312.
func decode(raw []byte) ([]byte, error) {
	if bytes.HasPrefix(raw, []byte{0xff, 0xfe}) || bytes.HasPrefix(raw, []byte{0xfe, 0xff}) {
		return nil, errors.New("the file is UTF-16; save it as \"CSV UTF-8\"")
	}
	if bytes.HasPrefix(raw, []byte("PK\x03\x04")) || bytes.HasPrefix(raw, []byte{0xd0, 0xcf, 0x11, 0xe0}) {
		return nil, errors.New("the file is a spreadsheet's own format; save it as \"CSV UTF-8\"")
	}
	if i := bytes.IndexByte(raw, 0); i >= 0 {
		return nil, fmt.Errorf("line %d holds a zero byte; the file is not CSV", lineAt(raw, i))
	}
	if rest, ok := bytes.CutPrefix(raw, bom); ok {
		if i := invalid(rest); i >= 0 {
			return nil, fmt.Errorf("line %d is not UTF-8, though the file begins as UTF-8 with BOM", lineAt(rest, i))
		}
		return rest, nil
	}
	if utf8.Valid(raw) {
		return raw, nil
	}
	if yes, no, mixed := twoEncodings(raw); mixed {
		return nil, fmt.Errorf("the file is in two encodings: line %d is UTF-8, line %d is not; save all of it as \"CSV "+
			"UTF-8\"", yes, no)
	}
	text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(raw)
	if err != nil {
		return nil, fmt.Errorf("not UTF-8, and not GB18030 either: %w", err)
	}
	if i := bytes.Index(text, []byte("\ufffd")); i >= 0 {
		return nil, fmt.Errorf("line %d is neither UTF-8 nor GB18030; save the file as \"CSV UTF-8\"", lineAt(text, i))
	}
	return bytes.TrimPrefix(text, bom), nil
}

// twoEncodings finds rows that were pasted from a file in another encoding.
// GB18030 takes nearly any bytes, so that names would turn to rubbish without a
// word. Text of GB18030 may happen to be UTF-8 as well, but hardly ever such
// that each of its characters is Chinese: yes is the first line that is, no the
// first that is not UTF-8. One such line in twenty is no accident.
func twoEncodings(raw []byte) (yes, no int, mixed bool) {
	chinese, other, n := 0, 0, 0
	for line := range bytes.Lines(raw) {
		n++
		switch kind := encodingOf(line); {
		case kind == 0:
		case kind > 0:
			if chinese++; yes == 0 {
				yes = n
			}
		default:
			if other++; no == 0 {
				no = n
			}
		}
	}
	return yes, no, yes > 0 && no > 0 && chinese*20 >= chinese+other
}

// encodingOf is 1 for a line of UTF-8 whose characters beyond ASCII are all
// Chinese or full-width, -1 for one that is not UTF-8, 0 where nothing can be told.
func encodingOf(line []byte) int {
	kind := 0
	for len(line) > 0 {
		r, n := utf8.DecodeRune(line)
		switch {
		case r == utf8.RuneError && n == 1:
			return -1
		case r >= 0x2000 && kind == 0:
			kind = 1
		case r >= utf8.RuneSelf && r < 0x2000:
			kind = 2
		}
		line = line[n:]
	}
	return kind % 2
}

// invalid is the place of the first byte that is not UTF-8, or -1.
func invalid(b []byte) int {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

func lineAt(b []byte, i int) int { return 1 + bytes.Count(b[:i], []byte("\n")) }
