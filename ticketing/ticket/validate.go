package ticket

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/sla"
)

// Stamp computes the revision of the rules from their content.
func (r Rules) Stamp() Rules {
	r.Rev = ""
	raw, err := json.Marshal(r)
	if err != nil {
		panic(err) // plain data always marshals
	}
	sum := sha256.Sum256(raw)
	r.Rev = hex.EncodeToString(sum[:8])
	return r
}

// validate reports what is wrong with routing, intake and workflows.
func (p Rules) validate() error {
	errs := []error{p.Routing.validate(p), p.Intake.validate(p)}
	kinds := map[Kind]string{}
	for _, w := range p.Workflows {
		if err := w.validate(p.SLA); err != nil {
			errs = append(errs, fmt.Errorf("workflow %s: %w", w.Name, err))
		}
		for _, k := range w.Kinds {
			if kinds[k] != "" {
				errs = append(errs, fmt.Errorf("%s tickets follow both %s and %s", k, kinds[k], w.Name))
			}
			kinds[k] = w.Name
		}
	}
	for _, k := range []Kind{Network, Service, Declaration} {
		if kinds[k] == "" {
			errs = append(errs, fmt.Errorf("no workflow for %s tickets", k))
		}
	}
	return errors.Join(errs...)
}

func (r Routing) validate(p Rules) error {
	var errs []error
	check := func(where, id string) {
		if _, ok := p.group(id); !ok {
			errs = append(errs, fmt.Errorf("routing: %s: no group %q", where, id))
		}
	}
	check("support", r.Support)
	check("monitor", r.Monitor)
	for i, rule := range r.Rules {
		check(fmt.Sprintf("rules[%d]", i), rule.Group)
	}
	return errors.Join(errs...)
}

func (in Intake) validate(p Rules) error {
	var errs []error
	for _, s := range []string{in.CallFrom, in.CallUntil} {
		if _, err := sla.TimeOfDay(s, 0); err != nil {
			errs = append(errs, fmt.Errorf("intake: calling hours: %w", err))
		}
	}
	for grade, d := range in.Hold {
		if d < 0 {
			errs = append(errs, fmt.Errorf("intake: hold: %s is negative", grade))
		}
	}
	words := []string{"owner", "assignee", "opener", "from", "watchers", "manager", "customer"}
	tell := func(where string, list []string) {
		for _, w := range list {
			if !slices.Contains(words, w) && !slices.Contains(people.Roles(), people.Role(w)) {
				errs = append(errs, fmt.Errorf("%s: nobody is called %q", where, w))
			}
		}
	}
	for i, n := range in.Notices {
		where := fmt.Sprintf("intake: notices[%d] %s", i, n.On)
		if n.On == "" || len(n.Channels) == 0 {
			errs = append(errs, fmt.Errorf("%s: wants on and channels", where))
		}
		tell(where, n.Tell)
	}
	for i, r := range p.SLA.Ladder {
		tell(fmt.Sprintf("ladder[%d]", i), r.Tell)
	}
	return errors.Join(errs...)
}

// engineEvents are the events that a workflow's events may name.
var engineEvents = []EventName{OnCleared, OnRelapsed, OnRetestPassed, OnRetestFailed, OnRerouted, OnJoined, OnParted, OnWithdrawn}

var engineVerbs = []Verb{"", DoAccept, DoAssign, DoReply, DoTransfer, DoSuspend, DoResume, DoApprovePause, DoRefusePause,
	DoAskExtension, DoExtend, DoNoExtension, DoReject, DoRecall, DoRestore, DoRetest, DoWaive, DoConfirm, DoNoAnswer, DoDeny,
	DoPass, DoReturn, DoReport, DoClose, DoVoid, DoReopen, DoUrge, DoSupervise, DoRepeat, DoCause, DoWatch, DoUnwatch,
	DoNote, DoEdit}

// needs are the fields without which a verb cannot do its work.
var verbNeeds = map[Verb][]string{DoTransfer: {"group"}, DoSuspend: {"reason", "until"}, DoAskExtension: {"extend_by"},
	DoAssign: {"person"}, DoSupervise: {"every"}, DoReport: {"report"}}

// validate reports everything that is wrong with the workflow; among that,
// states that nothing leads to, and states from which no end can be reached.
func (w WorkflowDef) validate(p sla.Rules) error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	states := map[State]bool{}
	for _, d := range w.States {
		if d.Name == "" || states[d.Name] {
			bad("state %q: its name is empty or taken", d.Name)
		}
		states[d.Name] = true
	}
	goal := func(where string, s State) {
		if !states[s] {
			bad("%s: no state %q", where, s)
		}
	}
	goal("starts.direct", w.Starts.Direct)
	for _, s := range []State{w.Starts.Held, w.Starts.Draft} {
		if s != "" {
			goal("starts", s)
		}
	}
	for name, a := range w.Actions {
		w.checkAction(name, a, bad)
	}
	for _, d := range w.States {
		w.checkState(d, p, goal, bad)
	}
	for event, moves := range w.Events {
		if !slices.Contains(engineEvents, event) {
			bad("events: the engine has no event %q", event)
		}
		for from, to := range moves {
			goal("events."+string(event), from)
			goal("events."+string(event), to)
		}
	}
	if w.Retest.Timeout <= 0 || w.Retest.Again <= 0 || w.Retest.Tries <= 0 {
		bad("retest: timeout, again and tries must be above zero")
	}
	if len(errs) == 0 {
		errs = append(errs, w.traps()...)
	}
	return errors.Join(errs...)
}

