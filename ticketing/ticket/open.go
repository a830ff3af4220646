package ticket

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/people"
)

// Open begins a ticket's life. The policy's revision is stamped on it.
func Open(p Policy, now time.Time, o Opening) (Ticket, []Effect, error) {
	wf, ok := p.WorkflowFor(o.Kind)
	if !ok {
		return Ticket{}, nil, fmt.Errorf("open %s: no workflow for %s tickets", o.ID, o.Kind)
	}
	if o.ID == "" {
		return Ticket{}, nil, fmt.Errorf("open a %s ticket: no id", o.Kind)
	}
	now = now.UTC().Truncate(time.Microsecond)
	r := &run{p: p, wf: wf, now: now, by: people.System(), dirty: true}
	if o.By.ID != "" {
		r.by = o.By.Ref()
	}
	r.t = o.ticket(p, wf, now, r.by)
	r.parties()
	to := wf.Starts.Direct
	switch {
	case o.Draft && wf.Starts.Draft != "":
		to = wf.Starts.Draft
	case o.HoldUntil.After(now) && wf.Starts.Held != "":
		to = wf.Starts.Held
		r.t.HoldUntil = o.HoldUntil.UTC().Truncate(time.Microsecond)
	}
	r.move(to, Entry{Action: "open", Text: o.Description}, moments{})
	r.advance()
	t, effects := r.finish()
	return t, effects, nil
}

// ticket is what is opened, in no state yet.
func (o Opening) ticket(p Policy, wf Workflow, now time.Time, opener people.Ref) Ticket {
	began := o.Started
	if began.IsZero() || began.After(now) {
		began = now
	}
	t := Ticket{
		ID: o.ID, Kind: o.Kind, Key: o.Key, Policy: p.Rev, Workflow: wf.Name,
		Title: o.Title, Description: o.Description, Severity: cmp.Or(o.Severity, verdict.Major), Source: o.Source,
		Opener: opener, ExternalID: o.ExternalID, Contact: o.Contact, Fault: o.Fault, Lines: slices.Clone(o.Lines),
		Region: o.Region, Group: o.Group, From: p.Routing.Monitor, Parent: o.Parent, SplitFrom: o.SplitFrom,
		Opened: now, Began: began.UTC().Truncate(time.Microsecond), Updated: now,
		ProposedCause: o.Propose.Cause, ProposedResponsibility: o.Propose.Responsibility,
	}
	if t.Group == "" {
		t.Group, _ = p.Route(o.Fault, o.Kind, o.Region)
	}
	t.Routed = t.Group
	if o.By.ID != "" {
		t.Actors = []string{o.By.ID}
	}
	return t
}
