package ticket

import (
	"maps"
	"slices"

	"github.com/linewarden/linewarden/configs/problem"
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/sla"
)

// engineEvents are the events that a workflow's events may name.
var engineEvents = []EventName{
	OnCleared, OnRelapsed, OnRetestPassed, OnRetestFailed, OnRerouted, OnJoined, OnParted, OnWithdrawn,
}

var engineVerbs = []Verb{"", DoAccept, DoAssign, DoReply, DoTransfer, DoSuspend, DoResume, DoApprovePause, DoRefusePause,
	DoAskExtension, DoExtend, DoNoExtension, DoReject, DoRecall, DoRestore, DoRetest, DoWaive, DoConfirm, DoNoAnswer, DoDeny,
	DoPass, DoReturn, DoReport, DoClose, DoVoid, DoReopen, DoUrge, DoSupervise, DoRepeat, DoCause, DoWatch, DoUnwatch,
	DoNote, DoEdit}

// verbNeeds are the fields without which a verb cannot do its work.
var verbNeeds = map[Verb][]string{
	DoTransfer: {"group"}, DoSuspend: {"reason", "until"}, DoAskExtension: {"extend_by"},
	DoAssign: {"person"}, DoSupervise: {"every"}, DoReport: {"report"},
}

var engineGuards = []Guard{
	GuardRetested, GuardConfirmed, GuardChecked, GuardCause, GuardReported, GuardLineUp,
}

var statuses = []Status{
	StatusAcknowledged, StatusInProgress, StatusPending, StatusHeld, StatusResolved, StatusClosed,
	StatusRejected, StatusCancelled,
}

// validate reports everything that is wrong with the workflow; among that,
// states that nothing leads to, and states from which no end can be reached.
func (w WorkflowDef) validate(p sla.Rules) []problem.Problem {
	var wrong problem.List
	names := map[State]bool{}
	for i, d := range w.States {
		at := problem.At("states", i) + ".name"
		wrong.Filled(at, string(d.Name))
		wrong.Check(d.Name == "" || !names[d.Name], at, "%q is already the name of another state", d.Name)
		names[d.Name] = true
	}
	w.mustBe(&wrong, "starts.direct", w.Starts.Direct)
	w.mayBe(&wrong, "starts.held", w.Starts.Held)
	w.mayBe(&wrong, "starts.draft", w.Starts.Draft)
	for _, name := range slices.Sorted(maps.Keys(w.Actions)) {
		wrong.Under(problem.Join("actions", string(name)), w.validateAction(w.Actions[name]))
	}
	for i, d := range w.States {
		wrong.Under(problem.At("states", i), w.validateState(d, p))
	}
	for _, event := range slices.Sorted(maps.Keys(w.Events)) {
		at := problem.Join("events", string(event))
		wrong.Check(slices.Contains(engineEvents, event), at, "the engine has no event %q", event)
		for _, from := range slices.Sorted(maps.Keys(w.Events[event])) {
			w.mustBe(&wrong, problem.Join(at, string(from)), from)
			w.mustBe(&wrong, problem.Join(at, string(from)), w.Events[event][from])
		}
	}
	wrong.Check(w.Retest.Timeout > 0, "retest.timeout", "want more than 0, got %s", w.Retest.Timeout)
	wrong.Check(w.Retest.Again > 0, "retest.again", "want more than 0, got %s", w.Retest.Again)
	wrong.Check(w.Retest.Tries > 0, "retest.tries", "want more than 0, got %d", w.Retest.Tries)
	if len(wrong) == 0 {
		return w.traps()
	}
	return wrong
}

// mustBe reports a state that the workflow does not have.
func (w WorkflowDef) mustBe(wrong *problem.List, path string, s State) {
	known := slices.ContainsFunc(w.States, func(d StateDef) bool { return d.Name == s })
	wrong.Check(known, path, "no state %q", s)
}

