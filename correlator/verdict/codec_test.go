package verdict

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
)

func example() Verdict {
	at := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	return Verdict{
		ID: "V 1", Epoch: 3, Version: 2, State: Open, Outcome: Root, FaultDomain: Trunk,
		Started: at, Decided: at.Add(time.Second), Lines: Lines{Down: []string{"LN-1"}},
		Evidence: Evidence{For: []Fact{{Subject: "line/LN-1", End: "z", Kind: symptom.Unreachable, State: "raised"}}},
	}
}

func TestVerdictsComeBackAsTheyWereWritten(t *testing.T) {
	v := example()
	value, err := Encode(v)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := Decode(Key(v), value); err != nil || !reflect.DeepEqual(back, v) {
		t.Errorf("came back as %+v (%v)", back, err)
	}
	if Key(v) != "ViAx" || Edition(v) != "3-2" {
		t.Errorf("key %q, edition %q", Key(v), Edition(v))
	}
	newer := strings.Replace(string(value), `"id"`, `"a_word_of_tomorrow":1,"id"`, 1)
	if _, err := Decode(Key(v), []byte(newer)); err != nil {
		t.Errorf("a newer correlator is not understood: %v", err)
	}
}

func TestWhatIsNoVerdictIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ key, value string }{
		"no JSON":           {"VjE", "verdict"},
		"no id":             {"VjE", "{}"},
		"another's key":     {"VjE", `{"id":"V2"}`},
		"null":              {"", "null"},
		"a number too wide": {"VjE", `{"id":"V1","version":-1}`},
	} {
		if _, err := Decode(c.key, []byte(c.value)); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func FuzzDecode(f *testing.F) {
	value, err := Encode(example())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(Key(example()), value)
	f.Add("VjE", []byte(`{"id":"V1","lines":{"down":null}}`))
	f.Fuzz(func(t *testing.T, key string, value []byte) {
		v, err := Decode(key, value)
		if err != nil {
			return
		}
		if Key(v) != key {
			t.Errorf("%q holds verdict %q", key, v.ID)
		}
		again, err := Encode(v)
		if err != nil {
			t.Fatalf("decoded, but does not encode: %v", err)
		}
		if back, err := Decode(key, again); err != nil || back.ID != v.ID || back.Version != v.Version {
			t.Errorf("%s came back as %+v (%v)", again, back, err)
		}
	})
}
