package ticketing

import (
	"context"
	"errors"
	"sync"

	"go.uber.org/zap"

	"github.com/linewarden/linewarden/ticketing/store"
)

// reach is whether the database answers.
type reach struct {
	mu  sync.Mutex
	why string // it does not; "" if it does
}

// Problem is why ticketing cannot work at present; "" if it can.
func (d *Desk) Problem() string {
	d.reach.mu.Lock()
	defer d.reach.mu.Unlock()
	return d.reach.why
}

// reached notes whether the database answered, and says so once each time
// that changes. It returns what it was given.
func (d *Desk) reached(err error) error {
	for _, answer := range []error{store.ErrConflict, store.ErrNotFound, store.ErrDuplicate, context.Canceled} {
		if errors.Is(err, answer) {
			return err
		}
	}
	d.reach.mu.Lock()
	defer d.reach.mu.Unlock()
	switch {
	case err != nil && d.reach.why == "":
		d.log.Error("database cannot be reached; verdicts and effects wait for it", zap.Error(err))
		d.metrics.database.Set(0)
	case err == nil && d.reach.why != "":
		d.log.Info("database is back", zap.Int("verdicts_waiting", d.inbox.count()))
		d.metrics.database.Set(1)
	}
	d.reach.why = ""
	if err != nil {
		d.reach.why = err.Error()
	}
	return err
}
