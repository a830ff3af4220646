package symptom

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestPlacesReadAsTheyAreWritten(t *testing.T) {
	for _, c := range []struct {
		name, in, out string
		want          Place
		wrong         string
	}{
		{name: "a device has no ends", in: "device/R1", out: "device/R1", want: Place{Subject: "device/R1"}},
		{name: "a port keeps its slashes", in: "port/R1/0/z", out: "port/R1/0/z", want: Place{Subject: "port/R1/0/z"}},
		{name: "the A end of a line", in: "line/LN-1/a", out: "line/LN-1/a", want: Place{Subject: "line/LN-1"}},
		{name: "a line without an end is its A end", in: "line/LN-1", out: "line/LN-1/a", want: Place{Subject: "line/LN-1"}},
		{name: "the Z end of a line", in: "line/LN-1/z", out: "line/LN-1/z", want: Place{Subject: "line/LN-1", End: "z"}},
		{name: "a line may be called a", in: "line/a", out: "line/a/a", want: Place{Subject: "line/a"}},
		{name: "no third end", in: "line/LN-1/b", wrong: "want line/ID"},
		{name: "no subject", in: "", wrong: "not a kind of subject"},
	} {
		p, err := ParsePlace(c.in)
		if c.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%s: want an error with %q, got %v", c.name, c.wrong, err)
			}
			continue
		}
		if err != nil || p != c.want || p.String() != c.out {
			t.Errorf("%s: %q is %+v, written %q (%v)", c.name, c.in, p, p, err)
		}
	}
}

func TestPlacesOfOneMeaningAreEqual(t *testing.T) {
	line := Line("LN-1")
	if PlaceOf(line, "a") != PlaceOf(line, "") || PlaceOf(line, "a") == PlaceOf(line, "z") {
		t.Error("end a is the same as no end, and z is another")
	}
	for p, want := range map[Place]string{PlaceOf(line, ""): "a", PlaceOf(line, "z"): "z", PlaceOf(Device("R1"), ""): ""} {
		if got := p.LineEnd(); got != want {
			t.Errorf("the end of %+v is %q, want %q", p, got, want)
		}
	}
	for _, p := range []Place{PlaceOf(Device("R1"), "a"), PlaceOf(Port("R1", "GE1"), "z"), PlaceOf(line, "b")} {
		if p.Validate() == nil {
			t.Errorf("%+v is taken", p)
		}
	}
}

func TestPlacesAreKeysOfAnObject(t *testing.T) {
	a, z, port := PlaceOf(Line("LN-1"), "a"), PlaceOf(Line("LN-1"), "z"), PlaceOf(Port("R1", "GE0/0/1"), "")
	in := map[Place]int{a: 1, z: 2, port: 3}
	b, err := json.Marshal(in)
	if err != nil || string(b) != `{"line/LN-1/a":1,"line/LN-1/z":2,"port/R1/GE0/0/1":3}` {
		t.Fatalf("written as %s (%v)", b, err)
	}
	var out map[Place]int
	if err := json.Unmarshal(b, &out); err != nil || len(out) != 3 || out[z] != 2 {
		t.Fatalf("read as %v (%v)", out, err)
	}
	if err := json.Unmarshal([]byte(`{"line/LN-1/b":1}`), &out); err == nil {
		t.Error("a third end is taken")
	}
}

func FuzzParsePlace(f *testing.F) {
	for _, s := range []string{"device/R1", "port/R1/GE0/0/1", "line/LN-1", "line/LN-1/a", "line/a/z", "line//z", "/a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		p, err := ParsePlace(in)
		if err != nil {
			return
		}
		if again, err := ParsePlace(p.String()); err != nil || again != p || p != PlaceOf(p.Subject, p.LineEnd()) {
			t.Errorf("%q: %+v came back as %+v (%v)", in, p, again, err)
		}
	})
}
