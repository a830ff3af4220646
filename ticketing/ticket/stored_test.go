package ticket_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/linewarden/linewarden/ticketing/sla"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// stored reads a file of testdata/stored, which holds what the release of
// November 2026 wrote into its database. The form must stay: whatever is in the
// file is understood, and nothing else is written.
func stored(t *testing.T, name string, into any) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "stored", name))
	if err != nil {
		t.Fatal(err)
	}
	in := json.NewDecoder(bytes.NewReader(raw))
	in.DisallowUnknownFields()
	if err := in.Decode(into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	var before, after bytes.Buffer
	again, err := json.Marshal(into)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Compact(&before, raw); err != nil {
		t.Fatal(err)
	}
	json.HTMLEscape(&after, before.Bytes())
	if got := string(again); got != after.String() {
		t.Errorf("%s is written in another form now:\n%s", name, got)
	}
}

func TestWhatIsStoredStaysReadable(t *testing.T) {
	var rules ticket.Rules
	var tickets []ticket.Ticket
	var outages []sla.Outage
	stored(t, "policy.json", &rules)
	stored(t, "tickets.json", &tickets)
	stored(t, "outages.json", &outages)
	p, err := ticket.Compile(rules, time.LoadLocation)
	if err != nil {
		t.Fatal(err)
	}
	if stamped := rules.Stamp(); stamped.Rev != rules.Rev {
		t.Errorf("the same rules have revision %s now, were %s", stamped.Rev, rules.Rev)
	}
	for _, old := range tickets {
		clocks, err := sla.Recompute(p.SLA, old.Ledger)
		if err != nil || !reflect.DeepEqual(clocks, old.Clocks) {
			t.Errorf("%s: its ledger gives %v, %v; its clocks are %v", old.ID, clocks, err, old.Clocks)
		}
		if at, _ := old.Deadline(p); !at.Equal(old.Wake) {
			t.Errorf("%s: its deadline is %s, was %s", old.ID, at, old.Wake)
		}
		next, _, err := old.Step(p, old.Wake, ticket.Tick{})
		if err != nil || next.Version != old.Version+1 {
			t.Errorf("%s: a tick at its deadline: version %d after %d, %v", old.ID, next.Version, old.Version, err)
		}
	}
	for _, o := range outages {
		if clocks, err := sla.Recompute(p.SLA, o.Ledger); err != nil || len(clocks) != len(o.Clocks) {
			t.Errorf("%s: its ledger gives %v, %v", o.ID, clocks, err)
		}
	}
}