func (w WorkflowDef) checkAction(name Action, a ActionDef, bad func(string, ...any)) {
	if !slices.Contains(engineVerbs, a.Do) {
		bad("action %s: the engine cannot do %q", name, a.Do)
	}
	if a.Title.ZH == "" || a.Title.EN == "" {
		bad("action %s: wants a title in zh and en", name)
	}
	if a.Text != "" && a.Text != "required" && a.Text != "optional" {
		bad("action %s: text is required or optional", name)
	}
	for _, f := range slices.Concat(a.Need, a.May) {
		if _, ok := w.Fields[f]; !ok {
			bad("action %s: no field %q", name, f)
		}
	}
	for _, f := range verbNeeds[a.Do] {
		if !slices.Contains(a.Need, f) {
			bad("action %s: %s needs the field %q", name, a.Do, f)
		}
	}
}

func (w WorkflowDef) checkState(d StateDef, p sla.Rules, goal func(string, State), bad func(string, ...any)) {
	where := fmt.Sprintf("state %s", d.Name)
	if d.Title.ZH == "" || d.Title.EN == "" {
		bad("%s: wants a title in zh and en", where)
	}
	statuses := []Status{StatusAcknowledged, StatusInProgress, StatusPending, StatusHeld, StatusResolved, StatusClosed,
		StatusRejected, StatusCancelled}
	if !slices.Contains(statuses, d.Status) {
		bad("%s: %q is not a status of TMF621", where, d.Status)
	}
	for _, c := range d.Clocks {
		if !slices.ContainsFunc(p.Clocks, func(d sla.ClockDef) bool { return d.Name == c && d.Budgets != nil }) {
			bad("%s: the SLA file has no clock %q", where, c)
		}
	}
	if d.Then != "" {
		goal(where, d.Then)
	}
	for _, s := range d.Skip {
		goal(where, s.To)
		if s.When != WhenNoCustomer && s.When != WhenMerged {
			bad("%s: skip: no condition %q", where, s.When)
		}
	}
	for _, v := range d.Enter {
		if v != DoRetest {
			bad("%s: enter: only retest can be done there", where)
		}
	}
	if t := d.Timer; t != nil {
		goal(where, t.To)
		if (t.After > 0) == (t.Clock != "") {
			bad("%s: timer: wants either after or clock", where)
		}
		if t.Clock != "" && !slices.Contains(d.Clocks, t.Clock) {
			bad("%s: timer: clock %s does not run here", where, t.Clock)
		}
		if t.Do != "" && t.Do != DoNoAnswer && t.Do != DoOverdue {
			bad("%s: timer: cannot do %q", where, t.Do)
		}
	}
	for _, tr := range d.Actions {
		if _, ok := w.Actions[tr.Action]; !ok {
			bad("%s: no action %q", where, tr.Action)
		}
		if tr.To != "" {
			goal(where+", "+string(tr.Action), tr.To)
		}
		for _, f := range tr.Need {
			if _, ok := w.Fields[f]; !ok {
				bad("%s, %s: no field %q", where, tr.Action, f)
			}
		}
		if len(tr.By) == 0 {
			bad("%s, %s: nobody may do it", where, tr.Action)
		}
		for _, word := range tr.By {
			if !people.KnownWord(word) {
				bad("%s, %s: nobody is called %q", where, tr.Action, word)
			}
		}
		for _, g := range tr.Guards {
			if !slices.Contains([]Guard{GuardRetested, GuardConfirmed, GuardChecked, GuardCause, GuardReported, GuardLineUp}, g) {
				bad("%s, %s: no guard %q", where, tr.Action, g)
			}
		}
	}
}

// traps finds states that cannot be reached, and open ones that cannot be left
// for good.
func (w WorkflowDef) traps() []error {
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
	var errs []error
	reach := func(from ...State) map[State]bool {
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
	from := reach(w.Starts.Direct, w.Starts.Held, w.Starts.Draft)
	for _, d := range w.States {
		if !from[d.Name] {
			errs = append(errs, fmt.Errorf("state %s: nothing leads to it", d.Name))
		}
		ends := slices.ContainsFunc(w.States, func(f StateDef) bool { return f.Final && reach(d.Name)[f.Name] })
		if !d.Final && !ends {
			errs = append(errs, fmt.Errorf("state %s: a trap, no end can be reached from it", d.Name))
		}
	}
	return errs
}
