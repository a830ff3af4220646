// Package records is `linewarden audit` and `linewarden outbox`: what people did,
// and what could not be delivered, straight from the database.
package records

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/linewarden/linewarden/ticketing/store"
)

// Open opens the store that a configuration file names.
type Open func(ctx context.Context, config string) (store.Store, error)

// Audit lists the audit log.
type Audit struct {
	Config string    `required:"" help:"Configuration file." type:"path"`
	Before time.Time `help:"Only what was done before this time, such as 2026-11-22T09:30:00+08:00."`
	Limit  int       `help:"How many lines at most." default:"100"`
	JSON   bool      `help:"One JSON object a line."`
}

// Run prints the newest lines first.
func (c *Audit) Run(ctx context.Context, open Open, out io.Writer) error {
	if c.Limit < 1 {
		return fmt.Errorf("--limit: want at least 1, got %d", c.Limit)
	}
	return with(ctx, open, c.Config, func(s store.Store) error {
		log, err := s.AuditLog(ctx, c.Before, c.Limit)
		if err != nil {
			return err
		}
		if c.JSON {
			return lines(out, log)
		}
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "AT\tBY\tACTION\tSUBJECT\tFROM\tFIELDS")
		for _, a := range log {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", stamp(a.At), a.By, a.Action, a.Subject, a.From, fields(a.Fields))
		}
		return w.Flush()
	})
}

// fields are in one order, whatever the map's.
func fields(m map[string]string) string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, fmt.Sprintf("%s=%q", k, m[k]))
	}
	return strings.Join(out, " ")
}

func stamp(t time.Time) string { return t.Format(time.RFC3339) }

func lines[T any](out io.Writer, list []T) error {
	e := json.NewEncoder(out)
	for _, v := range list {
		if err := e.Encode(v); err != nil {
			return err
		}
	}
	return nil
}

func with(ctx context.Context, open Open, config string, do func(store.Store) error) error {
	s, err := open(ctx, config)
	if err != nil {
		return err
	}
	return errors.Join(do(s), s.Close())
}
