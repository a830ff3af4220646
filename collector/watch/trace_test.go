package watch

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
)

// named is the inverse of address, for the trace.
func (w *world) named(addr netip.Addr) string {
	for i := range w.inv.Devices {
		if w.inv.Devices[i].Address == addr {
			return w.inv.Devices[i].ID
		}
	}
	for i := range w.inv.Lines {
		switch addr {
		case w.inv.Lines[i].Target:
			return w.inv.Lines[i].ID
		case w.inv.Lines[i].TargetZ:
			return w.inv.Lines[i].ID + "/z"
		}
	}
	return addr.String()
}

// said is what was said, covered and beaten, as a trace shows it.
func (w *world) said(d Do) string {
	switch d := d.(type) {
	case Say:
		return "say " + tellSymptom(d.Symptom)
	case Cover:
		return "cover " + tellCoverage(d.Coverage)
	case Beat:
		h := d.Heartbeat
		text := fmt.Sprintf("beat %s %s swept %s to %s", h.Method, h.Class, clock(h.SweepStarted), clock(h.SweepEnded))
		if h.Isolated {
			text += " isolated"
		}
		return text
	case Ask:
		return "ask " + w.named(d.Addr)
	case Poll:
		return "poll " + d.Device
	case Remember:
		return "remember " + d.Name
	case Isolated:
		return fmt.Sprintf("isolated %t", d.Yes)
	case Held:
		return "held " + w.named(netip.MustParseAddr(d.Target))
	case Broken:
		return "broken " + d.Interval.String()
	}
	return fmt.Sprintf("%T", d)
}

func tellSymptom(s symptom.Symptom) string {
	place := string(s.Subject)
	if s.End != "" {
		place += "/" + s.End
	}
	out := fmt.Sprintf("%s %s %s since %s", s.State, place, s.Kind, clock(s.Since))
	if !s.SinceAfter.IsZero() {
		out += " after " + clock(s.SinceAfter)
	}
	if s.Hint {
		out += " hint"
	}
	if !s.ClearedAt.IsZero() {
		out += " well " + clock(s.ClearedAt)
	}
	return out
}

func tellCoverage(v symptom.Coverage) string {
	out := v.Device
	if v.Line != "" {
		out = v.Line + "/" + v.End
	}
	for _, kind := range v.Kinds {
		out += " " + string(kind)
	}
	for _, method := range []string{MethodPing, MethodPoll} {
		if why, ok := v.Skipped[method]; ok {
			out += fmt.Sprintf(" skipped %s: %s", method, why)
		}
	}
	if v.Never {
		out += " never"
	}
	return out
}

func clock(at time.Time) string { return at.UTC().Format("15:04:05.999") }

func parseClock(t fatal, word string) time.Time {
	t.Helper()
	at, err := time.Parse("15:04:05.999", word)
	if err != nil {
		t.Fatalf("%q is no time of day", word)
	}
	return noon.Add(at.Sub(time.Date(0, 1, 1, 12, 0, 0, 0, time.UTC)))
}
