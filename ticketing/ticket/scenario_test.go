package ticket_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/sla"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

var update = flag.Bool("update", false, "write the traces anew")

// TestScenarios plays the scripts in testdata: a script, a line of dashes, and
// the trace that it must give. Run with -update to write the traces, then read
// the diff.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no scenarios", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			script, want, _ := strings.Cut(string(raw), "\n----\n")
			w := newWorld(t)
			for n, line := range strings.Split(script, "\n") {
				line, _, _ = strings.Cut(line, "#")
				if words := quoted(line); len(words) > 0 {
					if err := w.play(words); err != nil {
						t.Fatalf("%s:%d: %v", file, n+1, err)
					}
				}
			}
			got := w.trace.String()
			if *update {
				if err := os.WriteFile(file, []byte(script+"\n----\n"+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != want {
				t.Errorf("trace differs; run with -update and read the diff\n--- got\n%s--- want\n%s", got, want)
			}
		})
	}
}

// quoted splits at spaces, keeping "what is in quotes" together.
func quoted(line string) []string {
	var words []string
	var b strings.Builder
	in, any := false, false
	for _, r := range line {
		switch {
		case r == '"':
			in, any = !in, true
		case !in && (r == ' ' || r == '\t'):
			if any || b.Len() > 0 {
				words = append(words, b.String())
			}
			b.Reset()
			any = false
		default:
			b.WriteRune(r)
		}
	}
	if any || b.Len() > 0 {
		words = append(words, b.String())
	}
	return words
}

// world is a shell without a database: it does what ticketing's shell does,
// in memory, and writes down what an operator would see.
type world struct {
	t       testing.TB
	p       ticket.Policy
	start   time.Time
	now     time.Time
	lines   map[string]ticket.Line
	tickets map[string]ticket.Ticket
	order   []string
	outages map[string]sla.Outage
	applied map[string]uint64
	last    map[string]verdict.Verdict
	numbers map[string]int64
	seen    map[string]int // timeline entries shown, by ticket
	ledger  map[string]int
	orders  map[string]ticket.RetestOrder
	spoilt  map[string]bool // tickets whose clocks are not what their ledger says
	trace   strings.Builder
	quiet   bool
	dated   bool // the script is of a day: due times are shown
}

func newWorld(t testing.TB) *world { return emptyWorld(t, shipped(t)) }

func emptyWorld(t testing.TB, p ticket.Policy) *world {
	start := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC) // a Monday, 09:00 in China
	return &world{t: t, p: p, start: start, now: start, lines: map[string]ticket.Line{},
		tickets: map[string]ticket.Ticket{}, outages: map[string]sla.Outage{}, applied: map[string]uint64{},
		last: map[string]verdict.Verdict{}, numbers: map[string]int64{}, seen: map[string]int{}, ledger: map[string]int{},
		orders: map[string]ticket.RetestOrder{}, spoilt: map[string]bool{}}
}

