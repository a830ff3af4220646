package ticket

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Assign gives ids to what will be opened, and puts them wherever else the
// plan names it. next takes the next id of a kind; see Series and ID.
func (pl *Plan) Assign(next func(Kind) (string, error)) error {
	network := ""
	byLine := map[string]string{}
	for i := range pl.Open {
		o := &pl.Open[i]
		id, err := next(o.Kind)
		if err != nil {
			return fmt.Errorf("number a %s ticket: %w", o.Kind, err)
		}
		o.ID = id
		if o.Kind == Network {
			network = id
		} else if len(o.Lines) == 1 {
			byLine[o.Lines[0].ID] = id
		}
	}
	name := func(lines []Line) []Line {
		lines = slices.Clone(lines)
		for i, l := range lines {
			lines[i].Service = cmp.Or(byLine[l.ID], l.Service)
		}
		return lines
	}
	for i := range pl.Open {
		o := &pl.Open[i]
		if o.Parent == parentNew {
			o.Parent = network
		}
		if o.Kind == Network {
			o.Lines = name(o.Lines)
		}
	}
	for i, a := range pl.Events {
		switch ev := a.Event.(type) {
		case Found:
			ev.Lines = name(ev.Lines)
			pl.Events[i].Event = ev
		case Joined:
			if ev.Parent == parentNew {
				ev.Parent = network
			}
			pl.Events[i].Event = ev
		case Parted:
			ev.Other = cmp.Or(ev.Other, network)
			pl.Events[i].Event = ev
		}
	}
	for i := range pl.Outages {
		o := &pl.Outages[i].Outage
		o.Ticket = cmp.Or(o.Ticket, network)
		o.Service = cmp.Or(o.Service, byLine[o.Line])
	}
	return nil
}

// Series is what ids of a day count in: "NT-20261122", by the carrier's wall
// clock. ID is one of them.
func Series(p Policy, k Kind, now time.Time) string {
	prefix := map[Kind]string{Network: "NT", Service: "ST", Declaration: "DT"}[k]
	return prefix + "-" + now.In(p.Zone).Format("20060102")
}

// ID is the n-th id of a series: "NT-20261122-000123".
func ID(series string, n int64) string { return fmt.Sprintf("%s-%06d", series, n) }
