package ticket

import (
	"slices"

	"github.com/linewarden/linewarden/correlator/verdict"
)

// joined makes the ticket a child of the one whose root its own turned out to
// be; a customer's ticket only changes its parent.
func (r *run) joined(ev Joined) {
	t := &r.t
	if ev.Verdict != "" {
		t.Fault.Verdict, t.Fault.Version, t.Fault.State = ev.Verdict, 0, verdict.Open
		r.dirty = true
	}
	if ev.Parent == "" || ev.Parent == t.Parent || ev.Parent == t.ID {
		return
	}
	t.Parent = ev.Parent
	e := Entry{Action: "joined", Reason: "same_root", Fields: map[string]string{"parent": ev.Parent}}
	to, ok := r.wf.Events[OnJoined][t.State]
	if t.Kind != Network || !ok {
		r.stay(e)
		return
	}
	t.MergedInto = ev.Parent
	t.Suspension = nil
	r.move(to, e, moments{})
}

// withdrawn takes back what nobody has seen yet. What has been dispatched stays.
func (r *run) withdrawn(ev Withdrawn) {
	to, ok := r.wf.Events[OnWithdrawn][r.t.State]
	if ok && r.t.State == r.wf.Starts.Held {
		r.move(to, Entry{Action: "withdrawn", Reason: ev.Reason}, moments{})
	}
}

func (r *run) adopted(ev Adopted) {
	for _, id := range ev.Children {
		if !slices.Contains(r.t.Children, id) {
			r.t.Children = append(r.t.Children, id)
			r.stay(Entry{Action: "adopted", Reason: "same_root", Fields: map[string]string{"child": id}})
		}
	}
}

func (r *run) parted(ev Parted) {
	for i, l := range r.t.Lines {
		if ev.Other != "" && slices.Contains(ev.Lines, l.ID) {
			r.t.Lines[i].Parted = ev.Other
		}
	}
	e := Entry{Action: "parted", Reason: "other_root", Fields: map[string]string{"other": ev.Other}}
	to, ok := r.wf.Events[OnParted][r.t.State]
	if !ok {
		r.stay(e)
		return
	}
	r.t.Parent, r.t.MergedInto = "", ""
	r.move(r.workState(to), e, moments{})
}