func (w *world) play(words []string) error {
	args := map[string]string{}
	var rest []string
	for _, word := range words[1:] {
		if k, v, ok := strings.Cut(word, "="); ok {
			args[k] = v
		} else {
			rest = append(rest, word)
		}
	}
	switch words[0] {
	case "line":
		w.lines[rest[0]] = ticket.Line{ID: rest[0], Grade: inventory.LineGrade(or(args["grade"], "standard")), Customer: or(args["customer"], "C-"+rest[0]),
			CustomerGrade: inventory.CustomerGrade(or(args["customer_grade"], "standard")), Manager: or(args["manager"], "wang"), Area: "urban",
			Hours: args["hours"], Region: args["region"]}
	case "at", "after":
		d, err := time.ParseDuration(rest[0])
		if err != nil {
			return err
		}
		to := w.start.Add(d)
		if words[0] == "after" {
			to = w.now.Add(d)
		}
		return w.until(to)
	case "sleep": // the daemon is away: time passes, nothing is ticked
		d, err := time.ParseDuration(rest[0])
		if err != nil {
			return err
		}
		w.now = w.now.Add(d)
	case "verdict":
		return w.verdict(rest[0], args)
	case "retest":
		return w.retest(rest[0], ticket.RetestResult(rest[1]))
	case "open":
		return w.declare(rest, args)
	case "show":
		w.show(rest)
	case "start":
		at, err := time.Parse(time.RFC3339, rest[0])
		w.start, w.now, w.dated = at, at, true
		return err
	case "zone": // of the carrier's wall clock, and of its calendars
		rules := shippedRules(w.t)
		rules.Intake.Zone, rules.Intake.UTCOffset = rest[0], ""
		for i := range rules.Calendars {
			rules.Calendars[i].Zone, rules.Calendars[i].UTCOffset = rest[0], ""
		}
		w.p = compiled(w.t, rules)
	case "twice": // a store that keeps a clock of a ticket twice
		t := w.tickets[w.id(rest[0])]
		c, _ := sla.Ledger{Clocks: t.Clocks}.Clock(sla.Name(rest[1]))
		t.Clocks = append(slices.Clone(t.Clocks), c)
		w.tickets[t.ID], w.spoilt[t.ID] = t, true
	default: // PERSON[@GROUP] ACTION TICKET field=value text=...
		return w.act(words[0], rest, args)
	}
	return nil
}

// until ticks every ticket at its deadline, as the shell does.
func (w *world) until(to time.Time) error {
	for range 100000 {
		id, at := "", to
		for _, k := range w.order {
			if d, ok := w.tickets[k].Deadline(w.p); ok && !d.After(at) && (id == "" || d.Before(at)) {
				id, at = k, d
			}
		}
		if id == "" {
			w.now = to
			return nil
		}
		w.now = laterOf(w.now, at)
		before := w.tickets[id].Version
		if err := w.step(id, ticket.Tick{}); err != nil {
			return err
		}
		if w.tickets[id].Version == before {
			return fmt.Errorf("a tick at the deadline of %s made no progress in %s", id, w.tickets[id].State)
		}
	}
	return fmt.Errorf("time stands still")
}

func (w *world) verdict(id string, args map[string]string) error {
	v := w.last[id]
	if v.ID == "" {
		v = verdict.Verdict{ID: id, Epoch: 1, State: verdict.Open, Outcome: verdict.Root, Severity: verdict.Major, Started: w.now}
	}
	v.Version++
	v.Decided = w.now
	for k, s := range args {
		switch k {
		case "domain":
			v.FaultDomain = verdict.Domain(s)
		case "outcome":
			v.Outcome = verdict.Outcome(s)
		case "root":
			v.Roots = nil
			for _, r := range strings.Split(s, ",") {
				v.Roots = append(v.Roots, verdict.RootCause{Subject: symptom.Subject(r), Mode: verdict.Down})
			}
		case "tech":
			v.Technology = s
		case "down":
			v.Lines.Down = list(s)
		case "degraded":
			v.Lines.Degraded = list(s)
		case "at_risk":
			v.Lines.AtRisk = list(s)
		case "tie":
			v.Domains = nil
			for i, d := range strings.Split(s, ",") {
				v.Domains = append(v.Domains, verdict.DomainShare{Domain: verdict.Domain(d), P: 0.5 - float64(i)/100})
			}
		case "ago":
			d, _ := time.ParseDuration(s)
			v.Started = w.now.Add(-d)
		case "cleared":
			v.State = verdict.Cleared
			d, _ := time.ParseDuration(s)
			v.Cleared = w.now.Add(-d)
		case "again":
			v.State, v.Cleared = verdict.Open, time.Time{}
		case "into":
			v.MergedInto, v.State, v.Cleared = s, verdict.Cleared, w.now
		case "from":
			v.SplitFrom = s
		default:
			return fmt.Errorf("verdict: no %q", k)
		}
	}
	w.last[id] = v
	return w.apply(v)
}

