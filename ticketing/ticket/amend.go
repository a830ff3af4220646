package ticket

import (
	"slices"
	"time"

	"github.com/linewarden/linewarden/ticketing/sla"
)

// Amend keeps outages in step with the ticket that answers for them, after
// it was stepped: a re-test or a customer may say that a line is not well
// although the verdict has cleared. Give it all outages that name the ticket:
// only a line's newest entry can be opened again, and only if none is open. One
// that was ends with the ticket's clock; others end with their own verdict.
func Amend(p Policy, now time.Time, t Ticket, outages []sla.Outage) []OutageChange {
	c, found := sla.Ledger{Clocks: t.Clocks}.Clock(sla.Restore)
	if !found || t.down() {
		return nil
	}
	newest := map[string]sla.Outage{} // by line
	open := map[string]bool{}
	answers := func(o sla.Outage) bool { return o.Service == t.ID || o.Ticket == t.ID && o.Service == "" }
	for _, o := range outages {
		if last, known := newest[o.Line]; answers(o) && (!known || o.Started.After(last.Started)) {
			newest[o.Line] = o
		}
		open[o.Line] = open[o.Line] || o.Ended.IsZero()
	}
	var out []OutageChange
	for _, o := range outages {
		if !answers(o) {
			continue
		}
		last := newest[o.Line].ID == o.ID && o.Excluded == "" && !o.SelfHealed
		switch {
		case last && c.Running() && !open[o.Line] && t.Open && failed(t, o.Line):
			next, refused := o.Reopen(p.SLA, now)
			out = append(out, OutageChange{next, o.Version, refused})
		case !c.Running() && o.Ended.IsZero() && (o.Reopened || o.Verdict == t.Fault.Verdict):
			next, refused := o.End(p.SLA, now, c.Stopped, false)
			out = append(out, OutageChange{next, o.Version, refused})
		}
	}
	return out
}

// failed reports whether the last word on the line was that it is not well.
func failed(t Ticket, line string) bool {
	if t.Confirmation != nil && t.Confirmation.Result == ConfirmNo && t.Kind != Network {
		return true
	}
	return t.Retest != nil && slices.ContainsFunc(t.Retest.Lines, func(r LineResult) bool {
		return r.Line == line && r.Result == RetestFailed
	})
}
