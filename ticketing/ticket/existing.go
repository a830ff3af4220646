package ticket

import (
	"slices"
	"strconv"

	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/sla"
)

// Existing is what there is already of a verdict.
type Existing struct {
	Applied  uint64       // version that was applied last
	Network  *Ticket      // the network ticket that follows the verdict: the open one, or the newest
	Into     *Ticket      // that of the verdict which this one merged into
	From     *Ticket      // that of the verdict from which it split
	Children []Ticket     // other open network tickets that follow it: those merged into Network
	Services []Ticket     // open service tickets and declarations of its lines, or that follow it
	Settling []Ticket     // open network tickets of any verdict that has cleared
	Outages  []sla.Outage // of the verdict or of its lines
	Keys     []string     // of all tickets given to Gather
}

// Gather sorts a bag of tickets. Give it every ticket whose verdict is v's, or
// the one that it merged into or split from, and every open ticket of its
// lines or roots; more does no harm.
func Gather(v verdict.Verdict, applied uint64, tickets []Ticket, outages []sla.Outage) Existing {
	e := Existing{Applied: applied, Outages: outages}
	lines := map[string]bool{}
	for _, id := range v.Lines.All() {
		lines[id] = true
	}
	pick := func(slot **Ticket, t *Ticket) {
		better := *slot == nil || t.Open && !(*slot).Open ||
			t.Open == (*slot).Open && (t.Parent == "") == ((*slot).Parent == "") && t.Opened.After((*slot).Opened) ||
			t.Open == (*slot).Open && t.Parent == "" && (*slot).Parent != ""
		if better {
			*slot = t
		}
	}
	for i := range tickets {
		t := &tickets[i]
		e.Keys = append(e.Keys, t.Key)
		if t.Kind != Network {
			onLine := len(t.Lines) == 1 && lines[t.Lines[0].ID]
			if t.Open && (onLine || t.Fault.Verdict == v.ID) {
				e.Services = append(e.Services, *t)
			}
			continue
		}
		switch follows := t.Fault.Verdict; {
		case follows == "": // opened by hand
		case follows == v.ID:
			pick(&e.Network, t)
		case follows == v.MergedInto:
			pick(&e.Into, t)
		case follows == v.SplitFrom:
			pick(&e.From, t)
		}
		if t.Open && t.Fault.State == verdict.Cleared && t.Fault.Verdict != v.ID {
			e.Settling = append(e.Settling, *t)
		}
	}
	for _, t := range tickets {
		if t.Open && t.Kind == Network && t.Fault.Verdict == v.ID && t.ID != e.Network.ID {
			e.Children = append(e.Children, t)
		}
	}
	return e
}

// key makes a key unique for a fault that comes again under the same id after
// its ticket was closed.
func (e Existing) key(base string) string {
	key := base
	for n := 2; slices.Contains(e.Keys, key); n++ {
		key = base + "#" + strconv.Itoa(n)
	}
	return key
}

// settling finds a ticket of the same root that has recovered but is still
// proving it: the new verdict is the same episode, not another fault.
func (e Existing) settling(v verdict.Verdict) *Ticket {
	for i, t := range e.Settling {
		if !t.settling() {
			continue
		}
		for _, old := range t.Fault.Roots {
			if slices.ContainsFunc(v.Roots, func(r verdict.RootCause) bool { return r.Subject == old.Subject }) {
				return &e.Settling[i]
			}
		}
	}
	return nil
}

// settling reports whether the ticket has recovered but is still proving it.
func (t Ticket) settling() bool {
	return t.State == Restored || t.State == Retesting || t.State == Observing
}
