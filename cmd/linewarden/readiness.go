package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/linewarden/linewarden/ticketing"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/web"
)

// readiness is what /readyz answers.
type readiness struct {
	needs    []need
	warnings []warning
}

// need is a part without which the daemon is not ready. ask says what is wrong
// with it.
type need struct {
	part string
	ask  func(context.Context) error
}

// warning is a part that may have something to say although all works.
type warning struct {
	part string
	ask  func() string // "": nothing to say
}

// readyTimeout is how long the parts may take to answer, all together.
const readyTimeout = 2 * time.Second

func (r *readiness) problems(ctx context.Context) []web.Problem {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	var all []web.Problem
	for _, n := range r.needs {
		err := n.ask(ctx)
		if errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("no answer within %v", readyTimeout)
		}
		if err != nil {
			all = append(all, web.Problem{Part: n.part, Reason: err.Error()})
		}
	}
	return all
}

func (r *readiness) warned() []web.Problem {
	var all []web.Problem
	for _, w := range r.warnings {
		if text := w.ask(); text != "" {
			all = append(all, web.Problem{Part: w.part, Reason: text})
		}
	}
	return all
}

// databaseHealth asks the database, and ticketing whether it could work with
// it. desk is nil where that role is another process's.
func databaseHealth(ctx context.Context, database store.Store, desk *ticketing.Desk) error {
	if err := database.Ping(ctx); err != nil {
		return err
	}
	if desk == nil {
		return nil
	}
	if problem := desk.Problem(); problem != "" {
		return errors.New(problem)
	}
	return nil
}
