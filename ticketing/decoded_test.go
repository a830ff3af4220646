package ticketing

import (
	"fmt"
	"testing"
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/store"
)

// recorded are the documents of so many open faults of two hundred lines each.
func recorded(tb testing.TB, faults int) []store.Doc {
	tb.Helper()
	var docs []store.Doc
	for i := range faults {
		v := verdict.Verdict{ID: fmt.Sprintf("V%d", i), Epoch: 1, Version: 1, State: verdict.Open, Started: time.Now()}
		for l := range 200 {
			v.Lines.Down = append(v.Lines.Down, fmt.Sprintf("LN-%d-%d", i, l))
		}
		for f := range 50 {
			v.Evidence.For = append(v.Evidence.For, verdict.Fact{Subject: symptom.Line(v.Lines.Down[f]), Kind: symptom.Unreachable})
		}
		record, err := faultRecord(v)
		if err != nil {
			tb.Fatal(err)
		}
		docs = append(docs, record[0])
	}
	return docs
}

func TestADecodedFaultIsThatOfTheRecord(t *testing.T) {
	var kept decoded
	docs := recorded(t, 2)
	for what, c := range map[string]struct {
		docs []store.Doc
		want string
	}{
		"as it was first":         {docs, "[V0 v1 V1 v1]"},
		"as it was, once more":    {docs, "[V0 v1 V1 v1]"},
		"as another daemon wrote": {[]store.Doc{docs[0], newer(t, docs[1])}, "[V0 v1 V1 v2]"},
		"without one that left":   {docs[:1], "[V0 v1]"},
	} {
		all, err := kept.list(c.docs)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, v := range all {
			got = append(got, fmt.Sprintf("%s v%d", v.ID, v.Version))
		}
		if fmt.Sprint(got) != c.want {
			t.Errorf("%s: %v, want %s", what, got, c.want)
		}
	}
}

// newer is the document of the verdict's second version.
func newer(t *testing.T, doc store.Doc) store.Doc {
	t.Helper()
	v, err := decodeVerdict(doc)
	if err != nil {
		t.Fatal(err)
	}
	v.Version = 2
	docs, err := faultRecord(v)
	if err != nil {
		t.Fatal(err)
	}
	return docs[0]
}

// BenchmarkFaults is a page's list of two hundred open faults, against decoding
// each of them.
func BenchmarkFaults(b *testing.B) {
	docs := recorded(b, 200)
	var kept decoded
	began := time.Now()
	if _, err := kept.list(docs); err != nil {
		b.Fatal(err)
	}
	first := time.Since(began)
	for b.Loop() {
		if _, err := kept.list(docs); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(first)*float64(b.N)/float64(b.Elapsed()), "times-faster")
}
