package ticket

import "fmt"

// Refusal is why an action is not taken. Reason is a message key.
type Refusal struct {
	Action Action
	Reason string
	Field  string // the field at fault, if one is
	Err    error  // what is behind it, for the log; nil where Reason says all
}

// Error says it in English.
func (r *Refusal) Error() string {
	s := fmt.Sprintf("%s refused: %s", r.Action, r.Reason)
	if r.Field != "" {
		s += ": " + r.Field
	}
	if r.Err != nil {
		s += ": " + r.Err.Error()
	}
	return s
}

// Unwrap is what is behind it.
func (r *Refusal) Unwrap() error { return r.Err }

// Reasons of refusal beside those of people.
const (
	ReasonNotHere   = "not_in_this_state"
	ReasonRequired  = "field_required"
	ReasonInvalid   = "field_invalid"
	ReasonNothing   = "nothing_to_decide"
	ReasonStatutory = "beyond_statutory_limit"
	ReasonLedger    = "ledger_refused" // a clock of the ticket does not allow it
	ReasonGuard     = "guard_"         // followed by the guard's name
)