func (w *world) apply(v verdict.Verdict) error {
	facts := ticket.Facts{Lines: w.lines}
	var have []ticket.Ticket
	for _, id := range w.order {
		have = append(have, w.tickets[id])
	}
	var outages []sla.Outage
	for _, k := range keys(w.outages) {
		outages = append(outages, w.outages[k])
	}
	plan := ticket.MakePlan(w.p, w.now, v, facts, ticket.Gather(v, w.applied[v.ID], have, outages))
	if err := plan.Assign(func(k ticket.Kind) (string, error) {
		s := ticket.Series(w.p, k, w.now)
		w.numbers[s]++
		return ticket.ID(s, w.numbers[s]), nil
	}); err != nil {
		return err
	}
	if plan.Why != "" {
		w.say("%s v%d: %s", v.ID, v.Version, plan.Why)
	}
	for _, o := range plan.Open {
		t, effects, err := ticket.Open(w.p, w.now, o)
		if err != nil {
			return err
		}
		for _, id := range w.order {
			old := w.tickets[id]
			if old.Key == t.Key {
				return fmt.Errorf("two tickets for %s", t.Key)
			}
			if t.Kind == ticket.Service && old.Kind == t.Kind && old.Lines[0].ID == t.Lines[0].ID && old.Open && old.Restored.IsZero() {
				return fmt.Errorf("%s opened while %s is at work on the same line", t.ID, id)
			}
		}
		w.order = append(w.order, t.ID)
		w.saved(t, effects)
	}
	for _, o := range plan.Outages {
		if w.outages[o.Outage.ID].Version != o.Expect {
			return fmt.Errorf("outage %s: expected version %d, is %d", o.Outage.ID, o.Expect, w.outages[o.Outage.ID].Version)
		}
		w.outages[o.Outage.ID] = o.Outage
		w.say("outage %s", describe(o.Outage))
		if len(o.Refused) > 0 {
			w.t.Fatalf("outage %s: refused %v", o.Outage.ID, o.Refused)
		}
	}
	for _, e := range plan.Effects {
		w.say("notice %s to %v", e.Notice.Key, e.Notice.Managers)
	}
	for _, a := range plan.Events {
		if err := w.stepAlone(a.Ticket, a.Event); err != nil {
			return err
		}
	}
	w.applied[v.ID] = v.Version
	return nil
}

// stepAlone is a step of a plan, which says itself what happens to outages.
func (w *world) stepAlone(id string, ev ticket.Event) error {
	t, ok := w.tickets[id]
	if !ok {
		return fmt.Errorf("no ticket %q", id)
	}
	next, effects, err := t.Step(w.p, w.now, ev)
	if err != nil {
		return err
	}
	w.saved(next, effects)
	return nil
}

func (w *world) step(id string, ev ticket.Event) error {
	if err := w.stepAlone(id, ev); err != nil {
		return err
	}
	next := w.tickets[id]
	var all []sla.Outage
	for _, k := range keys(w.outages) {
		all = append(all, w.outages[k])
	}
	for _, c := range ticket.Amend(w.p, w.now, next, all) {
		if len(c.Refused) > 0 {
			w.t.Fatalf("outage %s: refused %v", c.Outage.ID, c.Refused)
		}
		w.outages[c.Outage.ID] = c.Outage
		w.say("outage %s", describe(c.Outage))
	}
	return nil
}

