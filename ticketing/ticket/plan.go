package ticket

import (
	"cmp"
	"slices"
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/sla"
)

// Plan is what a new version of a verdict means for tickets and outages. The
// caller gives ids with Assign, opens, steps, saves all of it in one
// transaction with the version as applied, and nothing else.
type Plan struct {
	Open    []Opening
	Events  []Addressed // in this order
	Outages []OutageChange
	Effects []Effect // notices that belong to no ticket
	Why     string   // message key: why there is nothing to do, if there is not
}

// Addressed is an event for a ticket.
type Addressed struct {
	Ticket string
	Event  Event
}

// OutageChange is an outage and the version it was changed from; 0 for a new one.
type OutageChange struct {
	Outage  sla.Outage
	Expect  int64
	Refused []sla.Refused // by the ledger of its clock, which is to be looked at
}

// planner collects a plan.
type planner struct {
	p     Policy
	now   time.Time
	v     verdict.Verdict
	f     Facts
	have  Existing
	fault Fault
	lines []Line
	plan  Plan

	// By line, since a fault may have tens of thousands of them.
	outagesOf map[string][]sla.Outage
	service   map[string]string // id of its open service ticket
	opens     map[string]bool   // this plan opens its service ticket
	lineAt    map[string]int    // line -> its place in lines
}

// MakePlan decides what a verdict version means against what exists. It looks
// at states, not at steps: versions may have been missed.
func MakePlan(p Policy, now time.Time, v verdict.Verdict, f Facts, have Existing) Plan {
	if have.Applied >= v.Version {
		return Plan{Why: "seen_already"}
	}
	pl := &planner{p: p, now: now.UTC().Truncate(time.Microsecond), v: v, f: f,
		have: have, fault: FaultOf(v), lines: f.lines(v)}
	if v.Outcome == verdict.MonitoringFault {
		pl.lines = nil
	}
	// A customer's ticket whose line has proven itself well is about another
	// fault than this one.
	pl.have.Services = slices.DeleteFunc(slices.Clone(have.Services), func(t Ticket) bool {
		return t.Fault.Verdict != v.ID && !t.Restored.IsZero() && !t.settling()
	})
	pl.index()
	if v.MergedInto != "" && v.MergedInto != v.ID {
		pl.merge()
		return pl.plan
	}
	dispatched := pl.network()
	pl.services(dispatched)
	pl.outages()
	return pl.plan
}

func (pl *planner) index() {
	pl.outagesOf, pl.service, pl.opens = map[string][]sla.Outage{}, map[string]string{}, map[string]bool{}
	pl.lineAt = make(map[string]int, len(pl.lines))
	for i, l := range pl.lines {
		pl.lineAt[l.ID] = i
	}
	for _, o := range pl.have.Outages {
		pl.outagesOf[o.Line] = append(pl.outagesOf[o.Line], o)
	}
	for _, t := range pl.have.Services {
		if t.Kind == Service && len(t.Lines) == 1 {
			pl.service[t.Lines[0].ID] = t.ID
		}
	}
}

// network says what happens to the network ticket; wanted reports whether
// there is one that is open, or will be.
func (pl *planner) network() (wanted bool) {
	open := pl.v.State == verdict.Open
	if t := pl.have.Network; t != nil && t.Open {
		if why := pl.needless(); why != "" && open && t.Dispatched.IsZero() {
			pl.event(t.ID, Withdrawn{Reason: why})
			pl.plan.Why = why
			return false
		}
		if t.State == Merged {
			pl.event(t.ID, Parted{}) // its parent is closed: it stands for itself again
		}
		pl.event(t.ID, pl.found(*t))
		for _, child := range pl.have.Children {
			pl.event(child.ID, pl.childFound(child))
		}
		return open
	}
	if !open {
		pl.plan.Why = "nothing_open"
		return false
	}
	if pl.plan.Why = pl.needless(); pl.plan.Why != "" {
		return false
	}
	if t := pl.have.settling(pl.v); t != nil {
		pl.event(t.ID, pl.found(*t))
		return true
	}
	group, _ := pl.p.Route(pl.fault, Network, pl.f.Region)
	base := "verdict/" + pl.v.ID
	key, started := pl.have.key(base), pl.v.Started
	if key != base && !pl.v.Decided.IsZero() {
		started = pl.v.Decided // what was before it is in a ticket that is closed
	}
	o := Opening{
		Kind: Network, Key: key, Source: FromVerdict, Title: titleOf(pl.v, pl.lines),
		Severity: severityOf(pl.v), Fault: pl.fault, Lines: pl.lines, Region: pl.f.Region, Group: group,
		HoldUntil: pl.holdUntil(), Started: started, Propose: propose(pl.v, pl.f),
	}
	if t := pl.have.From; t != nil {
		o.SplitFrom = t.ID
		if !t.Dispatched.IsZero() {
			o.HoldUntil = time.Time{} // people are at it already
		}
		if t.Open {
			pl.event(t.ID, Parted{Lines: pl.v.Lines.All()})
		}
	}
	pl.plan.Open = append(pl.plan.Open, o)
	return true
}

