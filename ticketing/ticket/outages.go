package ticket

import (
	"slices"
	"strconv"
	"time"

	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/sla"
)

// Reasons for which an outage does not count against us.
const (
	ExcludedPower       = "customer_power"
	ExcludedMaintenance = "maintenance"
	ExcludedMonitoring  = "monitoring"
	ExcludedMerged      = "merged" // its time is part of another entry of the same line
)

// outages says what happens to the entries of the lines.
func (pl *planner) outages() {
	want := map[string]Line{}
	for _, l := range pl.lines {
		if hurt(l) {
			want[l.ID] = l
		}
	}
	kept := map[string]bool{}
	for _, o := range pl.have.Outages {
		if !o.Ended.IsZero() || o.Verdict != pl.v.ID && o.Verdict != pl.v.SplitFrom {
			continue
		}
		l, hit := want[o.Line]
		if !hit && o.Verdict != pl.v.ID {
			continue // it stays with the verdict from which this one split
		}
		kept[o.Line] = true
		pl.change(o, l, hit)
	}
	for _, l := range pl.lines {
		if hurt(l) && !kept[l.ID] {
			pl.begin(l)
		}
	}
}

// change carries an open outage on, or ends it.
func (pl *planner) change(o sla.Outage, l Line, hit bool) {
	expect, before := o.Version, o
	var refused []sla.Refused
	if pl.v.Outcome == verdict.MonitoringFault {
		o.Excluded = ExcludedMonitoring
	}
	if !hit || pl.v.State == verdict.Cleared {
		o, refused = o.End(pl.p.SLA, pl.now, pl.endedAt(), pl.held() && o.Excluded == "")
		pl.outage(o, expect, refused)
		return
	}
	o.Verdict, o.Domain, o.Excluded = pl.v.ID, string(pl.v.FaultDomain), pl.excluded()
	if o.Excluded == ExcludedPower && before.Excluded != ExcludedPower {
		pl.tellPower(l)
	}
	if kind := kindOf(l); kind != o.Kind {
		if kind != sla.Down || pl.endedAt().Sub(o.Started) > degradedFirst {
			pl.turn(o, l, kind)
			return
		}
		o.Kind = kind
	}
	if before.Verdict == pl.v.ID && pl.sinceTheFault(o) {
		o, refused = o.Earlier(pl.p.SLA, pl.now, pl.v.Started)
	}
	if before.Excluded != "" && o.Excluded == "" && len(o.Clocks) == 0 && o.Service == "" && !pl.opens[l.ID] {
		// It counts after all, and no ticket of the line carries its clock.
		o, refused = sla.Begin(pl.p.SLA, pl.now, o, pl.restoreBudget(l))
		o.Version = expect
	}
	if o.Version == expect {
		if o.Verdict == before.Verdict && o.Domain == before.Domain && o.Kind == before.Kind &&
			o.Excluded == before.Excluded {
			return
		}
		o.Version++
	}
	pl.outage(o, expect, refused)
}

func (pl *planner) outage(o sla.Outage, expect int64, refused []sla.Refused) {
	pl.plan.Outages = append(pl.plan.Outages, OutageChange{o, expect, refused})
}

// degradedFirst is how long a line that fails may seem only degraded at first.
const degradedFirst = time.Minute

func kindOf(l Line) sla.OutageKind {
	if l.State == LineDegraded {
		return sla.Degraded
	}
	return sla.Down
}

// turn ends the entry of a line that suffers something else now, and carries it
// on as another: what was down was down, and what is only degraded is not.
func (pl *planner) turn(o sla.Outage, l Line, kind sla.OutageKind) {
	expect := o.Version
	id, _ := pl.name(l.ID)
	ended, next, refused := o.Turn(pl.p.SLA, pl.now, pl.endedAt(), id, kind, pl.restoreBudget(l))
	pl.outage(ended, expect, refused)
	pl.outage(next, 0, nil)
}

// sinceTheFault reports whether the entry began with the fault. A line that
// failed later did so by itself, however early the fault turns out to have begun.
func (pl *planner) sinceTheFault(o sla.Outage) bool {
	followers := pl.have.Services
	if pl.have.Network != nil {
		followers = append([]Ticket{*pl.have.Network}, followers...)
	}
	for _, t := range followers {
		if t.Fault.Verdict == pl.v.ID && t.Fault.Version != 0 {
			return !o.Started.After(t.Fault.Started)
		}
	}
	return o.Started.Sub(pl.v.Started) <= grace
}

// mergeOutages hands the open entries over to the verdict that this one
// became. A line that has an entry there keeps that one, from the earlier start.
func (pl *planner) mergeOutages(into string) {
	for _, o := range pl.have.Outages {
		if o.Verdict != pl.v.ID || !o.Ended.IsZero() {
			continue
		}
		expect, refused := o.Version, []sla.Refused(nil)
		same := pl.outagesOf[o.Line]
		i := slices.IndexFunc(same, func(other sla.Outage) bool { return other.Verdict == into && other.Ended.IsZero() })
		if i >= 0 {
			pl.joinOutage(o, same[i])
			o, refused = o.End(pl.p.SLA, pl.now, pl.now, false)
			o.Excluded = ExcludedMerged
		}
		o.Verdict = into
		o.Version = expect + 1
		pl.outage(o, expect, refused)
	}
}

