package ticket_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// admin may do everything, so that the workflow alone decides.
var admin = people.Person{ID: "root", Roles: []people.Role{people.Admin}}

// overtaken are reasons to refuse what was offered: time has passed since, or
// the form's values do not suit this ticket.
var overtaken = []string{ticket.ReasonNotHere, ticket.ReasonInvalid, ticket.ReasonNothing, ticket.ReasonStatutory}

// formValues are values that any form of the workflow takes.
func formValues(w *world, c ticket.Choice) map[string]string {
	f := map[string]string{}
	for _, field := range c.Fields {
		switch field.Def.Type {
		case "choice":
			f[field.Name] = field.Def.Options[0].Value
		case "time":
			f[field.Name] = w.now.Add(90 * time.Minute).Format(time.RFC3339)
		case "duration":
			f[field.Name] = "45m"
		case "group":
			f[field.Name] = "data"
		case "person":
			f[field.Name] = "somebody"
		default:
			f[field.Name] = "x"
		}
	}
	delete(f, "restored_at")
	return f
}

// TestAnythingMayHappen plays random verdicts, actions, re-test results and
// time, and holds what must hold of every ticket: one fault opens at most one
// ticket, time never runs backwards, a tick at the deadline makes progress,
// clocks recompute from their ledger, records survive JSON, and there is a way
// to the end from everywhere.
func TestAnythingMayHappen(t *testing.T) {
	p := shipped(t)
	rapid.Check(t, func(rt *rapid.T) {
		w := emptyWorld(t, p)
		defer func() {
			if rt.Failed() {
				rt.Log(w.trace.String())
			}
		}()
		ids := []string{"LN-1", "LN-2", "LN-3"}
		for i, id := range ids {
			grades := []inventory.LineGrade{"AAA", "AA", "A", "standard"}
			customers := []inventory.CustomerGrade{"diamond", "bronze", "standard"}
			w.lines[id] = ticket.Line{ID: id, Grade: rapid.SampledFrom(grades).Draw(rt, "grade"), Customer: "C" + id,
				CustomerGrade: rapid.SampledFrom(customers).Draw(rt, "customer"), Manager: "wang", Area: []inventory.Area{"urban", "rural", ""}[i]}
		}
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			randomStep(rt, w, ids)
			checkWorld(rt, w)
		}
		finishAll(rt, w)
	})
}

func randomStep(rt *rapid.T, w *world, ids []string) {
	must := func(err error) {
		if err != nil {
			rt.Fatal(err)
		}
	}
	switch rapid.IntRange(0, 9).Draw(rt, "what") {
	case 0, 1, 2:
		args := map[string]string{
			"outcome": rapid.SampledFrom([]string{"root", "two_domains", "undetermined", "lost_protection", "monitoring_fault", "maintenance"}).Draw(rt, "outcome"),
			"domain":  rapid.SampledFrom([]string{"premises", "tail", "trunk", "core", "backbone", "undetermined"}).Draw(rt, "domain"),
			"tech":    rapid.SampledFrom([]string{"", "data", "transmission"}).Draw(rt, "tech"),
			"root":    rapid.SampledFrom([]string{"link/L1", "device/N1", "power/S1"}).Draw(rt, "root"),
			"down":    strings.Join(rapid.SliceOfNDistinct(rapid.SampledFrom(ids), 0, 3, rapid.ID[string]).Draw(rt, "down"), ","),
			"ago":     rapid.SampledFrom([]string{"0s", "30s", "20m", "3h"}).Draw(rt, "ago"),
		}
		if rapid.IntRange(0, 2).Draw(rt, "clear") == 0 {
			args["cleared"] = "1s"
		} else {
			args["again"] = "yes"
		}
		id := rapid.SampledFrom([]string{"V1", "V2", "V3"}).Draw(rt, "verdict")
		if w.last[id].MergedInto != "" {
			return // the correlator says no more about it
		}
		if rapid.IntRange(0, 9).Draw(rt, "merge") == 0 && id != "V1" && w.last["V1"].ID != "" && w.last[id].ID != "" {
			must(w.verdict(id, map[string]string{"into": "V1"}))
			return
		}
		must(w.verdict(id, args))
	case 3, 4, 5:
		if len(w.order) == 0 {
			return
		}
		id := rapid.SampledFrom(w.order).Draw(rt, "ticket")
		tk := w.tickets[id]
		choices := tk.Choices(w.p, admin)
		if len(choices) == 0 {
			return
		}
		c := rapid.SampledFrom(choices).Draw(rt, "choice")
		err := w.step(id, ticket.Act{Action: c.Action, By: admin, Fields: formValues(w, c), Text: "said"})
		var refused *ticket.Refusal
		if err != nil && !(errors.As(err, &refused) && (c.Blocked != "" || slices.Contains(overtaken, refused.Reason))) {
			rt.Fatal(err)
		}
	case 6, 7:
		if len(w.orders) > 0 {
			id := rapid.SampledFrom(keys(w.orders)).Draw(rt, "answers")
			result := rapid.SampledFrom([]ticket.RetestResult{ticket.RetestPassed, ticket.RetestFailed, ticket.RetestInconclusive}).Draw(rt, "result")
			must(w.retest(id, result))
		}
	case 8:
		w.now = w.now.Add(time.Duration(rapid.IntRange(0, 7200).Draw(rt, "asleep")) * time.Second)
	case 9:
		must(w.until(w.now.Add(time.Duration(rapid.IntRange(0, 30*3600).Draw(rt, "wait")) * time.Second)))
	}
}

