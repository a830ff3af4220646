package console_test

import (
	"slices"
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// cableOf finds a cable of a layer on whose links as many lines depend as may
// be, and those lines.
func cableOf(inv *inventory.Inventory, layer inventory.Layer, atMost int) (cable string, lines []*inventory.Line) {
	on := map[string][]*inventory.Line{}
	for i := range inv.Lines {
		l := &inv.Lines[i]
		if l.State != inventory.Active {
			continue
		}
		path, ok := inv.RouteOf(l)
		if !ok {
			continue
		}
		for _, id := range path.Links {
			link, _ := inv.Link(id)
			if link.Layer != layer || link.Protection != "" {
				continue
			}
			for _, c := range link.Cables {
				if !slices.Contains(on[c], l) {
					on[c] = append(on[c], l)
				}
			}
		}
	}
	for _, c := range inv.Cables {
		if n := len(on[c.ID]); n > len(lines) && n <= atMost {
			cable, lines = c.ID, on[c.ID]
		}
	}
	return cable, lines
}

func ids(lines []*inventory.Line) []string {
	out := []string{}
	for _, l := range lines {
		out = append(out, l.ID)
	}
	slices.Sort(out)
	return out
}

func blank(id string, started time.Time) verdict.Verdict {
	return verdict.Verdict{ID: id, Epoch: 1, Version: 1, State: verdict.Open, Started: started, StartedAfter: started.Add(-9 * time.Second),
		Decided: started.Add(4 * time.Second), Severity: verdict.Major, Confidence: 0.97, Side: "a",
		Domains: []verdict.DomainShare{}, Roots: []verdict.RootCause{}, Rivals: []verdict.Rival{},
		Lines:    verdict.Lines{Down: []string{}, Degraded: []string{}, AtRisk: []string{}},
		Evidence: verdict.Evidence{For: []verdict.Fact{}, Against: []verdict.Fact{}, Missing: []verdict.Fact{}}}
}

// symptomsOf are what the probes say of lines that are down.
func symptomsOf(lines []*inventory.Line, since time.Time) (out []symptom.Symptom, facts []verdict.Fact) {
	for i, l := range lines {
		s := symptom.Symptom{Observer: "collector/col-1", Subject: symptom.Line(l.ID), Kind: symptom.Unreachable, State: symptom.Raised,
			Since: since.Add(time.Duration(i) * 100 * time.Millisecond), At: since.Add(2 * time.Second)}
		out = append(out, s)
		facts = append(facts, verdict.Fact{Observer: s.Observer, Subject: s.Subject, Kind: s.Kind, State: "raised", Since: s.Since, Weight: 4.6})
	}
	return out, facts
}

// cut is a cut cable with all its lines.
func (n *noc) cut(id string, started time.Time) (verdict.Verdict, string) {
	cable, lines := cableOf(n.inv, inventory.Tail, 6)
	if len(lines) < 2 {
		n.t.Fatalf("no cable with several lines: %q %d", cable, len(lines))
	}
	v := blank(id, started)
	v.Outcome, v.FaultDomain, v.Technology = verdict.Root, verdict.Tail, "transmission"
	v.Roots = []verdict.RootCause{{Subject: symptom.Cable(cable), Kind: "cable", Mode: verdict.Down, P: 0.97}}
	v.Domains = []verdict.DomainShare{{Domain: verdict.Tail, P: 0.97}, {Domain: verdict.Trunk, P: 0.02}, {Domain: verdict.Premises, P: 0.01}}
	v.Lines.Down = ids(lines)
	symptoms, facts := symptomsOf(lines, started)
	n.raise(symptoms...)
	for i := range n.inv.Links {
		if slices.Contains(n.inv.Links[i].Cables, cable) {
			a := n.inv.Links[i].A
			los := symptom.Symptom{Observer: "collector/col-1", Subject: symptom.Port(a.Device, a.Port), Kind: symptom.LOS, State: symptom.Raised,
				Value: -40, Unit: "dBm", Since: started, At: started.Add(time.Second)}
			n.raise(los)
			facts = append(facts, verdict.Fact{Observer: los.Observer, Subject: los.Subject, Kind: los.Kind, State: "raised", Value: -40, Unit: "dBm", Since: los.Since, Weight: 6.2})
		}
	}
	v.Evidence.For, v.Evidence.ForTotal = facts, len(facts)
	v.Evidence.Against = []verdict.Fact{{Subject: symptom.Device("AN-0001"), Kind: symptom.Unreachable, State: "healthy", Since: started, Weight: -3.9, Why: "it answers, so that all before it is good"}}
	v.Evidence.AgainstTotal = 1
	v.Evidence.Missing = []verdict.Fact{{Subject: symptom.Line(v.Lines.Down[0]), End: "z", Kind: symptom.Unreachable, State: "unknown", Why: "not swept since the fault began"}}
	v.Evidence.MissingTotal = 1
	v.Rivals = []verdict.Rival{{Subjects: []symptom.Subject{symptom.Device(lines[0].A.Device)}, Domain: verdict.Premises, P: 0.012}}
	return v, cable
}

// others are further lines, not among those given.
func (n *noc) others(not []string, count int) []*inventory.Line {
	var out []*inventory.Line
	for i := len(n.inv.Lines) - 1; i >= 0 && len(out) < count; i-- {
		if l := &n.inv.Lines[i]; l.State == inventory.Active && !slices.Contains(not, l.ID) {
			out = append(out, l)
		}
	}
	return out
}

// twoDomains is one line that is down between two domains.
func (n *noc) twoDomains(id string, started time.Time, line *inventory.Line) verdict.Verdict {
	v := blank(id, started)
	path, _ := n.inv.RouteOf(line)
	v.Outcome, v.FaultDomain, v.Confidence, v.Severity = verdict.TwoDomains, verdict.Premises, 0.55, verdict.Minor
	v.Roots = []verdict.RootCause{{Subject: symptom.Device(path.Devices[0]), Kind: "device", Mode: verdict.Down, P: 0.55},
		{Subject: symptom.Link(path.Links[1]), Kind: "link", Mode: verdict.Down, P: 0.41}}
	v.Domains = []verdict.DomainShare{{Domain: verdict.Premises, P: 0.55}, {Domain: verdict.Tail, P: 0.41}, {Domain: verdict.Trunk, P: 0.04}}
	v.Lines.Down = []string{line.ID}
	symptoms, facts := symptomsOf([]*inventory.Line{line}, started)
	n.raise(symptoms...)
	v.Evidence.For, v.Evidence.ForTotal = facts, len(facts)
	v.NextTest = "poll port/" + path.Devices[1] + "/1/1"
	return v
}

// lostProtection is a ring link that is cut: nobody is down.
func (n *noc) lostProtection(id string, started time.Time) verdict.Verdict {
	v := blank(id, started)
	v.Outcome, v.FaultDomain, v.Technology, v.Severity = verdict.LostProtection, verdict.Trunk, "transmission", verdict.Minor
	for i := range n.inv.Links {
		if l := n.inv.Links[i]; l.Protection != "" && len(l.Cables) > 0 {
			v.Roots = []verdict.RootCause{{Subject: symptom.Cable(l.Cables[0]), Kind: "cable", Mode: verdict.Down, P: 0.99}}
			for j := range n.inv.Lines {
				if path, ok := n.inv.RouteOf(&n.inv.Lines[j]); ok && slices.Contains(path.Links, l.ID) && len(v.Lines.AtRisk) < 12 {
					v.Lines.AtRisk = append(v.Lines.AtRisk, n.inv.Lines[j].ID)
				}
			}
			if len(v.Lines.AtRisk) > 0 {
				break
			}
		}
	}
	v.Domains = []verdict.DomainShare{{Domain: verdict.Trunk, P: 0.99}}
	return v
}

// blind is a monitoring station that is cut off.
func blind(id string, started time.Time) verdict.Verdict {
	v := blank(id, started)
	v.Outcome, v.FaultDomain, v.Severity = verdict.MonitoringFault, verdict.Monitoring, verdict.Warning
	v.Roots = []verdict.RootCause{{Subject: "collector/col-2", Kind: "collector", Mode: verdict.Down, P: 1}}
	v.Domains = []verdict.DomainShare{{Domain: verdict.Monitoring, P: 1}}
	return v
}

func cleared(v verdict.Verdict, at time.Time) verdict.Verdict {
	v.Version++
	v.State, v.Cleared, v.Decided = verdict.Cleared, at, at
	return v
}

// shift fills the NOC with what a bad hour brings: open faults of every kind,
// and one that is over.
func (n *noc) shift() verdict.Verdict {
	now := n.now()
	v, _ := n.cut("V000000000000000000000000C1", now.Add(-42*time.Minute))
	n.say(v)
	rest := n.others(v.Lines.Down, 3)
	n.say(n.twoDomains("V000000000000000000000000T1", now.Add(-95*time.Minute), rest[0]))
	n.say(n.lostProtection("V000000000000000000000000P1", now.Add(-3*time.Hour)))
	n.say(blind("V000000000000000000000000M1", now.Add(-12*time.Minute)))
	gone := n.twoDomains("V000000000000000000000000G1", now.Add(-50*time.Minute), rest[1])
	n.say(gone)
	for _, s := range n.desk.Board.Of(symptom.Line(rest[1].ID)) {
		s.State, s.ClearedAt, s.At = symptom.Cleared, now.Add(-20*time.Minute), now.Add(-20*time.Minute)
		n.raise(s)
	}
	n.say(cleared(gone, now.Add(-20*time.Minute)))
	return v
}
