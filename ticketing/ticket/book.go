package ticket

import (
	"errors"
	"maps"
	"slices"

	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/sla"
)

// LedgerRefused is the action of a line of the timeline which says that the
// ledger of a clock refused an entry. The engine writes only what its clocks
// allow, so it means that a stored clock is not what its ledger says, or a
// defect of the engine: the shell logs it. The rest of the ticket goes on.
const LedgerRefused = "ledger_refused"

// book writes an entry into the ledger. One that is refused is kept, for Step
// to refuse the command or to say it in the timeline.
func (r *run) book(e sla.Entry) {
	if r.by.ID != "" {
		e.By = r.by.ID
	}
	if err := r.ledger.Write(r.p.SLA, r.now, e); err != nil {
		var refused sla.Refused
		errors.As(err, &refused)
		r.refused = append(r.refused, refused)
		return
	}
	r.dirty = true
}

// noteRefused says in the timeline what the ledger has refused. What is there
// already is not said again, since time brings the same about at each step.
func (r *run) noteRefused() {
	refused := r.refused
	r.refused = nil
	for _, f := range refused {
		r.noteLedger("", f)
	}
}

// noteLedger says what the ledger of the ticket has refused, or that of an
// outage of its lines.
func (r *run) noteLedger(outage string, refused sla.Refused) {
	e := Entry{Action: LedgerRefused, By: people.System(), Fields: map[string]string{
		"clock": string(refused.Entry.Clock), "ledger": string(refused.Entry.Kind), "why": refused.Why}}
	if outage != "" {
		e.Fields["outage"] = outage
	}
	said := slices.ContainsFunc(r.t.Timeline, func(o Entry) bool {
		return o.Action == LedgerRefused && maps.Equal(o.Fields, e.Fields)
	})
	if !said {
		r.stay(e)
	}
}
