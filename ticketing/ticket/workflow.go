package ticket

import (
	"slices"
	"time"

	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/sla"
)

// Workflow is a process made ready: its states are found by name.
type Workflow struct {
	WorkflowDef
	states map[State]StateDef
}

// compile makes a workflow ready. Of two states of one name the first counts.
func (d WorkflowDef) compile() Workflow {
	w := Workflow{WorkflowDef: d, states: map[State]StateDef{}}
	for _, s := range slices.Backward(d.States) {
		w.states[s.Name] = s
	}
	return w
}

// State finds one by name.
func (w Workflow) State(s State) (StateDef, bool) {
	def, ok := w.states[s]
	return def, ok
}

// WorkflowDef is a process as its YAML file declares it.
type WorkflowDef struct {
	Name    string                   `json:"name" yaml:"name"`
	Title   people.Title             `json:"title" yaml:"title"`
	Kinds   []Kind                   `json:"kinds" yaml:"kinds"`     // tickets that follow it
	Starts  Starts                   `json:"starts" yaml:"starts"`   // first states
	States  []StateDef               `json:"states" yaml:"states"`   // in the order in which a page draws them
	Actions map[Action]ActionDef     `json:"actions" yaml:"actions"` // by name
	Fields  map[string]FieldDef      `json:"fields" yaml:"fields"`   // by name
	Retest  RetestDef                `json:"retest" yaml:"retest"`
	Events  map[EventName]EventMoves `json:"events" yaml:"events"` // what the engine's own events do, by event
}

// Starts names the state in which a ticket begins.
type Starts struct {
	Held   State `json:"held" yaml:"held"`     // with a hold
	Direct State `json:"direct" yaml:"direct"` // without
	Draft  State `json:"draft" yaml:"draft"`
}

// StateDef is one state.
type StateDef struct {
	Name    State        `json:"name" yaml:"name"`
	Title   people.Title `json:"title" yaml:"title"`
	Owner   Owner        `json:"owner" yaml:"owner"`   // whose turn it is
	Status  Status       `json:"status" yaml:"status"` // TMF621 v4
	Final   bool         `json:"final,omitempty" yaml:"final"`
	Hidden  bool         `json:"hidden,omitempty" yaml:"hidden"` // in no queue
	Clocks  []sla.Name   `json:"clocks,omitempty" yaml:"clocks"` // that run here
	Timer   *Timer       `json:"timer,omitempty" yaml:"timer"`
	Then    State        `json:"then,omitempty" yaml:"then"`   // entered and left at once
	Skip    []Skip       `json:"skip,omitempty" yaml:"skip"`   // not entered at all; the first that holds
	Enter   []Verb       `json:"enter,omitempty" yaml:"enter"` // done on entering
	Actions []Transition `json:"actions,omitempty" yaml:"actions"`
}

// Skip leads past a state.
type Skip struct {
	When Condition `json:"when" yaml:"when"`
	To   State     `json:"to" yaml:"to"`
}

// Condition is something that a ticket can be.
type Condition string

// The conditions of the engine.
const (
	WhenNoCustomer Condition = "no_customer" // no line of a customer was out of service
	WhenMerged     Condition = "merged"      // a network ticket that has become another's child
)

// Owner says whose turn it is in a state.
type Owner string

// The owners a state can have.
const (
	OwnerGroup   Owner = "group"   // the ticket's own group
	OwnerSystem  Owner = "system"  // nobody: it moves by itself
	OwnerSupport Owner = "support" // the people of that role ...
	OwnerMonitor Owner = "monitor"
	OwnerQC      Owner = "qc"
	OwnerOpener  Owner = "opener" // who opened it; monitor, if the system did
	OwnerNobody  Owner = "nobody" // final
)

// Timer moves the ticket on by itself, after a time or when a clock is used up.
type Timer struct {
	After  time.Duration `json:"after,omitempty" yaml:"after"`
	Clock  sla.Name      `json:"clock,omitempty" yaml:"clock"`
	To     State         `json:"to" yaml:"to"`
	Do     Verb          `json:"do,omitempty" yaml:"do"`
	Reason string        `json:"reason" yaml:"reason"` // message key
}

// Transition is an action that can be taken from a state.
type Transition struct {
	Action Action   `json:"action" yaml:"action"`
	By     []string `json:"by" yaml:"by"`                   // roles; owner, assignee, opener, anyone
	To     State    `json:"to,omitempty" yaml:"to"`         // empty: stays
	Need   []string `json:"need,omitempty" yaml:"need"`     // fields beyond those of the action
	Guards []Guard  `json:"guards,omitempty" yaml:"guards"` // all must hold
}

