package symptom

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

var t0 = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

func good() Symptom {
	return Symptom{Observer: "collector/main", Subject: Port("R1", "GE0/0/1"), Kind: LinkDown, State: Raised,
		Since: t0, SinceAfter: t0.Add(-time.Minute), At: t0.Add(time.Second)}
}

func TestSubjects(t *testing.T) {
	for _, c := range []struct {
		in, device, part, wrong string
	}{
		{in: "device/R1", device: "R1"},
		{in: "port/R1/GE0/0/1", device: "R1", part: "GE0/0/1"},
		{in: "port/R1/0/5/6:32", device: "R1", part: "0/5/6:32"},
		{in: "card/R1/3", device: "R1", part: "3"},
		{in: "line/LN-0042"},
		{in: "device/", wrong: "want device/ID"},
		{in: "device/a b", wrong: "want device/ID"},
		{in: "port/R1", wrong: "want port/DEVICE/PORT"},
		{in: "port/R1/a;b", wrong: "want port/DEVICE/PORT"},
		{in: "router/R1", wrong: "not a kind of subject"},
		{in: "", wrong: "not a kind of subject"},
	} {
		s, err := ParseSubject(c.in)
		if c.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%q: want an error with %q, got %v", c.in, c.wrong, err)
			}
			continue
		}
		if err != nil || s.Device() != c.device || s.Part() != c.part {
			t.Errorf("%q: device %q part %q, %v", c.in, s.Device(), s.Part(), err)
		}
	}
}

func TestKeysSurviveTheirToken(t *testing.T) {
	z := good()
	z.Subject, z.End = Line("LN-1"), "z"
	for _, s := range []Symptom{good(), z} {
		key, err := ParseToken(s.Key().Token())
		if err != nil || key != s.Key() {
			t.Errorf("%+v came back as %+v (%v)", s.Key(), key, err)
		}
	}
	a := z
	a.End = "a"
	none := z
	none.End = ""
	if a.Key() != none.Key() || a.Key() == z.Key() {
		t.Error("end a is the same as no end, and z is another")
	}
}

func TestValidateNamesWhatIsWrong(t *testing.T) {
	if err := good().Validate(); err != nil {
		t.Fatalf("a good symptom: %v", err)
	}
	for want, break_ := range map[string]func(*Symptom){
		"does not observe":          func(s *Symptom) { s.Observer = "device/R1" },
		"not a kind of subject":     func(s *Symptom) { s.Subject = "nonsense" },
		"want a or z":               func(s *Symptom) { s.End = "b" },
		"only a line has ends":      func(s *Symptom) { s.End = "z" },
		"not a kind of symptom":     func(s *Symptom) { s.Kind = "tired" },
		"want raised or cleared":    func(s *Symptom) { s.State = "" },
		"since is missing":          func(s *Symptom) { s.Since, s.SinceAfter = time.Time{}, time.Time{} },
		"later than since":          func(s *Symptom) { s.SinceAfter = s.Since.Add(1) },
		"at is missing":             func(s *Symptom) { s.At = time.Time{} },
		"cleared_at is set":         func(s *Symptom) { s.ClearedAt = s.At },
		"value NaN is not a number": func(s *Symptom) { var zero float64; s.Value = zero / zero },
	} {
		s := good()
		break_(&s)
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func TestDecodeIsStrict(t *testing.T) {
	b, err := json.Marshal(good())
	if err != nil {
		t.Fatal(err)
	}
	if s, err := Decode(b); err != nil || s != good() {
		t.Fatalf("came back as %+v (%v)", s, err)
	}
	for want, in := range map[string]string{
		"unknown field":  strings.Replace(string(b), `"kind"`, `"sort":1,"kind"`, 1),
		"more follows":   string(b) + "{}",
		"unexpected end": "",
		"bytes: at most": strings.Repeat(" ", MaxEncoded+1),
		"since is missing": `{"observer":"collector/main","subject":"device/R1","kind":"los","state":"raised",` +
			`"at":"2026-03-01T08:00:00Z"}`,
	} {
		if _, err := Decode([]byte(in)); err == nil || (!strings.Contains(err.Error(), want) && want != "unexpected end") {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func FuzzParseSubject(f *testing.F) {
	for _, s := range []string{"device/R1", "port/R1/GE0/0/1", "port/R1/", "x", "line/a/b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		s, err := ParseSubject(in)
		if err != nil {
			return
		}
		if string(s) != in || s.ID() == "" {
			t.Errorf("%q was taken as %q", in, s)
		}
	})
}

func FuzzParseToken(f *testing.F) {
	f.Add(good().Key().Token())
	f.Add("a.b")
	f.Add("!.!.!")
	f.Fuzz(func(t *testing.T, in string) {
		key, err := ParseToken(in)
		if err != nil {
			return
		}
		again, err := ParseToken(key.Token())
		if err != nil || again != key {
			t.Errorf("%q: %+v came back as %+v (%v)", in, key, again, err)
		}
	})
}

func FuzzDecode(f *testing.F) {
	b, _ := json.Marshal(good())
	f.Add(b)
	f.Add([]byte(`{"observer":"ems/U2000","subject":"line/L","end":"z","kind":"los","state":"cleared"}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		s, err := Decode(in)
		if err != nil {
			return
		}
		out, err := json.Marshal(s)
		if err != nil {
			t.Fatalf("decoded, but does not encode: %v", err)
		}
		if again, err := Decode(out); err != nil || again.Key() != s.Key() || !again.Since.Equal(s.Since) {
			t.Errorf("%s came back as %+v (%v)", in, again, err)
		}
	})
}
