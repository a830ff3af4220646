package ticket_test

import (
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

func TestFactsComeFromTheInventory(t *testing.T) {
	inv, err := inventory.Load(fstest.MapFS{
		"customers.csv": {Data: []byte("id,name,grade,region,manager,important\nC1,Bank,gold,hefei,wang,yes\n")},
		"sites.csv":     {Data: []byte("id,name,kind,area,region\nS1,Exchange,exchange,urban,hefei\nS2,Village,customer,rural,wuhu\n")},
		"devices.csv": {Data: []byte("id,name,kind,site,layer,technology,owner\nR1,core,router,S1,core,data,carrier\n" +
			"CPE1,cpe,cpe,S2,premises,data,customer\n")},
		"links.csv": {Data: []byte("id,a,z,layer\nL1,CPE1/1,R1/1,tail\n")},
		"lines.csv": {Data: []byte("id,customer,product,grade,a,z,circuit_code,target\nLN-1,C1,internet,AA,CPE1/2,R1,合肥-1,none\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	v := verdict.Verdict{ID: "V1", Version: 1, State: verdict.Open, FaultDomain: verdict.Premises, Lines: verdict.Lines{Down: []string{"LN-1", "LN-9"}},
		Roots: []verdict.RootCause{{Subject: symptom.Device("CPE1")}}}
	f := ticket.FactsOf(inv, v)
	want := ticket.Line{ID: "LN-1", Circuit: "合肥-1", Product: "internet", Grade: "AA", Customer: "C1", CustomerName: "Bank",
		CustomerGrade: "gold", Important: true, Manager: "wang", Region: "hefei", Area: "rural", Unwatched: true}
	if got := f.Lines["LN-1"]; got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if got := f.Lines["LN-9"]; got.Grade != "standard" || got.CustomerGrade != "standard" {
		t.Errorf("a line that nobody knows is a standard one: %+v", got)
	}
	if f.Region != "wuhu" || f.Owner != "customer" {
		t.Errorf("the root stands in %q and is the %q's", f.Region, f.Owner)
	}
	plan := ticket.MakePlan(shipped(t), time.Now(), v, f, ticket.Existing{})
	if p := plan.Open[0].Propose; p.Cause != "customer_side" || p.Responsibility != "customer" {
		t.Errorf("a customer's own device is the customer's: %+v", p)
	}
}

func TestAVersionIsAppliedOnce(t *testing.T) {
	v := verdict.Verdict{ID: "V1", Version: 3, State: verdict.Open}
	if plan := ticket.MakePlan(shipped(t), time.Now(), v, ticket.Facts{}, ticket.Existing{Applied: 3}); plan.Why != "seen_already" || len(plan.Open) > 0 {
		t.Errorf("got %+v", plan)
	}
}

func TestHoldIsByTheStrictestLine(t *testing.T) {
	in := shipped(t).Intake
	line := func(grade inventory.LineGrade, s ticket.LineState) ticket.Line {
		return ticket.Line{Grade: grade, State: s}
	}
	for _, c := range []struct {
		name  string
		lines []ticket.Line
		want  time.Duration
	}{
		{"no line", nil, 0},
		{"one AAA", []ticket.Line{line("AAA", ticket.LineDown)}, 0},
		{"one AA", []ticket.Line{line("AA", ticket.LineDown)}, 3 * time.Minute},
		{"one A", []ticket.Line{line("A", ticket.LineDegraded)}, 5 * time.Minute},
		{"one standard", []ticket.Line{line("standard", ticket.LineAtRisk)}, 10 * time.Minute},
		{"two", []ticket.Line{line("standard", ticket.LineDown), line("standard", ticket.LineDown)}, 0},
		{"two, of which one is up again", []ticket.Line{line("standard", ticket.LineDown), line("AAA", ticket.LineUp)}, 10 * time.Minute},
	} {
		if got := in.HoldFor(c.lines); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestCallingHours(t *testing.T) {
	for _, c := range []struct{ zone, at, want string }{
		{"Asia/Shanghai", "2026-11-22 07:59", "2026-11-22 08:00"},
		{"Asia/Shanghai", "2026-11-22 08:00", "2026-11-22 08:00"},
		{"Asia/Shanghai", "2026-11-22 19:59", "2026-11-22 19:59"},
		{"Asia/Shanghai", "2026-11-22 20:00", "2026-11-23 08:00"},
		{"Asia/Shanghai", "2026-11-30 23:30", "2026-12-01 08:00"},
		{"Europe/Berlin", "2026-10-24 21:00", "2026-10-25 08:00"}, // the clocks go back in that night
		{"Europe/Berlin", "2026-03-29 04:00", "2026-03-29 08:00"}, // and forward in this one
	} {
		r := shippedRules(t)
		r.Intake.Zone, r.Intake.UTCOffset = c.zone, ""
		p := compiled(t, r)
		at, _ := time.ParseInLocation("2006-01-02 15:04", c.at, p.Zone)
		if got := p.Calling(at).In(p.Zone).Format("2006-01-02 15:04"); got != c.want {
			t.Errorf("%s: at %s customers are called from %s, want %s", c.zone, c.at, got, c.want)
		}
	}
}

func TestOpenAt(t *testing.T) {
	china := time.FixedZone("", 8*3600)
	for _, c := range []struct {
		hours, at string // 2026-11-23 is a Monday
		want      bool
	}{
		{"", "2026-11-23 03:00", true},
		{"09:00-18:00", "2026-11-22 10:00", true},
		{"09:00-18:00", "2026-11-22 18:00", false},
		{"Mon-Fri 09:00-18:00", "2026-11-23 09:00", true},
		{"Mon-Fri 09:00-18:00", "2026-11-22 12:00", false},
		{"Mon-Fri 08:30-18:00; Sat 09:00-12:00", "2026-11-21 11:00", true},
		{"Mon-Fri 08:30-18:00; Sat 09:00-12:00", "2026-11-21 13:00", false},
		{"Fri-Mon 10:00-12:00", "2026-11-22 11:00", true},
		{"Fri-Mon 10:00-12:00", "2026-11-24 11:00", false},
		{"Sun 20:00-02:00", "2026-11-23 01:00", true},
		{"Sun 20:00-02:00", "2026-11-22 01:00", false},
		{"whenever we like", "2026-11-22 01:00", true},
	} {
		at, _ := time.ParseInLocation("2006-01-02 15:04", c.at, china)
		if got := ticket.OpenAt(c.hours, at, china); got != c.want {
			t.Errorf("%q at %s: open is %v", c.hours, c.at, got)
		}
	}
}

func TestOpenAtOnADayOnWhichTheClocksChange(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		at   string
		want bool
	}{
		{"2026-10-25 08:59", false}, // nine hours and 59 minutes after midnight
		{"2026-10-25 09:00", true},
		{"2026-03-29 09:00", true}, // eight hours after midnight
		{"2026-03-29 18:00", false},
	} {
		at, _ := time.ParseInLocation("2006-01-02 15:04", c.at, berlin)
		if got := ticket.OpenAt("Sun 09:00-18:00", at, berlin); got != c.want {
			t.Errorf("at %s: open is %v", c.at, got)
		}
	}
}

func FuzzOpenAt(f *testing.F) {
	f.Add("Mon-Fri 08:30-18:00; Sat 09:00-12:00")
	f.Add("sun 20:00-02:00,;；")
	f.Fuzz(func(t *testing.T, hours string) {
		ticket.OpenAt(hours, time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC), time.UTC)
	})
}

func TestIDsCountByTheCarriersDay(t *testing.T) {
	p := shipped(t)
	evening := time.Date(2026, 11, 22, 17, 0, 0, 0, time.UTC) // already the 23rd in China
	if got := ticket.ID(ticket.Series(p, ticket.Network, evening), 123); got != "NT-20261123-000123" {
		t.Error(got)
	}
}

func TestChoicesAreWhatOneMayDo(t *testing.T) {
	w := newWorld(t)
	w.quiet = true
	w.lines["LN-1"] = ticket.Line{ID: "LN-1", Grade: "AAA", Customer: "C", CustomerGrade: "bronze", Manager: "wang"}
	for _, words := range [][]string{{"verdict", "V1", "domain=tail", "root=cable/C1", "down=LN-1"}} {
		if err := w.play(words); err != nil {
			t.Fatal(err)
		}
	}
	names := func(p people.Person) (out []string) {
		for _, c := range w.tickets[w.id("NT1")].Choices(w.p, p) {
			out = append(out, string(c.Action))
		}
		return out
	}
	if got := names(person("zhao.support")); !slices.Equal(got, []string{"accept", "assign", "reject", "urge", "repeat", "edit", "note", "watch"}) {
		t.Errorf("before acceptance the owner may %v", got)
	}
	if got := names(person("lin.manager")); got != nil {
		t.Errorf("the manager of other customers may %v", got)
	}
	if err := w.act("zhao.support", []string{"accept", "NT1"}, nil); err != nil {
		t.Fatal(err)
	}
	for _, c := range w.tickets[w.id("NT1")].Choices(w.p, person("zhao.support")) {
		if c.Action == "restored" && (c.Fields[0].Name != "cause" || c.Fields[0].Value != "cable" || !c.Fields[0].Required) {
			t.Errorf("the form proposes the cause that the evidence suggests: %+v", c.Fields[0])
		}
	}
}

func BenchmarkStep(b *testing.B) {
	w := newWorld(b)
	w.quiet = true
	w.lines["LN-1"] = ticket.Line{ID: "LN-1", Grade: "AAA", Customer: "C", CustomerGrade: "gold"}
	if err := w.verdict("V1", map[string]string{"domain": "tail", "root": "link/L1", "down": "LN-1"}); err != nil {
		b.Fatal(err)
	}
	t := w.tickets[w.order[0]]
	ev := ticket.Act{Action: "accept", By: admin}
	for b.Loop() {
		if _, _, err := t.Step(w.p, w.now, ev); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPlanOfTenThousandLines(b *testing.B) {
	p := shipped(b)
	now := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	v := verdict.Verdict{ID: "V1", Version: 1, State: verdict.Open, FaultDomain: verdict.Core, Started: now, Decided: now}
	f := ticket.Facts{Lines: map[string]ticket.Line{}}
	for i := range 10000 {
		id := ticket.ID("LN", int64(i))
		v.Lines.Down = append(v.Lines.Down, id)
		f.Lines[id] = ticket.Line{ID: id, Grade: "standard", Customer: "C", CustomerGrade: "gold"}
	}
	for b.Loop() {
		plan := ticket.MakePlan(p, now, v, f, ticket.Existing{})
		n := int64(0)
		if err := plan.Assign(func(ticket.Kind) (string, error) { n++; return ticket.ID("X", n), nil }); err != nil || len(plan.Open) != 10001 || len(plan.Outages) != 10000 {
			b.Fatal(err, len(plan.Open), len(plan.Outages))
		}
	}
}

// BenchmarkPlanWithAMergedTicket is the news for a merged ticket of ten thousand
// lines; growth is its cost a line against that of a thousand lines.
func BenchmarkPlanWithAMergedTicket(b *testing.B) {
	small := planMerged(b, 1_000)
	large := planMerged(b, 10_000)
	small()
	began := time.Now()
	small()
	each := time.Since(began) / 1_000
	for b.Loop() {
		large()
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/10_000/float64(each), "growth")
}

func planMerged(b *testing.B, lines int) func() {
	p := shipped(b)
	now := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	v := verdict.Verdict{ID: "V1", Version: 2, State: verdict.Open, FaultDomain: verdict.Core, Started: now, Decided: now}
	f := ticket.Facts{Lines: map[string]ticket.Line{}}
	child := ticket.Ticket{ID: "NT-2", Kind: ticket.Network, Open: true, Parent: "NT-1"}
	for i := range lines {
		id := ticket.ID("LN", int64(i))
		v.Lines.Down = append(v.Lines.Down, id)
		f.Lines[id] = ticket.Line{ID: id, Grade: "standard"}
		child.Lines = append(child.Lines, f.Lines[id])
	}
	have := ticket.Existing{Network: &ticket.Ticket{ID: "NT-1", Kind: ticket.Network, Open: true}, Children: []ticket.Ticket{child}}
	return func() {
		if plan := ticket.MakePlan(p, now, v, f, have); len(plan.Events) < 2 {
			b.Fatal(plan.Why)
		}
	}
}

func TestWhatAPersonSetNoVerdictChanges(t *testing.T) {
	w := newWorld(t)
	w.quiet = true
	w.lines["LN-1"] = ticket.Line{ID: "LN-1", Grade: "AAA"}
	w.lines["LN-2"] = ticket.Line{ID: "LN-2", Grade: "AAA"}
	for _, err := range []error{
		w.verdict("V1", map[string]string{"domain": "tail", "root": "link/L1", "down": "LN-1"}),
		w.step(w.order[0], ticket.Act{Action: "edit", By: admin, Fields: map[string]string{"severity": "critical", "title": "the bridge"}}),
		w.verdict("V1", map[string]string{"down": "LN-1,LN-2"}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := w.tickets[w.order[0]]; got.Severity != "critical" || got.Title != "the bridge" || len(got.Lines) != 2 {
		t.Errorf("it is %s, %q, with %d lines", got.Severity, got.Title, len(got.Lines))
	}
}