// saved writes down what is new on the ticket.
func (w *world) saved(t ticket.Ticket, effects []ticket.Effect) {
	w.check(t)
	w.tickets[t.ID] = t
	for _, e := range t.Timeline {
		if e.Action == ticket.LedgerRefused && !w.spoilt[t.ID] {
			w.t.Fatalf("%s: %v", t.ID, e.Fields)
		}
	}
	for _, e := range t.Timeline[w.seen[t.ID]:] {
		s := fmt.Sprintf("%s %s", t.ID, e.Action)
		if e.Reason != "" {
			s += " (" + e.Reason + ")"
		}
		if e.From != e.To {
			s += fmt.Sprintf(" %s -> %s", or(string(e.From), "new"), e.To)
		}
		if e.By != people.System() {
			s += " by " + e.By.ID
		}
		if e.FromGroup != e.ToGroup {
			s += fmt.Sprintf(", %s -> %s", or(e.FromGroup, "nobody"), e.ToGroup)
		}
		for _, k := range keys(e.Fields) {
			if e.Fields[k] != "" {
				s += fmt.Sprintf(" %s=%q", k, e.Fields[k])
			}
		}
		if e.Text != "" {
			s += fmt.Sprintf(" %q", e.Text)
		}
		w.say("%s", s)
	}
	w.seen[t.ID] = len(t.Timeline)
	for _, e := range t.Ledger[w.ledger[t.ID]:] {
		s := fmt.Sprintf("%s   %s#%d %s", t.ID, e.Clock, e.Round, e.Kind)
		if e.Budget > 0 {
			s += " " + e.Budget.String()
		}
		if e.Step > 0 {
			s += fmt.Sprintf(" %d%%", e.Step)
		}
		if !e.At.Equal(e.Recorded) {
			s += " as of " + w.clock(e.At)
		}
		if e.Reason != "" {
			s += " (" + e.Reason + ")"
		}
		w.say("%s", s)
	}
	w.ledger[t.ID] = len(t.Ledger)
	for _, e := range effects {
		switch e.Kind {
		case ticket.OrderRetest:
			w.orders[t.ID] = *e.Retest
			w.say("%s   re-test of %s", t.ID, strings.Join(e.Retest.Lines, " "))
		case ticket.Notify:
			s := fmt.Sprintf("%s   tell %s:", t.ID, e.Notice.Key)
			for _, g := range e.Notice.Groups {
				s += " " + g
			}
			for _, r := range e.Notice.Roles {
				s += " role:" + string(r)
			}
			for _, p := range slices.Concat(e.Notice.People, e.Notice.Managers) {
				s += " @" + p
			}
			if e.NotBefore.After(w.now) {
				s += ", not before " + w.clock(e.NotBefore)
			}
			w.say("%s", s)
		}
	}
}

// check holds what must hold of any ticket at any time.
func (w *world) check(t ticket.Ticket) {
	w.t.Helper()
	old := w.tickets[t.ID]
	if len(t.Timeline) < len(old.Timeline) || len(t.Ledger) < len(old.Ledger) {
		w.t.Fatalf("%s: the record got shorter", t.ID)
	}
	for i := 1; i < len(t.Timeline); i++ {
		if t.Timeline[i].At.Before(t.Timeline[i-1].At) {
			w.t.Fatalf("%s: time ran backwards in the timeline", t.ID)
		}
	}
	for i := 1; i < len(t.Ledger); i++ {
		if t.Ledger[i].Recorded.Before(t.Ledger[i-1].Recorded) {
			w.t.Fatalf("%s: time ran backwards in the ledger", t.ID)
		}
	}
	if w.spoilt[t.ID] {
		return
	}
	clocks, err := sla.Recompute(w.p.SLA, t.Ledger)
	if err != nil {
		w.t.Fatalf("%s: ledger: %v", t.ID, err)
	}
	if fmt.Sprint(clocks) != fmt.Sprint(t.Clocks) {
		w.t.Fatalf("%s: recomputed clocks differ\n%v\n%v", t.ID, clocks, t.Clocks)
	}
}

func (w *world) retest(id string, result ticket.RetestResult) error {
	id = w.id(id)
	order, ok := w.orders[id]
	if !ok {
		return fmt.Errorf("%s has no re-test ordered", id)
	}
	ev := ticket.Retested{ID: order.ID}
	for _, l := range order.Lines {
		ev.Lines = append(ev.Lines, ticket.LineResult{Line: l, Method: "ping", Result: result})
	}
	return w.step(id, ev)
}

func (w *world) declare(rest []string, args map[string]string) error {
	kind := ticket.Kind(rest[0])
	s := ticket.Series(w.p, kind, w.now)
	w.numbers[s]++
	l := w.lines[args["line"]]
	l.State = ticket.LineDown
	t, effects, err := ticket.Open(w.p, w.now, ticket.Opening{ID: ticket.ID(s, w.numbers[s]), Kind: kind, Source: "person",
		Key: "by hand/" + strconv.FormatInt(w.numbers[s], 10), By: person(args["by"]), Lines: []ticket.Line{l}, Title: l.ID, Description: args["text"],
		Draft: args["draft"] == "yes"})
	if err != nil {
		return err
	}
	w.order = append(w.order, t.ID)
	w.saved(t, effects)
	return nil
}

