package main

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/linewarden/linewarden/deploy/lab"
	"github.com/linewarden/linewarden/deploy/lab/world"
)

type listCmd struct {
	where
	JSON   bool   `name:"json" help:"An array of {subject, id, kind, layer, lines, broken}."`
	Broken bool   `help:"Only what is broken."`
	Kind   string `help:"Only this kind: link, cable, power, station, or a kind of device."`
}

func (c *listCmd) Run(out output) error {
	things, err := c.client().List()
	if err != nil {
		return err
	}
	kept := []world.Thing{}
	for _, t := range things {
		if (!c.Broken || t.Broken) && (c.Kind == "" || c.Kind == t.Kind) {
			kept = append(kept, t)
		}
	}
	if c.JSON {
		return printJSON(out, kept)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SUBJECT\tKIND\tLAYER\tLINES\t")
	for _, t := range kept {
		mark := ""
		if t.Broken {
			mark = "broken"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", t.Subject, t.Kind, t.Layer, some(t.Lines), mark)
	}
	return w.Flush()
}

// some names a few of many lines.
func some(ids []string) string {
	switch n := len(ids); {
	case n == 0:
		return "-"
	case n <= 3:
		return fmt.Sprint(ids)
	default:
		return fmt.Sprintf("%d: %s …", n, ids[0])
	}
}

type truthCmd struct {
	where
	JSON bool `name:"json" help:"As JSON, with what the lab has counted."`
}

func (c *truthCmd) Run(out output) error {
	truth, stats, err := c.client().Truth()
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(out, struct {
			world.Truth
			Stats lab.Stats `json:"stats"`
		}{truth, stats})
	}
	if len(truth.Faults) == 0 {
		fmt.Fprintln(out, "Nothing is broken.")
	}
	for _, f := range truth.Faults {
		fmt.Fprintf(out, "%s: %s since %s (%v), layer %s\n", f.Subject, f.Action, since(f.Since),
			truth.At.Sub(f.Since).Round(time.Second), f.Layer)
	}
	fmt.Fprintf(out, "Lines down: %d %s\n", len(truth.Down), some(truth.Down))
	for _, d := range truth.Open {
		fmt.Fprintf(out, "Protection gone in %s\n", d)
	}
	return nil
}

func printJSON(out output, v any) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
