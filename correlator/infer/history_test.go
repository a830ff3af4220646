package infer_test

import (
	"encoding/json"
	"math/rand"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/infer"
	"github.com/linewarden/linewarden/correlator/infer/infertest"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// past is one random history of a network: faults, noise, repairs, sweeps, coverage,
// planned work, restarts and changes of the inventory. It is drawn from a seed, and
// keeps all that the engine says.
type past struct {
	r        *rand.Rand
	inv      *inventory.Inventory
	e        *infer.Engine
	now      time.Time
	live     map[symptom.Key]symptom.Symptom // in force, as the collectors know it
	open     map[string]verdict.Verdict
	said     []verdict.Verdict
	interval time.Duration // of heartbeats; 0: none is announced
}

func (s *past) keep(all []verdict.Verdict) {
	for _, v := range all {
		s.open[v.ID] = v
		if v.State == verdict.Cleared {
			delete(s.open, v.ID)
		}
	}
	s.said = append(s.said, all...)
}

// wait lets time pass, with a turn of the engine at each of its deadlines.
func (s *past) wait(d time.Duration) {
	until := s.now.Add(d)
	for {
		at, ok := s.e.Deadline()
		if !ok || at.After(until) {
			break
		}
		if at.After(s.now) {
			s.now = at
		}
		s.keep(s.e.Advance(s.now))
	}
	s.now = until
}

// observers are the collectors, one at each station.
func (s *past) observers() []symptom.Subject {
	var out []symptom.Subject
	for i := range s.inv.Stations {
		c := s.inv.Stations[i].Collector
		if c == "" {
			c = "of." + s.inv.Stations[i].ID
		}
		out = append(out, symptom.Subject("collector/"+c))
	}
	return out
}

func (s *past) raise(subject symptom.Subject, end string, k symptom.Kind, since time.Time) {
	obs := s.observers()
	if s.r.Intn(40) == 0 {
		obs = append(obs, "ems/x")
	}
	sym := symptom.Symptom{Observer: obs[s.r.Intn(len(obs))], Subject: subject, End: end, Kind: k,
		State: symptom.Raised, Since: since, At: s.now}
	if s.r.Intn(3) == 0 {
		sym.SinceAfter = since.Add(-time.Duration(s.r.Intn(10000)) * time.Millisecond)
	}
	if s.r.Intn(12) == 0 {
		sym.Hint = true
	}
	s.live[sym.Key()] = sym
	s.e.Apply(s.now, symptom.Report{Symptom: &sym})
}

func (s *past) keys() []symptom.Key {
	var ks []symptom.Key
	for k := range s.live {
		ks = append(ks, k)
	}
	slices.SortFunc(ks, func(a, b symptom.Key) int { return strings.Compare(a.Token(), b.Token()) })
	return ks
}

func (s *past) clear(k symptom.Key) {
	sym := s.live[k]
	delete(s.live, k)
	if s.r.Intn(15) == 0 {
		s.e.Apply(s.now, symptom.Report{Gone: &k})
		return
	}
	sym.State, sym.At = symptom.Cleared, s.now
	if s.r.Intn(4) > 0 {
		sym.ClearedAt = s.now
	}
	s.e.Apply(s.now, symptom.Report{Symptom: &sym})
}

func (s *past) sweep() {
	started := s.now
	s.wait(time.Duration(200+s.r.Intn(1500)) * time.Millisecond)
	for i, o := range s.observers() {
		if s.r.Intn(6) == 0 {
			continue
		}
		for _, m := range []string{"icmp", "snmp"} {
			if s.r.Intn(12) == 0 {
				continue
			}
			h := symptom.Heartbeat{Collector: o.ID(), Station: s.inv.Stations[i].ID, Method: m, SweepStarted: started,
				SweepEnded: s.now, At: s.now, Interval: s.interval, Isolated: s.r.Intn(25) == 0}
			s.e.Apply(s.now, symptom.Report{Heartbeat: &h})
		}
	}
}

func (s *past) cover() {
	for range 1 + s.r.Intn(6) {
		o := s.observers()[s.r.Intn(len(s.inv.Stations))]
		c := symptom.Coverage{Collector: o.ID(), At: s.now,
			Kinds: []symptom.Kind{symptom.Unreachable, symptom.LOS, symptom.LinkDown, symptom.FarEndMissing}}
		switch s.r.Intn(4) {
		case 0:
			c.Never = true
		case 1:
			c.Kinds = []symptom.Kind{symptom.Unreachable}
		case 2:
			c.Skipped = map[string]string{"snmp": "as drawn"}
		}
		if s.r.Intn(3) == 0 {
			c.Line = s.inv.Lines[s.r.Intn(len(s.inv.Lines))].ID
		} else {
			c.Device = s.inv.Devices[s.r.Intn(len(s.inv.Devices))].ID
		}
		s.e.Apply(s.now, symptom.Report{Coverage: &c})
	}
}

// plan plans work on a few things, some of which the inventory does not know.
func (s *past) plan() {
	var all []infer.Window
	for i := range 1 + s.r.Intn(3) {
		w := infer.Window{ID: "W" + strconv.Itoa(i), From: s.now.Add(time.Duration(s.r.Intn(120)-60) * time.Second)}
		w.To = w.From.Add(time.Duration(1+s.r.Intn(200)) * time.Second)
		for range 1 + s.r.Intn(3) {
			switch s.r.Intn(5) {
			case 0:
				w.Subjects = append(w.Subjects, symptom.Device(s.inv.Devices[s.r.Intn(len(s.inv.Devices))].ID))
			case 1:
				l := &s.inv.Links[s.r.Intn(len(s.inv.Links))]
				if len(l.Cables) > 0 {
					w.Subjects = append(w.Subjects, symptom.Cable(l.Cables[0]))
				} else {
					w.Subjects = append(w.Subjects, symptom.Link(l.ID))
				}
			case 2:
				for i := range s.inv.Lines {
					if s.r.Intn(3) > 0 {
						w.Subjects = append(w.Subjects, symptom.Line(s.inv.Lines[i].ID))
					}
				}
			case 3:
				l := &s.inv.Links[s.r.Intn(len(s.inv.Links))]
				w.Subjects = append(w.Subjects, symptom.Port(l.A.Device, l.A.Port))
			case 4:
				w.Subjects = append(w.Subjects, symptom.Device("NOWHERE"))
			}
		}
		all = append(all, w)
	}
	s.e.SetWindows(s.now, all)
}

// restart puts another engine in the place of this one, told of the present before or
// after it adopts what is open, or not at all.
func (s *past) restart() {
	e := s.e.Fresh()
	if s.r.Intn(2) == 0 {
		opt := infer.Defaults()
		opt.Epoch = uint64(s.r.Intn(9))
		e = infer.New(s.inv, opt)
	}
	s.e = e
	s.now = s.now.Add(time.Duration(s.r.Intn(30000)) * time.Millisecond)
	var ids []string
	for id := range s.open {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	before := s.r.Intn(2) == 0
	adopt := func() {
		for _, id := range ids {
			e.Adopt(s.now, s.open[id])
		}
	}
	if before {
		adopt()
	}
	if s.r.Intn(3) > 0 {
		for _, k := range s.keys() {
			sym := s.live[k]
			if s.r.Intn(8) == 0 {
				delete(s.live, k)
				continue
			}
			sym.At = s.now
			s.e.Apply(s.now, symptom.Report{Symptom: &sym})
		}
	} else {
		clear(s.live)
	}
	if !before {
		adopt()
	}
	s.e.Apply(s.now, symptom.Report{Synced: true})
}

// play draws a history and gives all that was said in it.
func play(inv *inventory.Inventory, seed int64) []verdict.Verdict {
	s := &past{r: rand.New(rand.NewSource(seed)), inv: inv, e: infer.New(inv, infer.Defaults()), now: noon,
		live: map[symptom.Key]symptom.Symptom{}, open: map[string]verdict.Verdict{}}
	if s.r.Intn(2) == 0 {
		s.interval = time.Duration(5+s.r.Intn(20)) * time.Second
	}
	for range 6 + s.r.Intn(14) {
		s.wait(time.Duration(1+s.r.Intn(15000)) * time.Millisecond)
		s.step()
	}
	for _, k := range s.keys() {
		if s.r.Intn(5) > 0 {
			s.clear(k)
		}
	}
	s.sweep()
	s.wait(20 * time.Minute)
	return s.said
}

// step lets one thing happen.
func (s *past) step() {
	switch s.r.Intn(16) {
	case 0, 1, 2, 3, 4:
		s.fault()
	case 5:
		s.noise()
	case 6, 7, 8:
		s.sweep()
	case 9, 10, 11:
		s.repair()
	case 12:
		s.cover()
	case 13:
		s.plan()
	case 14:
		if s.r.Intn(2) == 0 {
			s.restart()
		} else {
			s.e = s.e.Recompile(s.now, s.inv)
		}
	case 15:
		s.wait(time.Duration(s.r.Intn(400)) * time.Second)
	}
}

// repair clears a share of what is dark, some of it a while later.
func (s *past) repair() {
	share := []float64{1, 0.5, 0.2}[s.r.Intn(3)]
	for _, k := range s.keys() {
		if s.r.Float64() < share {
			s.clear(k)
			if s.r.Intn(6) == 0 {
				s.wait(time.Duration(s.r.Intn(3000)) * time.Millisecond)
			}
		}
	}
}

// towns are the networks in which histories play.
func towns(t *testing.T) map[string]*inventory.Inventory {
	t.Helper()
	out := map[string]*inventory.Inventory{"town": town(t)}
	for name, lines := range map[string]string{
		"street": "use street\nuse street_lines", "bow": "use bow\nuse bow_lines", "pon": "use pon",
		"stations": "use bow\nuse bow_lines\nstation s1 H1 collector=c1\nstation s2 H2 collector=c2",
		"pinned":   "use bow\nline L1 C1/lan H1\nline L2 C2/lan H1 protected=no\nline L3 C3/lan C1/lan product=vpn",
		"passing":  "use street\nline LP CE1/lan CE4/lan product=circuit lpt=yes target=none",
		"risks":    "use town\nrisk B1 building device/N1;device/CH1\nrisk D9 duct cable/CBL-R-1;cable/CBL-R-3",
	} {
		out[name] = infertest.Load(t, lines)
	}
	return out
}

// seeds is how many histories each network gets.
const seeds = 8

func TestTheSameHistoryIsToldTheSameWayTwice(t *testing.T) {
	for name, inv := range towns(t) {
		for seed := range int64(seeds) {
			first, _ := json.Marshal(play(inv, seed))
			second, _ := json.Marshal(play(inv, seed))
			if string(first) != string(second) {
				t.Fatalf("%s, seed %d: it was told otherwise the second time", name, seed)
			}
		}
	}
}

func TestWhatIsSaidInAHistoryHangsTogether(t *testing.T) {
	for name, inv := range towns(t) {
		for seed := range int64(seeds) {
			last := map[string]verdict.Verdict{}
			for _, v := range play(inv, 1000+seed) {
				if wrong := follows(last[v.ID], v); wrong != "" {
					t.Fatalf("%s, seed %d: %s version %d: %s", name, seed, v.ID, v.Version, wrong)
				}
				last[v.ID] = v
			}
		}
	}
}

// follows tells what is wrong with a version after the one before it; the first one
// follows none.
func follows(old, v verdict.Verdict) string {
	known := old.ID != ""
	switch {
	case v.Version != old.Version+1:
		return "the version before it was another"
	case known && old.State == verdict.Cleared && v.State == verdict.Cleared:
		return "it is cleared twice"
	case !known && v.State == verdict.Cleared:
		return "it is cleared and was never open"
	case known && v.Started.After(old.Started):
		return "its start moved later"
	case known && v.Decided.Before(old.Decided):
		return "it was decided before the version before it"
	case v.Started.After(v.Decided):
		return "it was decided before it began"
	case v.State == verdict.Cleared && v.Cleared.Before(v.Started):
		return "it was over before it began"
	case v.State == verdict.Open && !v.Cleared.IsZero():
		return "it is open and says when it was cleared"
	case v.MergedInto == v.ID || v.SplitFrom == v.ID:
		return "it is merged into itself, or split from itself"
	case v.Outcome == verdict.MonitoringFault && len(v.Lines.All()) > 0:
		return "a fault of the monitoring takes lines down"
	case v.Outcome == verdict.Root && len(v.Roots) == 0:
		return "it names no root"
	case v.Outcome == verdict.LostProtection && len(v.Lines.Down) > 0:
		return "lost protection takes lines down"
	case v.Confidence < 0 || v.Confidence > 1:
		return "its confidence is no probability"
	}
	return ""
}
