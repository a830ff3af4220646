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

// Listing is how much of a list is shown, and in which form.
type Listing struct {
	Config string `required:"" help:"Configuration file." type:"path"`
	Limit  int    `help:"How many lines at most." default:"100"`
	JSON   bool   `help:"One JSON object a line."`
}

// show reads a list and prints it as a table, or as JSON.
func show[T any](
	ctx context.Context, open Open, out io.Writer, l Listing,
	read func(store.Store) ([]T, error), header string, row func(T) string,
) error {
	if l.Limit < 1 {
		return fmt.Errorf("--limit: want at least 1, got %d", l.Limit)
	}
	return with(ctx, open, l.Config, func(s store.Store) error {
		list, err := read(s)
		if err != nil {
			return err
		}
		if l.JSON {
			return lines(out, list)
		}
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, header)
		for _, v := range list {
			fmt.Fprintln(w, row(v))
		}
		return w.Flush()
	})
}

// Audit lists the audit log.
type Audit struct {
	Listing
	Before time.Time `help:"Only what was done before this time, such as 2026-11-22T09:30:00+08:00."`
}

// Run prints the newest lines first.
func (c *Audit) Run(ctx context.Context, open Open, out io.Writer) error {
	read := func(s store.Store) ([]store.Audit, error) { return s.AuditLog(ctx, c.Before, c.Limit) }
	row := func(a store.Audit) string {
		return strings.Join([]string{stamp(a.At), a.By, a.Action, a.Subject, a.From, fields(a.Fields)}, "\t")
	}
	return show(ctx, open, out, c.Listing, read, "AT\tBY\tACTION\tSUBJECT\tFROM\tFIELDS", row)
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