// needless is why a fault needs no ticket of the network: a message key, empty
// if it does need one.
func (pl *planner) needless() string {
	switch {
	case pl.v.Outcome == verdict.Maintenance:
		return "maintenance"
	case pl.premisesPower():
		return "premises_power"
	}
	return ""
}

// merge hangs this verdict's tickets below those of the one that it became.
func (pl *planner) merge() {
	into := pl.v.MergedInto
	parent := ""
	if pl.have.Into != nil && pl.have.Into.Open {
		parent = pl.have.Into.ID
	}
	if t := pl.have.Network; t != nil && t.Open {
		pl.event(t.ID, Joined{Parent: parent, Verdict: into})
		if parent != "" {
			pl.event(parent, Adopted{Children: []string{t.ID}})
		}
	}
	for _, t := range pl.have.Services {
		if t.Fault.Verdict == pl.v.ID {
			pl.event(t.ID, Joined{Parent: parent, Verdict: into})
		}
	}
	pl.mergeOutages(into)
}

func (pl *planner) event(id string, ev Event) {
	pl.plan.Events = append(pl.plan.Events, Addressed{id, ev})
}

// found is the news for a network ticket.
func (pl *planner) found(t Ticket) Found {
	group, reason := pl.p.Route(pl.fault, Network, cmp.Or(pl.f.Region, t.Region))
	return Found{Fault: pl.fault, Lines: pl.lines, Severity: severityOf(pl.v), Title: titleOf(pl.v, pl.lines),
		Region: pl.f.Region, Group: group, Reason: reason, Propose: propose(pl.v, pl.f)}
}

// childFound is the news for a merged ticket: of its own lines only.
func (pl *planner) childFound(t Ticket) Found {
	var at []int
	for _, l := range t.Lines {
		if i, ok := pl.lineAt[l.ID]; ok {
			at = append(at, i)
		}
	}
	slices.Sort(at)
	var own []Line
	for _, i := range slices.Compact(at) {
		own = append(own, pl.lines[i])
	}
	return Found{Fault: pl.fault, Lines: own}
}

// premisesPower reports whether nothing but the customer's power is at fault.
func (pl *planner) premisesPower() bool {
	return pl.v.FaultDomain == verdict.Premises && len(pl.v.Roots) > 0 &&
		!slices.ContainsFunc(pl.v.Roots, func(r verdict.RootCause) bool {
			return r.Subject.Kind() != symptom.PowerSubject
		})
}

func (pl *planner) holdUntil() time.Time {
	began := pl.v.Started
	if began.IsZero() {
		began = pl.now
	}
	return began.Add(pl.p.Intake.HoldFor(pl.lines))
}

// parentNew stands for the plan's own network ticket until Assign knows its id.
const parentNew = "new"

// grace is how late evidence of a line may come and still belong to the
// fault's first moment; a line that joins later failed when it was seen.
const grace = 5 * time.Minute

func (pl *planner) started(line string) time.Time {
	for _, o := range pl.outagesOf[line] {
		if o.Ended.IsZero() {
			return o.Started
		}
	}
	if !pl.v.Decided.IsZero() && pl.v.Decided.Sub(pl.v.Started) > grace && pl.have.Network != nil {
		return pl.v.Decided
	}
	return pl.v.Started
}

func severityOf(v verdict.Verdict) verdict.Severity { return cmp.Or(v.Severity, verdict.Major) }

// hurt reports whether the line is out of service or degraded.
func hurt(l Line) bool { return l.State == LineDown || l.State == LineDegraded }
