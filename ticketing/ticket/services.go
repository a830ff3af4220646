package ticket

import (
	"cmp"
	"slices"
	"time"

	"github.com/linewarden/linewarden/correlator/verdict"
)

// services says what happens to the tickets of customers' lines.
func (pl *planner) services(network bool) {
	byLine := map[string]Line{}
	for _, l := range pl.lines {
		byLine[l.ID] = l
	}
	served := map[string]bool{}
	parent := ""
	switch {
	case pl.have.Network != nil && pl.have.Network.Open:
		parent = pl.have.Network.ID
	case len(pl.plan.Open) > 0:
		parent = parentNew
	case network:
		parent = pl.plan.Events[0].Ticket // the one that was still settling
	}
	for _, t := range pl.have.Services {
		if len(t.Lines) != 1 {
			continue
		}
		l, hit := byLine[t.Lines[0].ID]
		ours := t.Fault.Verdict == pl.v.ID
		if hit && hurt(l) {
			served[l.ID] = true
		}
		if !ours && (!hit || !hurt(l) || !pl.takes(t)) {
			continue
		}
		if ours && !network && pl.v.State == verdict.Open && t.Dispatched.IsZero() && t.Source == FromVerdict {
			pl.event(t.ID, Withdrawn{Reason: pl.plan.Why})
			continue
		}
		if !hit || pl.v.State == verdict.Cleared {
			l = t.Lines[0]
			l.State = LineUp
		} else if l.State == LineAtRisk {
			l.State = LineUp // it carries traffic
		}
		pl.event(t.ID, Found{Fault: pl.fault, Lines: []Line{l}, Propose: propose(pl.v, pl.f)})
		if parent != "" && t.Parent != parent && pl.v.State == verdict.Open {
			pl.event(t.ID, Joined{Parent: parent})
		}
	}
	if !network {
		return
	}
	for _, l := range pl.lines {
		if served[l.ID] || !hurt(l) || l.Customer == "" || !slices.Contains(pl.p.Intake.Proactive, l.CustomerGrade) {
			continue
		}
		pl.opens[l.ID] = true
		one := []Line{l}
		group, _ := pl.p.Route(pl.fault, Service, l.Region)
		pl.plan.Open = append(pl.plan.Open, Opening{
			Kind: Service, Key: pl.have.key("verdict/" + pl.v.ID + "/line/" + l.ID), Source: FromVerdict,
			Title: cmp.Or(l.Circuit, l.Name, l.ID), Severity: severityOf(pl.v), Fault: pl.fault, Lines: one, Region: l.Region,
			Group: group, HoldUntil: pl.serviceHold(), Started: pl.started(l.ID), Parent: parent,
			Propose: propose(pl.v, pl.f),
		})
	}
}

// takes reports whether a line's ticket may follow this verdict: it follows
// none, one that has cleared, or one that became this.
func (pl *planner) takes(t Ticket) bool {
	v := t.Fault.Verdict
	return v == "" || v == pl.v.SplitFrom || t.Fault.State == verdict.Cleared
}

// serviceHold is that of the network ticket.
func (pl *planner) serviceHold() time.Time {
	if len(pl.plan.Open) > 0 && pl.plan.Open[0].Kind == Network {
		return pl.plan.Open[0].HoldUntil
	}
	if t := pl.have.Network; t == nil || !t.Open || !t.Dispatched.IsZero() {
		return time.Time{}
	}
	return pl.holdUntil()
}