func checkWorld(rt *rapid.T, w *world) {
	network := map[string]string{}
	for _, id := range w.order {
		t := w.tickets[id]
		if t.Open && t.Kind == ticket.Network && t.Parent == "" && t.Source == "verdict" {
			if other := network[t.Fault.Verdict]; other != "" {
				rt.Fatalf("verdict %s has two open network tickets: %s and %s", t.Fault.Verdict, other, id)
			}
			network[t.Fault.Verdict] = id
		}
		raw, err := json.Marshal(t)
		if err != nil {
			rt.Fatal(err)
		}
		var back ticket.Ticket
		if err := json.Unmarshal(raw, &back); err != nil {
			rt.Fatal(err)
		}
		if again, _ := json.Marshal(back); string(again) != string(raw) {
			rt.Fatalf("%s does not survive JSON:\n%s\n%s", id, raw, again)
		}
		if d1, ok1 := t.Deadline(w.p); ok1 {
			if d2, ok2 := back.Deadline(w.p); !ok2 || !d1.Equal(d2) || !d1.Equal(t.Wake) {
				rt.Fatalf("%s: deadline %v, after JSON %v, wake %v", id, d1, d2, t.Wake)
			}
		} else if !t.Wake.IsZero() {
			rt.Fatalf("%s: wakes at %v without a deadline", id, t.Wake)
		}
		if _, ok := w.p.Group(t.Group); !ok {
			rt.Fatalf("%s belongs to nobody: %q", id, t.Group)
		}
	}
	open := map[string]string{}
	for _, k := range keys(w.outages) {
		o := w.outages[k]
		if o.Ended.IsZero() {
			key := o.Verdict + " " + o.Line
			if open[key] != "" {
				rt.Fatalf("two open outages of %s: %s and %s", key, open[key], k)
			}
			open[key] = k
		} else if o.Ended.Before(o.Started) {
			rt.Fatalf("outage %s ended before it began", k)
		}
	}
}

// finishAll heals the network and does what people do: every ticket must come
// to an end, and every outage.
func finishAll(rt *rapid.T, w *world) {
	for _, id := range keys(w.last) {
		if v := w.last[id]; v.MergedInto == "" {
			if err := w.verdict(id, map[string]string{"cleared": "0s"}); err != nil {
				rt.Fatal(err)
			}
		}
	}
	prefer := []ticket.Action{"submit", "archive", "quality_pass", "confirm", "resubmit", "resume", "restored", "accept", "start", "write_report"}
	for range 60 {
		done := true
		for _, id := range w.order {
			t := w.tickets[id]
			if !t.Open {
				continue
			}
			done = false
			if t.State == ticket.Retesting {
				if err := w.retest(id, ticket.RetestPassed); err != nil {
					rt.Fatal(err)
				}
				continue
			}
			for _, name := range prefer {
				if took(rt, w, id, name) {
					break
				}
			}
		}
		if done {
			break
		}
		if err := w.until(w.now.Add(6 * time.Minute)); err != nil {
			rt.Fatal(err)
		}
	}
	for _, id := range w.order {
		if t := w.tickets[id]; t.Open {
			rt.Fatalf("%s cannot be brought to an end: %s, verdict %s %s, %s", id, t.State, t.Fault.Verdict, t.Fault.State, t.Choices(w.p, admin)[0].Blocked)
		}
	}
	for _, k := range keys(w.outages) {
		if o := w.outages[k]; o.Ended.IsZero() && w.last[o.Verdict].State == verdict.Cleared {
			rt.Fatalf("outage %s never ends", k)
		}
	}
	checkWorld(rt, w)
}

func took(rt *rapid.T, w *world, id string, name ticket.Action) bool {
	for _, c := range w.tickets[id].Choices(w.p, admin) {
		if c.Action == name && c.Blocked == "" {
			if err := w.step(id, ticket.Act{Action: name, By: admin, Fields: formValues(w, c), Text: "done"}); err != nil {
				rt.Fatal(err)
			}
			return true
		}
	}
	return false
}

func TestStepLeavesItsInputAlone(t *testing.T) {
	w := newWorld(t)
	w.quiet = true
	w.lines["LN-1"] = ticket.Line{ID: "LN-1", Grade: "AAA", Customer: "C", CustomerGrade: "gold"}
	if err := w.verdict("V1", map[string]string{"domain": "tail", "root": "link/L1", "down": "LN-1"}); err != nil {
		t.Fatal(err)
	}
	for _, id := range w.order {
		before := w.tickets[id]
		raw, _ := json.Marshal(before)
		for _, c := range before.Choices(w.p, admin) {
			if _, _, err := before.Step(w.p, w.now.Add(time.Hour), ticket.Act{Action: c.Action, By: admin, Fields: formValues(w, c), Text: "x"}); err != nil {
				t.Fatalf("%s: %v", c.Action, err)
			}
		}
		after, _ := json.Marshal(before)
		if !reflect.DeepEqual(raw, after) {
			t.Errorf("stepping %s changed the ticket that it was stepped from", id)
		}
	}
}
