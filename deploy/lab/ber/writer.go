package ber

// Writer encodes from the end of its buffer towards the front: what comes last
// on the wire is written first. When the buffer is too small it sets Full and
// drops the rest, so that a caller checks once.
type Writer struct {
	buf  []byte
	pos  int
	full bool
}

// NewWriter writes into buf, whose length is the limit of the message.
func NewWriter(buf []byte) *Writer { return &Writer{buf: buf, pos: len(buf)} }

// Full reports whether something did not fit.
func (w *Writer) Full() bool { return w.full }

// Bytes is what has been written, at the end of the buffer.
func (w *Writer) Bytes() []byte { return w.buf[w.pos:] }

// Len is the number of bytes written: the mark that Close takes.
func (w *Writer) Len() int { return len(w.buf) - w.pos }

func (w *Writer) byte(b byte) {
	if w.pos == 0 {
		w.full = true
		return
	}
	w.pos--
	w.buf[w.pos] = b
}

// Raw writes contents as they are.
func (w *Writer) Raw(b []byte) {
	if len(b) > w.pos {
		w.full = true
		return
	}
	w.pos -= len(b)
	copy(w.buf[w.pos:], b)
}

// Close puts tag and length before everything written since Len was mark.
func (w *Writer) Close(tag byte, mark int) {
	n := w.Len() - mark
	if n < 0x80 {
		w.byte(byte(n))
	} else {
		k := byte(0)
		for ; n > 0; n >>= 8 {
			w.byte(byte(n))
			k++
		}
		w.byte(0x80 | k)
	}
	w.byte(tag)
}

// Element writes tag, length and contents.
func (w *Writer) Element(tag byte, body []byte) {
	mark := w.Len()
	w.Raw(body)
	w.Close(tag, mark)
}

// String writes an OCTET STRING.
func (w *Writer) String(s string) {
	mark := w.Len()
	if len(s) > w.pos {
		w.full = true
		return
	}
	w.pos -= len(s)
	copy(w.buf[w.pos:], s)
	w.Close(OctetString, mark)
}

// Int writes an INTEGER, in as few bytes as two's complement allows.
func (w *Writer) Int(v int64) {
	mark := w.Len()
	for {
		w.byte(byte(v))
		rest := v >> 8
		if sign := v & 0x80; (rest == 0 && sign == 0) || (rest == -1 && sign != 0) {
			break
		}
		v = rest
	}
	w.Close(Integer, mark)
}

// Uint writes an unsigned application type: Counter32, Gauge32, TimeTicks,
// Counter64.
func (w *Writer) Uint(tag byte, v uint64) {
	mark := w.Len()
	for {
		last := byte(v)
		w.byte(last)
		if v >>= 8; v == 0 {
			if last&0x80 != 0 {
				w.byte(0)
			}
			break
		}
	}
	w.Close(tag, mark)
}

// OID writes an OBJECT IDENTIFIER of at least two arcs.
func (w *Writer) OID(oid []uint32) {
	mark := w.Len()
	for i := len(oid) - 1; i >= 2; i-- {
		w.base128(uint64(oid[i]))
	}
	if len(oid) >= 2 {
		w.base128(uint64(oid[0])*40 + uint64(oid[1]))
	}
	w.Close(ObjectID, mark)
}

func (w *Writer) base128(v uint64) {
	w.byte(byte(v & 0x7f))
	for v >>= 7; v > 0; v >>= 7 {
		w.byte(byte(v) | 0x80)
	}
}
