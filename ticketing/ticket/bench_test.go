package ticket_test

import (
	"slices"
	"testing"
	"time"

	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// withACalendarClock is a gold customer's ticket that waits for the customer's
// word: its report clock counts working days.
func withACalendarClock(b *testing.B) (*world, ticket.Ticket) {
	w := newWorld(b)
	w.quiet = true
	for _, script := range []string{
		"line LN-1 grade=AAA customer_grade=gold", "verdict V1 domain=tail root=link/L1 down=LN-1",
		"zhao.support accept ST1", "at 40m", "verdict V1 cleared=0s", "retest ST1 passed", "at 1h",
	} {
		if err := w.play(quoted(script)); err != nil {
			b.Fatal(err)
		}
	}
	t := w.tickets[w.id("ST1")]
	for _, c := range t.Clocks {
		if c.Calendar != "" && c.Running() {
			return w, t
		}
	}
	b.Fatalf("no clock of %s counts by a calendar: %v", t.State, t.Clocks)
	return nil, t
}

// BenchmarkStepWithACalendarClock steps a ticket under a compiled policy, and,
// in the same run, with its calendars read once more before each step. Under the
// policy as it was read, each step read them several times.
func BenchmarkStepWithACalendarClock(b *testing.B) {
	w, t := withACalendarClock(b)
	note := ticket.Act{Action: "note", By: people.Person{ID: "root", Roles: []people.Role{people.Admin}}, Text: "said"}
	step := func() {
		if _, _, err := t.Step(w.p, w.now, note); err != nil {
			b.Fatal(err)
		}
	}
	read := func() {
		for _, c := range w.p.Rules.Calendars {
			if _, err := c.Hours(time.LoadLocation); err != nil {
				b.Fatal(err)
			}
		}
	}
	var compiled, parsed []time.Duration
	for b.Loop() {
		start := time.Now()
		step()
		compiled = append(compiled, time.Since(start))
		start = time.Now()
		read()
		step()
		parsed = append(parsed, time.Since(start))
	}
	b.ReportMetric(float64(median(parsed))/float64(median(compiled)), "parsed/compiled")
	b.ReportMetric(float64(median(compiled)), "ns/step")
}

// median is not moved by what else the machine does.
func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}