// mayBe does so where one is named.
func (w WorkflowDef) mayBe(wrong *problem.List, path string, s State) {
	if s != "" {
		w.mustBe(wrong, path, s)
	}
}

// fields reports names of fields that the workflow does not have.
func (w WorkflowDef) fields(wrong *problem.List, path string, names []string) {
	for i, f := range names {
		_, ok := w.Fields[f]
		wrong.Check(ok, problem.At(path, i), "no field %q", f)
	}
}

func validateTitle(wrong *problem.List, t people.Title) {
	wrong.Check(t.ZH != "" && t.EN != "", "title", "wants a title in zh and en")
}

func (w WorkflowDef) validateAction(a ActionDef) []problem.Problem {
	var wrong problem.List
	wrong.Check(slices.Contains(engineVerbs, a.Do), "do", "the engine cannot do %q", a.Do)
	validateTitle(&wrong, a.Title)
	wrong.Check(slices.Contains([]string{"", "required", "optional"}, a.Text), "text", "want required or optional, got %q", a.Text)
	w.fields(&wrong, "need", a.Need)
	w.fields(&wrong, "may", a.May)
	for _, f := range verbNeeds[a.Do] {
		wrong.Check(slices.Contains(a.Need, f), "need", "%s needs the field %q", a.Do, f)
	}
	return wrong
}

func (w WorkflowDef) validateState(d StateDef, p sla.Rules) []problem.Problem {
	var wrong problem.List
	validateTitle(&wrong, d.Title)
	wrong.Check(slices.Contains(statuses, d.Status), "status", "%q is not a status of TMF621", d.Status)
	for i, c := range d.Clocks {
		known := slices.ContainsFunc(p.Clocks, func(d sla.ClockDef) bool { return d.Name == c && d.Budgets != nil })
		wrong.Check(known, problem.At("clocks", i), "the SLA file has no clock %q (in state %s)", c, d.Name)
	}
	w.mayBe(&wrong, "then", d.Then)
	for i, s := range d.Skip {
		at := problem.At("skip", i)
		w.mustBe(&wrong, at+".to", s.To)
		wrong.Check(s.When == WhenNoCustomer || s.When == WhenMerged, at+".when", "no condition %q", s.When)
	}
	for i, v := range d.Enter {
		wrong.Check(v == DoRetest, problem.At("enter", i), "only retest can be done there, not %q", v)
	}
	if d.Timer != nil {
		wrong.Under("timer", w.validateTimer(*d.Timer, d.Clocks))
	}
	for i, t := range d.Actions {
		wrong.Under(problem.At("actions", i), w.validateTransition(t))
	}
	return wrong
}

func (w WorkflowDef) validateTimer(t Timer, clocks []sla.Name) []problem.Problem {
	var wrong problem.List
	w.mustBe(&wrong, "to", t.To)
	wrong.Check((t.After > 0) != (t.Clock != ""), "", "wants either after or clock")
	wrong.Check(t.Clock == "" || slices.Contains(clocks, t.Clock), "clock", "%s does not run in this state", t.Clock)
	wrong.Check(slices.Contains([]Verb{"", DoNoAnswer, DoOverdue}, t.Do), "do", "a timer cannot do %q", t.Do)
	return wrong
}

func (w WorkflowDef) validateTransition(t Transition) []problem.Problem {
	var wrong problem.List
	_, known := w.Actions[t.Action]
	wrong.Check(known, "action", "no action %q", t.Action)
	w.mayBe(&wrong, "to", t.To)
	w.fields(&wrong, "need", t.Need)
	wrong.Check(len(t.By) > 0, "by", "nobody may do it")
	for i, word := range t.By {
		wrong.Check(people.KnownWord(word), problem.At("by", i), "nobody is called %q", word)
	}
	for i, g := range t.Guards {
		wrong.Check(slices.Contains(engineGuards, g), problem.At("guards", i), "no guard %q", g)
	}
	return wrong
}
