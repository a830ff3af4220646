package records

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/linewarden/linewarden/ticketing/store"
)

// Outbox is about what could not be delivered.
type Outbox struct {
	List   List   `cmd:"" help:"List what was given up as undeliverable, newest first."`
	Resend Resend `cmd:"" help:"Have the daemon try again what was given up."`
}

// List lists dead letters.
type List struct{ Listing }

// Run prints them with the reason for which each was given up.
func (c *List) Run(ctx context.Context, open Open, out io.Writer) error {
	read := func(s store.Store) ([]store.PendingEffect, error) { return s.EffectsOf(ctx, "", c.Limit) }
	row := func(e store.PendingEffect) string {
		return fmt.Sprintf("%s\t%s\t%s\t%s\t%d\t%s", e.ID, e.Ticket, e.Channel, stamp(e.Dead), e.Attempts, e.Problem)
	}
	return show(ctx, open, out, c.Listing, read, "ID\tTICKET\tCHANNEL\tGIVEN UP\tTRIES\tPROBLEM", row)
}

// Resend makes dead letters due again.
type Resend struct {
	Config string   `required:"" help:"Configuration file." type:"path"`
	IDs    []string `arg:"" name:"id" help:"Id, as the list shows it (repeatable)."`
}

// Run goes through all ids, and names those that are not on the list.
func (c *Resend) Run(ctx context.Context, open Open) error {
	return with(ctx, open, c.Config, func(s store.Store) error {
		now := time.Now().UTC()
		var errs []error
		for _, id := range c.IDs {
			err := s.ReviveEffect(ctx, now, id)
			if errors.Is(err, store.ErrNotFound) {
				err = fmt.Errorf("%s was not given up; `linewarden outbox list` shows what was", id)
			}
			if err == nil {
				err = s.Audit(ctx, store.Audit{At: now, By: "cli", Action: "effect_resent", Subject: id})
			}
			errs = append(errs, err)
		}
		return errors.Join(errs...)
	})
}
