package ticketing

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/linewarden/linewarden/configs/problem"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

const policyDocs = "policy"

// policies are the current policy and those under which tickets were opened.
type policies struct {
	known   sync.Map // revision, a digest of the rules -> ticket.Policy
	current atomic.Pointer[ticket.Policy]
}

// Prepare keeps the policy for the tickets that will be opened under it.
func (d *Desk) Prepare(ctx context.Context) error { return d.keepPolicy(ctx, d.Policy()) }

// SetPolicy makes a new policy current: for tickets opened from now on.
func (d *Desk) SetPolicy(ctx context.Context, p ticket.Policy) error {
	if err := d.keepPolicy(ctx, p); err != nil {
		return err
	}
	d.policies.current.Store(&p)
	return nil
}

func (d *Desk) keepPolicy(ctx context.Context, p ticket.Policy) error {
	body, err := json.Marshal(p.Rules)
	if err != nil {
		return fmt.Errorf("keep policy %s: %w", p.Rev, err)
	}
	d.policies.known.Store(p.Rev, p)
	if err := d.store.PutDoc(ctx, d.now(), store.Doc{Kind: policyDocs, ID: p.Rev, Body: body}); err != nil {
		return fmt.Errorf("keep policy %s: %w", p.Rev, err)
	}
	return nil
}

// Policy is the current policy.
func (d *Desk) Policy() ticket.Policy { return *d.policies.current.Load() }

// PolicyOf is the policy under which the ticket was opened.
func (d *Desk) PolicyOf(ctx context.Context, t ticket.Ticket) (ticket.Policy, error) {
	if p, ok := d.policies.known.Load(t.Policy); ok {
		return p.(ticket.Policy), nil
	}
	doc, err := d.store.Doc(ctx, policyDocs, t.Policy)
	if err != nil {
		return ticket.Policy{}, fmt.Errorf("policy %s of ticket %s: %w", t.Policy, t.ID, err)
	}
	var rules ticket.Rules
	if err := json.Unmarshal(doc.Body, &rules); err != nil {
		return ticket.Policy{}, fmt.Errorf("policy %s of ticket %s: %w", t.Policy, t.ID, err)
	}
	p, wrong := ticket.Compile(rules, time.LoadLocation)
	if err := problem.Error(wrong); err != nil { // its tickets go on under what can be understood of it
		d.log.Warn("stored policy would be refused today", zap.String("policy", t.Policy), zap.Error(err))
	}
	d.policies.known.Store(t.Policy, p)
	return p, nil
}
