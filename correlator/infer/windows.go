package infer

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
)

// Window is planned work: what begins on its subjects between From and To is
// no fault, and what outlives it is.
type Window struct {
	ID       string            `json:"id"`
	Subjects []symptom.Subject `json:"subjects"`
	From     time.Time         `json:"from"`
	To       time.Time         `json:"to"`
}

// Validate names what is wrong with the window.
func (w Window) Validate() error {
	switch {
	case w.ID == "":
		return errors.New("maintenance window without an id")
	case len(w.Subjects) == 0:
		return fmt.Errorf("maintenance window %s: no subjects", w.ID)
	case w.From.IsZero() || w.To.IsZero():
		return fmt.Errorf("maintenance window %s: from and to are wanted", w.ID)
	case !w.To.After(w.From):
		return fmt.Errorf("maintenance window %s: ends at %s, before it begins at %s", w.ID, w.To.Format(time.RFC3339), w.From.Format(time.RFC3339))
	}
	for _, s := range w.Subjects {
		if _, err := symptom.ParseSubject(string(s)); err != nil {
			return fmt.Errorf("maintenance window %s: %w", w.ID, err)
		}
	}
	return nil
}

// ParseWindow reads one window and refuses unknown fields.
func ParseWindow(b []byte) (Window, error) {
	var w Window
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.DisallowUnknownFields()
	if err := d.Decode(&w); err != nil {
		return Window{}, fmt.Errorf("maintenance window: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Window{}, errors.New("maintenance window: more follows the object")
	}
	return w, w.Validate()
}

// plannedBonus is what a planned work on a component says for it.
const plannedBonus = 6

// SetWindows replaces the planned work.
func (e *Engine) SetWindows(now time.Time, all []Window) {
	e.windows = all
	e.whole = true
	e.stir(now.UnixNano())
}

func (w *Window) open(t int64) bool {
	return w.From.UnixNano() <= t && t < w.To.UnixNano()
}

// windowEdge is when the next open window ends, if something is raised then.
func (e *Engine) windowEdge() int64 {
	at := int64(0)
	for _, f := range e.faults {
		if f.windowEnd > 0 && (at == 0 || f.windowEnd < at) {
			at = f.windowEnd
		}
	}
	return at
}

// passWindows searches again when a window that hid something has ended.
func (e *Engine) passWindows(t int64) {
	if at := e.windowEdge(); at > 0 && t >= at {
		for _, f := range e.faults {
			if f.windowEnd > 0 && f.windowEnd <= t {
				f.windowEnd = 0
				e.stirred[f] = true
			}
		}
		e.first, e.last = t-int64(e.opt.Patience), t-int64(e.opt.Quiet)
	}
}

// worked are the components that open windows name.
func (e *Engine) worked(t int64) map[int32]bool {
	var out map[int32]bool
	for i := range e.windows {
		w := &e.windows[i]
		if !w.open(t) {
			continue
		}
		for _, s := range w.Subjects {
			if c, ok := e.m.workedOn(s); ok {
				if out == nil {
					out = map[int32]bool{}
				}
				out[c] = true
			}
		}
	}
	return out
}

// planned are the components whose failure, if it began then, is planned work,
// and until when: those that an open window names, and what they consist of. A
// window that opened later explains nothing.
func (e *Engine) planned(began, t int64) map[int32]int64 {
	var out map[int32]int64
	for i := range e.windows {
		w := &e.windows[i]
		if !w.open(t) || w.From.UnixNano() > began {
			continue
		}
		for _, s := range w.Subjects {
			c, ok := e.m.workedOn(s)
			if !ok {
				continue
			}
			if out == nil {
				out = map[int32]int64{}
			}
			out[c] = max(out[c], w.To.UnixNano())
			for _, a := range e.m.comps[c].atoms {
				part := e.m.atomComps[a][0]
				out[part] = max(out[part], w.To.UnixNano())
			}
		}
	}
	return out
}

// workedOn resolves a window's subject to a component: a port to its link.
func (m *model) workedOn(s symptom.Subject) (int32, bool) {
	if c, ok := m.compAt[s]; ok {
		return c, true
	}
	if s.Kind() == symptom.PortSubject {
		if l, ok := m.inv.LinkAtPort(portRef(s)); ok {
			return m.compAt[symptom.Link(l.ID)], true
		}
	}
	return 0, false
}

// hidden tells whether a fault that began then is explained by planned work,
// and until when.
func (e *Engine) hidden(c *claim, down []int32, t int64) int64 {
	if len(c.roots) > 0 {
		planned := e.planned(c.began, t)
		until := int64(0)
		for i, root := range c.roots {
			u := planned[root]
			for _, x := range c.classes[i] {
				if x.p > 0.05 {
					u = max(u, planned[x.comp])
				}
			}
			if u == 0 {
				until = 0
				break
			}
			until = max(until, u)
		}
		if until > 0 {
			return until
		}
	}
	// Work on the lines themselves.
	if len(down) == 0 {
		return 0
	}
	until := int64(0)
	for _, l := range down {
		u := int64(0)
		for i := range e.windows {
			w := &e.windows[i]
			for _, s := range w.Subjects {
				if w.open(t) && s == symptom.Line(e.m.inv.Lines[l].ID) && w.From.UnixNano() <= c.began {
					u = max(u, w.To.UnixNano())
				}
			}
		}
		if u == 0 {
			return 0
		}
		until = max(until, u)
	}
	return until
}