// joinOutage takes the start and the service ticket of an outage over to
// another of the same line.
func (pl *planner) joinOutage(o, into sla.Outage) {
	merged, refused := into.Earlier(pl.p.SLA, pl.now, o.Started)
	if o.Service != "" {
		var more []sla.Refused
		merged, more = merged.HandOver(pl.p.SLA, pl.now, o.Service)
		refused = append(refused, more...)
	}
	if merged.Version > into.Version {
		merged.Version = into.Version + 1
		pl.outage(merged, into.Version, refused)
	}
}

// begin opens the outage of a line at once, whatever the tickets do. Without
// a service ticket it carries the line's restore clock itself.
func (pl *planner) begin(l Line) {
	id, round := pl.name(l.ID)
	if pl.v.State == verdict.Cleared && round > 1 {
		return // its end is on record
	}
	o := sla.Outage{ID: id, Line: l.ID, Customer: l.Customer, Kind: kindOf(l), Verdict: pl.v.ID,
		Domain: string(pl.v.FaultDomain), Started: pl.lineStart(l.ID, round), StartedAfter: pl.v.StartedAfter.UTC(),
		Inferred: l.Unwatched, Excluded: pl.excluded()}
	if t := pl.have.Network; t != nil && t.Open {
		o.Ticket = t.ID
	}
	o.Service = pl.service[l.ID]
	budget := time.Duration(0)
	if o.Service == "" && o.Excluded == "" && !pl.opens[l.ID] {
		budget = pl.restoreBudget(l)
	}
	o, refused := sla.Begin(pl.p.SLA, pl.now, o, budget)
	if pl.v.State == verdict.Cleared {
		var more []sla.Refused
		o, more = o.End(pl.p.SLA, pl.now, pl.endedAt(), o.Excluded == "")
		refused = append(refused, more...)
		o.Version = 1
	} else if o.Excluded == ExcludedPower {
		pl.tellPower(l)
	}
	pl.outage(o, 0, refused)
}

// name is the id of a line's next entry.
func (pl *planner) name(line string) (id string, round int) {
	round = 1
	id = pl.v.ID + "/" + line
	for slices.ContainsFunc(pl.outagesOf[line], func(o sla.Outage) bool { return o.ID == id }) {
		round++
		id = pl.v.ID + "/" + line + "/" + strconv.Itoa(round)
	}
	return id, round
}

// restoreBudget is the time that is promised for a line without a ticket.
func (pl *planner) restoreBudget(l Line) time.Duration {
	budget, _ := pl.p.SLA.Budget(sla.Restore, sla.Case{Kind: string(Service), CustomerGrade: l.CustomerGrade,
		LineGrade: l.Grade, LineState: string(l.State), Area: l.Area}, 1)
	return budget
}

func (pl *planner) lineStart(line string, round int) time.Time {
	at := pl.started(line)
	if round > 1 && !pl.v.Decided.IsZero() {
		at = pl.v.Decided
	}
	if at.IsZero() || at.After(pl.now) {
		at = pl.now
	}
	return at.UTC().Truncate(time.Microsecond)
}

func (pl *planner) endedAt() time.Time {
	at := pl.v.Decided
	if pl.v.State == verdict.Cleared && !pl.v.Cleared.IsZero() {
		at = pl.v.Cleared
	}
	if at.IsZero() || at.After(pl.now) {
		at = pl.now
	}
	return at.UTC().Truncate(time.Microsecond)
}

// held reports whether nobody has been sent yet: what ends now healed itself.
func (pl *planner) held() bool {
	t := pl.have.Network
	return t == nil || t.Dispatched.IsZero() && !t.HoldUntil.Before(pl.endedAt())
}

func (pl *planner) excluded() string {
	switch {
	case pl.v.Outcome == verdict.Maintenance:
		return ExcludedMaintenance
	case pl.premisesPower():
		return ExcludedPower
	}
	return ""
}

// tellPower tells the manager of a customer's power failure, unless the
// customer is closed anyway.
func (pl *planner) tellPower(l Line) {
	if l.Manager == "" || !OpenAt(l.Hours, pl.now, pl.p.Zone) {
		return
	}
	var channels []string
	for _, rule := range pl.p.Intake.Notices {
		if rule.On == "premises_power" {
			channels = append(channels, rule.Channels...)
		}
	}
	if len(channels) == 0 {
		return
	}
	pl.plan.Effects = append(pl.plan.Effects, Effect{
		ID: "verdict/" + pl.v.ID + "/power/" + l.ID, Ticket: "verdict/" + pl.v.ID, Kind: Notify,
		Channel: noticeChannel, NotBefore: pl.now,
		Notice: &Notice{Key: "premises_power", Channels: unique(channels), Managers: []string{l.Manager},
			Args: map[string]string{"line": l.ID, "circuit": l.Circuit, "customer": l.CustomerName,
				"began": pl.v.Started.In(pl.p.Zone).Format(time.RFC3339)}},
	})
}