// ActionDef is what an action is, wherever it is taken.
type ActionDef struct {
	Title people.Title `json:"title" yaml:"title"`
	Do    Verb         `json:"do,omitempty" yaml:"do"`       // what it does beside moving; default nothing
	Need  []string     `json:"need,omitempty" yaml:"need"`   // fields to fill in
	May   []string     `json:"may,omitempty" yaml:"may"`     // fields that may be filled in
	Text  string       `json:"text,omitempty" yaml:"text"`   // "required" or "optional" free text
	Style string       `json:"style,omitempty" yaml:"style"` // primary, danger: a hint for pages
}

// FieldDef is a field of a form.
type FieldDef struct {
	Title   people.Title `json:"title" yaml:"title"`
	Type    FieldType    `json:"type" yaml:"type"`
	Options []Option     `json:"options,omitempty" yaml:"options"`
}

// FieldType is what a field of a form takes.
type FieldType string

// The types of fields.
const (
	TextField     FieldType = "text"
	ChoiceField   FieldType = "choice"
	PersonField   FieldType = "person"
	GroupField    FieldType = "group"
	TimeField     FieldType = "time"
	DurationField FieldType = "duration"
	BoolField     FieldType = "bool"
)

// Option is a value of a choice.
type Option struct {
	Value string       `json:"value" yaml:"value"`
	Title people.Title `json:"title" yaml:"title"`
}

// EventName is what the workflow file calls something that happens to a ticket
// without an action.
type EventName string

// The events of the engine.
const (
	OnCleared      EventName = "cleared"       // the watches say that the fault is over
	OnRelapsed     EventName = "relapsed"      // it is not over after all
	OnRetestPassed EventName = "retest_passed" // the states from which this moves are those of the re-test
	OnRetestFailed EventName = "retest_failed"
	OnRerouted     EventName = "rerouted" // routing says another group than before
	OnJoined       EventName = "joined"   // the root is another ticket's
	OnParted       EventName = "parted"   // the root is its own again
	OnWithdrawn    EventName = "withdrawn"
)

// EventMoves maps the state in which an event finds a ticket to the state it
// moves to. In any other state the event moves nothing.
type EventMoves map[State]State

// RetestDef is how re-tests are done.
type RetestDef struct {
	Timeout time.Duration `json:"timeout" yaml:"timeout"` // for an answer
	Again   time.Duration `json:"again" yaml:"again"`     // after an inconclusive one
	Tries   int           `json:"tries" yaml:"tries"`     // then a person is asked
}

// Verb is something that the engine knows how to do.
type Verb string

// The verbs of the engine.
const (
	DoAccept       Verb = "accept"   // the actor, or the person named, becomes assignee
	DoAssign       Verb = "assign"   // name a person; accepts for him
	DoReply        Verb = "reply"    // stage reply: the update clock starts its next round
	DoTransfer     Verb = "transfer" // to another group
	DoSuspend      Verb = "suspend"  // reason, until
	DoResume       Verb = "resume"
	DoApprovePause Verb = "approve_pause"
	DoRefusePause  Verb = "refuse_pause"
	DoAskExtension Verb = "ask_extension"
	DoExtend       Verb = "extend"       // approve the extension asked for
	DoNoExtension  Verb = "no_extension" // refuse it
	DoReject       Verb = "reject"       // 派单驳回: back to the dispatcher
	DoRecall       Verb = "recall"       // the dispatcher takes it back
	DoRestore      Verb = "restore"      // said by a person
	DoRetest       Verb = "retest"       // order a re-test
	DoWaive        Verb = "waive"        // go on against the re-test, with a reason
	DoConfirm      Verb = "confirm"      // the customer says yes
	DoNoAnswer     Verb = "no_answer"    // the customer cannot be reached
	DoDeny         Verb = "deny"         // the customer says no
	DoPass         Verb = "pass"         // quality check
	DoReturn       Verb = "return"       // quality check
	DoOverdue      Verb = "overdue"      // quality check did not happen in time
	DoReport       Verb = "report"       // the fault report is written
	DoClose        Verb = "close"
	DoVoid         Verb = "void"
	DoReopen       Verb = "reopen"
	DoUrge         Verb = "urge"
	DoSupervise    Verb = "supervise"
	DoRepeat       Verb = "repeat" // repeat complaint
	DoCause        Verb = "cause"  // cause and responsibility
	DoWatch        Verb = "watch"
	DoUnwatch      Verb = "unwatch"
	DoNote         Verb = "note"
	DoEdit         Verb = "edit" // description, severity, contact; the timeline keeps what was there
)

// Guard is a condition on a transition.
type Guard string

// The guards of the engine.
const (
	GuardRetested  Guard = "retest_passed" // or waived with a reason
	GuardConfirmed Guard = "customer_confirmed"
	GuardChecked   Guard = "quality_checked"
	GuardCause     Guard = "cause_known"
	GuardReported  Guard = "report_written" // where the customer's grade asks for one
	GuardLineUp    Guard = "line_up"        // no verdict says that it is down
)