// person is "wang.support": a member of the group of that name, in its role.
func person(s string) people.Person {
	name, group, _ := strings.Cut(s, ".")
	p := people.Person{ID: name, Groups: []string{group}}
	switch group {
	case "transmission", "data", "access", "switching", "power", "wireless", "operations":
		p.Roles = []people.Role{people.Specialist}
	default:
		p.Roles = []people.Role{people.Role(group)}
	}
	return p
}

func (w *world) act(who string, rest []string, args map[string]string) error {
	if len(rest) < 2 {
		return fmt.Errorf("%s: wants PERSON.GROUP ACTION TICKET", who)
	}
	f := map[string]string{}
	for k, v := range args {
		if k == "until" || k == "restored_at" {
			d, err := time.ParseDuration(v)
			if err != nil {
				return err
			}
			v = w.now.Add(d).Format(time.RFC3339)
		}
		if k != "text" {
			f[k] = v
		}
	}
	err := w.step(w.id(rest[1]), ticket.Act{Action: ticket.Action(rest[0]), By: person(who), Fields: f, Text: args["text"]})
	if r, ok := err.(*ticket.Refusal); ok {
		w.say("%s %s %s: refused, %s %s", rest[1], who, rest[0], r.Reason, r.Field)
		if r.Err != nil {
			w.say("%s   %v", rest[1], r.Err)
		}
		return nil
	}
	return err
}

// id lets a script say NT1 for the first network ticket.
func (w *world) id(s string) string {
	if strings.Contains(s, "-") {
		return s
	}
	n, _ := strconv.Atoi(s[2:])
	for _, id := range w.order {
		if strings.HasPrefix(id, s[:2]) {
			if n--; n == 0 {
				return id
			}
		}
	}
	return s
}

func (w *world) show(ids []string) {
	for _, id := range ids {
		t := w.tickets[w.id(id)]
		s := fmt.Sprintf("%s is %s (%s), owner %s", t.ID, t.State, t.Status, t.Group)
		if t.Assignee != "" {
			s += ", assignee " + t.Assignee
		}
		if t.Parent != "" {
			s += ", child of " + t.Parent
		}
		if !t.Visible {
			s += ", not visible"
		}
		for _, c := range t.Clocks {
			s += fmt.Sprintf("; %s used %s", c, c.Elapsed(w.p.SLA, w.now))
			if w.dated && c.Calendar != "" {
				s += ", due " + c.Due.In(w.p.Zone).Format("2006-01-02 15:04 -0700")
			}
			if w.dated && c.Provisional {
				s += ", provisionally"
			}
		}
		w.say("%s", s)
	}
}

func (w *world) say(format string, args ...any) {
	if w.quiet {
		return
	}
	fmt.Fprintf(&w.trace, "%-9s "+format+"\n", append([]any{w.clock(w.now)}, args...)...)
}

// clock shows time since the scenario began.
func (w *world) clock(t time.Time) string {
	d := t.Sub(w.start)
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	return fmt.Sprintf("%s%d:%02d:%02d", sign, int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60)
}

func describe(o sla.Outage) string {
	s := fmt.Sprintf("%s %s", o.ID, o.Kind)
	if !o.Ended.IsZero() {
		s += " for " + o.Ended.Sub(o.Started).String()
	}
	if o.SelfHealed {
		s += ", self-healed"
	}
	if o.Excluded != "" {
		s += ", excluded: " + o.Excluded
	}
	switch {
	case o.Service != "":
		s += ", clock on " + o.Service
	case len(o.Clocks) > 0:
		s += ", " + o.Clocks[0].String()
	}
	return s
}

func or(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

func list(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}

func keys[V any](m map[string]V) []string {
	var ks []string
	for k := range m {
		ks = append(ks, k)
	}
	slices.Sort(ks)
	return ks
}

func laterOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
