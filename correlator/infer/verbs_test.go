package infer_test

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/infer"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// verbs are the words of a script that make something happen.
var verbs = map[string]func(w *stage, rest []string, args map[string]string) error{
	"at": (*stage).at, "after": (*stage).after, "raise": (*stage).raise, "clear": (*stage).clear, "gone": (*stage).gone,
	"sweep": (*stage).sweep, "beat": (*stage).beat, "cover": (*stage).cover, "window": (*stage).window,
	"restart": (*stage).restart, "reload": (*stage).reload, "why": (*stage).why,
}

func (w *stage) at(rest []string, _ map[string]string) error {
	d, err := time.ParseDuration(rest[0])
	if err != nil {
		return err
	}
	return w.until(noon.Add(d))
}

func (w *stage) after(rest []string, _ map[string]string) error {
	d, err := time.ParseDuration(rest[0])
	if err != nil {
		return err
	}
	return w.until(w.now.Add(d))
}

// moment is the time that an argument gives, counted from now.
func (w *stage) moment(args map[string]string, key string) (time.Time, error) {
	if args[key] == "" {
		return w.now, nil
	}
	d, err := time.ParseDuration(args[key])
	if err != nil {
		return time.Time{}, fmt.Errorf("%s: %w", key, err)
	}
	return w.now.Add(d), nil
}

// raise KIND,KIND SUBJECT... [since=-10s] [end=z] [by=collector/c1] [hint=yes]
func (w *stage) raise(rest []string, args map[string]string) error {
	since, err := w.moment(args, "since")
	if err != nil {
		return err
	}
	return w.tell(rest, args, func(s symptom.Symptom) symptom.Symptom {
		s.State, s.Since, s.Hint = symptom.Raised, since, args["hint"] == "yes"
		if args["value"] != "" {
			s.Value, _ = strconv.ParseFloat(args["value"], 64)
		}
		return s
	})
}

// clear KIND,KIND SUBJECT... [end=z] [by=collector/c1]
func (w *stage) clear(rest []string, args map[string]string) error {
	return w.tell(rest, args, func(s symptom.Symptom) symptom.Symptom {
		s.State, s.Since, s.ClearedAt = symptom.Cleared, w.now, w.now
		if old, known := w.live[s.Key()]; known {
			s.Since = old.Since
		}
		return s
	})
}

// tell gives the engine each kind on each subject.
func (w *stage) tell(rest []string, args map[string]string, finish func(symptom.Symptom) symptom.Symptom) error {
	for _, k := range w.keys(rest, args) {
		s := finish(symptom.Symptom{Observer: k.Observer, Subject: k.Place.Subject, End: k.Place.End, Kind: k.Kind, At: w.now})
		if err := s.Validate(); err != nil {
			return err
		}
		if _, known := w.live[s.Key()]; !known {
			w.told = append(w.told, s.Key())
		}
		w.live[s.Key()] = s
		w.engine.Apply(w.now, symptom.Report{Symptom: &s})
	}
	return nil
}

// gone KIND,KIND SUBJECT...: the entries have disappeared from the bus.
func (w *stage) gone(rest []string, args map[string]string) error {
	for _, k := range w.keys(rest, args) {
		delete(w.live, k)
		w.engine.Apply(w.now, symptom.Report{Gone: &k})
	}
	return nil
}

func (w *stage) keys(rest []string, args map[string]string) []symptom.Key {
	var out []symptom.Key
	for _, subject := range rest[1:] {
		for kind := range strings.SplitSeq(rest[0], ",") {
			s := symptom.Symptom{Observer: symptom.Subject(or(args["by"], "collector/c1")),
				Subject: symptom.Subject(subject), End: args["end"], Kind: symptom.Kind(kind)}
			out = append(out, s.Key())
		}
	}
	return out
}

// sweep [STATION] [by=c1] [takes=1s] [since=-5s] [interval=10s] [method=icmp]:
// a collector sweeps its whole share, from now on or from the time given.
func (w *stage) sweep(rest []string, args map[string]string) error {
	started, err := w.moment(args, "since")
	if err != nil {
		return err
	}
	if args["since"] == "" {
		takes, err := time.ParseDuration(or(args["takes"], "1s"))
		if err != nil {
			return err
		}
		if err := w.until(w.now.Add(takes)); err != nil {
			return err
		}
	}
	return w.heartbeats(rest, args, symptom.Heartbeat{SweepStarted: started, SweepEnded: w.now})
}

