package ticket

import (
	"slices"

	"github.com/linewarden/linewarden/configs/problem"
)

// traps finds states that cannot be reached, and open ones that cannot be left
// for good.
func (w WorkflowDef) traps() []problem.Problem {
	var wrong problem.List
	next := w.successors()
	reached := reachable(next, w.Starts.Direct, w.Starts.Held, w.Starts.Draft)
	for i, d := range w.States {
		at := problem.At("states", i)
		wrong.Check(reached[d.Name], at, "state %s: nothing leads to it", d.Name)
		onward := reachable(next, d.Name)
		ends := d.Final || slices.ContainsFunc(w.States, func(f StateDef) bool { return f.Final && onward[f.Name] })
		wrong.Check(ends, at, "state %s: a trap, no end can be reached from it", d.Name)
	}
	return wrong
}

// successors are the states that each state leads to.
func (w WorkflowDef) successors() map[State][]State {
	next := map[State][]State{}
	for _, d := range w.States {
		var to []State
		if d.Then != "" {
			to = append(to, d.Then)
		}
		for _, s := range d.Skip {
			to = append(to, s.To)
		}
		if d.Timer != nil {
			to = append(to, d.Timer.To)
		}
		for _, tr := range d.Actions {
			if tr.To != "" {
				to = append(to, tr.To)
			}
		}
		next[d.Name] = to
	}
	for _, moves := range w.Events {
		for from, to := range moves {
			next[from] = append(next[from], to)
		}
	}
	if w.Starts.Held != "" {
		next[w.Starts.Held] = append(next[w.Starts.Held], w.Starts.Direct)
	}
	return next
}

// reachable are the states that can be come to from some, and these.
func reachable(next map[State][]State, from ...State) map[State]bool {
	seen := map[State]bool{}
	for len(from) > 0 {
		s := from[0]
		from = from[1:]
		if !seen[s] {
			seen[s] = true
			from = append(from, next[s]...)
		}
	}
	return seen
}
