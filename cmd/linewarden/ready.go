package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/linewarden/linewarden/ticketing"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/web"
)

// health is what /readyz asks.
type health struct {
	mu     sync.Mutex
	checks []probeOf
	notes  []noteOf
}

type probeOf struct {
	part string
	ask  func(context.Context) error
}

type noteOf struct {
	part string
	ask  func() string
}

// check adds a part without which the daemon is not ready.
func (h *health) check(part string, ask func(context.Context) error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.checks = append(h.checks, probeOf{part, ask})
}

// note adds a part that may have something to say although all works.
func (h *health) note(part string, ask func() string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.notes = append(h.notes, noteOf{part, ask})
}

// healthPatience is how long the parts may take to answer, all together.
const healthPatience = 2 * time.Second

func (h *health) problems(ctx context.Context) []web.Problem {
	ctx, cancel := context.WithTimeout(ctx, healthPatience)
	defer cancel()
	h.mu.Lock()
	checks := h.checks
	h.mu.Unlock()
	var all []web.Problem
	for _, c := range checks {
		err := c.ask(ctx)
		if errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("no answer within %v", healthPatience)
		}
		if err != nil {
			all = append(all, web.Problem{Part: c.part, Reason: err.Error()})
		}
	}
	return all
}

func (h *health) warnings() []web.Problem {
	h.mu.Lock()
	notes := h.notes
	h.mu.Unlock()
	var all []web.Problem
	for _, n := range notes {
		if text := n.ask(); text != "" {
			all = append(all, web.Problem{Part: n.part, Reason: text})
		}
	}
	return all
}

// databaseHealth asks the database, and ticketing whether it could work with it.
func databaseHealth(ctx context.Context, database store.Store, desk *ticketing.Desk) error {
	if err := database.Ping(ctx); err != nil {
		return err
	}
	if desk == nil { // its role is another process's
		return nil
	}
	if problem := desk.Problem(); problem != "" {
		return errors.New(problem)
	}
	return nil
}
