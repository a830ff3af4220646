package ticket

import (
	"slices"
	"time"
)

// move takes the ticket to a state and writes the timeline. It follows states
// that are skipped or left at once, each with a line of its own.
func (r *run) move(to State, e Entry, at moments) {
	for range len(r.wf.States) + 1 {
		def, ok := r.wf.State(to)
		if !ok {
			return
		}
		if next, skip := r.skip(def); skip {
			to = next
			continue
		}
		r.write(to, e)
		r.enter(def, at)
		if def.Then == "" || r.t.State != to {
			return
		}
		to, e = def.Then, Entry{Action: "go_on"}
	}
}

func (r *run) skip(def StateDef) (State, bool) {
	for _, s := range def.Skip {
		switch s.When {
		case WhenNoCustomer:
			if !r.t.customersHit() {
				return s.To, true
			}
		case WhenMerged:
			if r.t.Kind == Network && r.t.Parent != "" {
				return s.To, true
			}
		}
	}
	return "", false
}

// customersHit reports whether any customer's line was out of service.
func (t Ticket) customersHit() bool {
	return slices.ContainsFunc(t.Lines, func(l Line) bool { return l.Customer != "" && l.State != LineAtRisk })
}

// write appends a line to the timeline and sets the state.
func (r *run) write(to State, e Entry) {
	t := &r.t
	e.Seq = len(t.Timeline) + 1
	e.At = r.now
	if e.By.ID == "" {
		e.By = r.by
	}
	e.From, e.To = t.State, to
	if n := len(t.Timeline); n > 0 && e.FromGroup == "" {
		e.FromGroup = t.Timeline[n-1].ToGroup
	}
	e.ToGroup, e.Assignee = t.Group, t.Assignee
	if t.State != to {
		if t.State != "" {
			e.Stood = r.now.Sub(t.Since)
		}
		t.State, t.Since = to, r.now
	}
	t.Timeline = append(t.Timeline, e)
	r.dirty = true
	r.tell(string(e.Action), e)
}

// stay writes a line without leaving the state.
func (r *run) stay(e Entry) { r.write(r.t.State, e) }

// enter does what a state asks for: dates, clocks and verbs.
func (r *run) enter(def StateDef, at moments) {
	t := &r.t
	if def.Name == r.wf.Starts.Direct && t.Dispatched.IsZero() {
		t.Dispatched = r.now
	}
	t.Closed = time.Time{}
	r.setClocks(def, at)
	if def.Final {
		t.Closed = r.now
		r.refuseUnapproved()
	}
	for _, v := range def.Enter {
		if v == DoRetest {
			r.orderRetest(at)
		}
	}
	if def.Name != "" && !def.Hidden {
		r.tell("enter:"+string(def.Name), Entry{Action: "enter"})
	}
}
