package ber

import (
	"bytes"
	"encoding/hex"
	"math"
	"slices"
	"testing"
)

func TestIntegersAreMinimalTwosComplement(t *testing.T) {
	for v, want := range map[int64]string{
		0: "020100", 127: "02017f", 128: "02020080", 256: "02020100",
		-1: "0201ff", -128: "020180", -129: "0202ff7f", math.MaxInt32: "02047fffffff", -4000: "0202f060",
	} {
		w := NewWriter(make([]byte, 16))
		w.Int(v)
		if got := hex.EncodeToString(w.Bytes()); got != want {
			t.Errorf("Int(%d) = %s, want %s", v, got, want)
		}
		r := Reader(w.Bytes())
		if got, err := r.Int(); err != nil || int64(got) != v {
			t.Errorf("read back %d, %v, want %d", got, err, v)
		}
	}
}

func TestUnsignedTypesKeepTheirHighBitClear(t *testing.T) {
	for v, want := range map[uint64]string{
		0: "460100", 127: "46017f", 128: "46020080", math.MaxUint32: "460500ffffffff",
		math.MaxUint64: "460900ffffffffffffffff",
	} {
		w := NewWriter(make([]byte, 16))
		w.Uint(Counter64, v)
		if got := hex.EncodeToString(w.Bytes()); got != want {
			t.Errorf("Uint(%d) = %s, want %s", v, got, want)
		}
	}
}

func TestOIDsSurviveTheRoundTrip(t *testing.T) {
	for _, oid := range [][]uint32{
		{1, 3, 6, 1, 2, 1, 1, 1, 0}, {0, 0}, {2, 100, 3}, {1, 3, 6, 1, 4, 1, 25506, 2, 70, math.MaxUint32},
		{1, 3, 111, 2, 802},
	} {
		w := NewWriter(make([]byte, 64))
		w.OID(oid)
		r := Reader(w.Bytes())
		body, err := r.Expect(ObjectID)
		if err != nil {
			t.Fatal(err)
		}
		got, err := OID(nil, body)
		if err != nil || !slices.Equal(got, oid) {
			t.Errorf("%v came back as %v, %v", oid, got, err)
		}
	}
}

func TestMalformedElementsAreRefused(t *testing.T) {
	for name, in := range map[string]string{
		"nothing": "", "tag alone": "02", "too short": "020401", "indefinite length": "308000",
		"four length bytes": "308401010101", "multi-byte tag": "1f0100", "length beyond": "30820500",
	} {
		b, _ := hex.DecodeString(in)
		r := Reader(b)
		if tag, body, err := r.Next(); err == nil {
			t.Errorf("%s: read tag %x, body %x", name, tag, body)
		}
	}
	for name, in := range map[string]string{"empty": "", "ends inside an arc": "2b86", "padded arc": "2b8001",
		"arc over 32 bits": "2b9fffffffff7f"} {
		b, _ := hex.DecodeString(in)
		if oid, err := OID(nil, b); err == nil {
			t.Errorf("OID %s: read %v", name, oid)
		}
	}
}

func TestWriterSaysWhenItIsFull(t *testing.T) {
	w := NewWriter(make([]byte, 5))
	w.String("hello world")
	if !w.Full() {
		t.Fatal("eleven bytes fitted into five")
	}
}

func TestLongLengths(t *testing.T) {
	for _, n := range []int{127, 128, 255, 256, 65535, 65536} {
		w := NewWriter(make([]byte, n+8))
		w.Element(OctetString, bytes.Repeat([]byte{7}, n))
		r := Reader(w.Bytes())
		body, err := r.Expect(OctetString)
		if err != nil || len(body) != n || len(r) != 0 {
			t.Errorf("%d bytes came back as %d, %v", n, len(body), err)
		}
	}
}

func FuzzOID(f *testing.F) {
	f.Add([]byte{0x2b, 6, 1, 2, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		oid, err := OID(nil, b)
		if err != nil {
			return
		}
		w := NewWriter(make([]byte, 1024))
		w.OID(oid)
		r := Reader(w.Bytes())
		body, _ := r.Expect(ObjectID)
		if !bytes.Equal(body, b) {
			t.Fatalf("%x came back as %x", b, []byte(body))
		}
	})
}