// beat [STATION] [by=c1] [interval=10s] [method=icmp] [isolated=yes]
func (w *stage) beat(rest []string, args map[string]string) error {
	return w.heartbeats(rest, args, symptom.Heartbeat{Isolated: args["isolated"] == "yes"})
}

func (w *stage) heartbeats(rest []string, args map[string]string, h symptom.Heartbeat) (err error) {
	h.Collector, h.At, h.Station = or(args["by"], "c1"), w.now, w.network.Station()
	if len(rest) > 0 {
		h.Station = rest[0]
	}
	if args["interval"] != "" {
		if h.Interval, err = time.ParseDuration(args["interval"]); err != nil {
			return err
		}
	}
	for method := range strings.SplitSeq(or(args["method"], "icmp,snmp"), ",") {
		h.Method = method
		w.engine.Apply(w.now, symptom.Report{Heartbeat: &h})
	}
	return nil
}

// cover SUBJECT [kinds=unreachable,los] [skipped=snmp] [never=yes] [by=c1] [end=z]
func (w *stage) cover(rest []string, args map[string]string) error {
	for _, s := range rest {
		c := symptom.Coverage{Collector: or(args["by"], "c1"), At: w.now, Never: args["never"] == "yes", End: args["end"]}
		if subject := symptom.Subject(s); subject.Kind() == symptom.LineSubject {
			c.Line = subject.ID()
		} else {
			c.Device = subject.ID()
		}
		for k := range strings.SplitSeq(args["kinds"], ",") {
			c.Kinds = append(c.Kinds, symptom.Kind(k))
		}
		if args["skipped"] != "" {
			c.Skipped = map[string]string{args["skipped"]: "as the script says"}
		}
		w.engine.Apply(w.now, symptom.Report{Coverage: &c})
	}
	return nil
}

// window SUBJECT... [from=-1h] [to=1m]: planned work, beside what is planned.
func (w *stage) window(rest []string, args map[string]string) error {
	from, err := w.moment(args, "from")
	if err != nil {
		return err
	}
	to, err := w.moment(args, "to")
	if err != nil {
		return err
	}
	win := infer.Window{ID: fmt.Sprintf("W%d", len(w.windows)+1), From: from, To: to}
	for _, s := range rest {
		win.Subjects = append(win.Subjects, symptom.Subject(s))
	}
	if err := win.Validate(); err != nil {
		return err
	}
	w.windows = append(w.windows, win)
	w.engine.SetWindows(w.now, w.windows)
	return nil
}

// restart [away=30s] [told=first|last|no] [epoch=7]: another engine takes over
// the open verdicts, after the symptoms in force (told=first), before them, or
// without being told any.
func (w *stage) restart(_ []string, args map[string]string) error {
	away, err := time.ParseDuration(or(args["away"], "0s"))
	if err != nil {
		return err
	}
	w.now = w.now.Add(away)
	if args["epoch"] != "" {
		if w.options.Epoch, err = strconv.ParseUint(args["epoch"], 10, 64); err != nil {
			return err
		}
	}
	inv, err := w.network.Load()
	if err != nil {
		return err
	}
	w.engine = infer.New(inv, w.options)
	if args["told"] == "first" {
		w.tellAll()
	}
	for _, id := range w.order {
		if v := w.open[id]; v.State == verdict.Open {
			w.engine.Adopt(w.now, v)
		}
	}
	if args["told"] == "" || args["told"] == "last" {
		w.tellAll()
	}
	w.engine.Apply(w.now, symptom.Report{Synced: true})
	return nil
}

func (w *stage) tellAll() {
	for _, k := range w.told {
		if s, known := w.live[k]; known {
			s.At = w.now
			w.engine.Apply(w.now, symptom.Report{Symptom: &s})
		}
	}
}

// reload: the inventory has changed by what was added to it since.
func (w *stage) reload(_ []string, _ map[string]string) error {
	inv, err := w.network.Load()
	if err != nil {
		return err
	}
	w.engine = w.engine.Recompile(w.now, inv)
	return nil
}

func or(a, b string) string {
	if a == "" {
		return b
	}
	return a
}
