package collector

import (
	"errors"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/probe"
	"github.com/linewarden/linewarden/collector/probe/snmp"
	"github.com/linewarden/linewarden/collector/symptom"
)

const warm = 65 * time.Second // everything has been pinged at least once

func TestADeadServiceIsRaisedFromItsFirstMissAndClearedFromItsFirstAnswer(t *testing.T) {
	tell(t, func(t *testing.T) {
		w := newWorld(t, carrier(t, 3))
		w.run(t, func() {
			time.Sleep(warm)
			mark, died := w.mark(), time.Now()
			w.kill(address(2, 1))
			time.Sleep(10*time.Second + 2300*time.Millisecond + 200*time.Millisecond)
			s := w.expect(t, mark, "raised line/LN-1 unreachable")[0]
			if s.Since.Before(died) || s.Since.After(died.Add(10*time.Second)) ||
				!s.SinceAfter.Before(died.Add(time.Millisecond)) || s.SinceAfter.IsZero() {
				t.Errorf("died %s, but since %s, after %s", died, s.Since, s.SinceAfter)
			}
			if s.Revision == "" || s.Observer != "collector/main" {
				t.Errorf("who says so, and of what? %+v", s)
			}
			mark = w.mark()
			time.Sleep(time.Minute)
			w.expect(t, mark, "") // never per poll
			healed := time.Now()
			w.heal(address(2, 1))
			time.Sleep(10500 * time.Millisecond)
			s = w.expect(t, mark, "cleared line/LN-1 unreachable")[0]
			if s.ClearedAt.Before(healed) || s.ClearedAt.After(healed.Add(10*time.Second)) {
				t.Errorf("healed %s, but cleared at %s", healed, s.ClearedAt)
			}
		})
	})
}

func TestPortsAreLookedAtWhileQuestionsWaitForTokens(t *testing.T) {
	tell(t, func(t *testing.T) {
		const n = 8 * asksAtOnce
		w := newWorld(t, carrier(t, n))
		w.run(t, func() {
			time.Sleep(150 * time.Second)
			w.set(func() { w.crowded = true })
			for i := range n { // missed one after the other, each a question of its own
				w.kill(address(2, i+1))
			}
			time.Sleep(20 * time.Second)
			w.set(func() { clear(w.polls) })
			w.c.HandleTrap("R1", []probe.Sample{abnormal(symptom.Port("R1", "GE1"), symptom.LinkDown)})
			time.Sleep(100 * time.Millisecond)
			w.set(func() {
				if w.polls["R1"] == 0 {
					t.Error("R1 was not looked at")
				}
			})
		})
	})
}

func lastHeartbeat(w *world, mark int, class string) (last symptom.Heartbeat, ok bool) {
	for _, x := range w.published()[mark:] {
		if h, is := x.(symptom.Heartbeat); is && h.Class == class {
			last, ok = h, true
		}
	}
	return last, ok
}

func TestAMemoryThatCannotBeReadIsAnError(t *testing.T) {
	cfg := DefaultConfig()
	cfg.StateFile = t.TempDir() // a directory
	if _, err := New(cfg, Engines{}, nil, zapNop); err == nil {
		t.Error("nobody noticed")
	}
	m, err := loadMemory(filepath.Join(t.TempDir(), "no", "such"))
	if err != nil {
		t.Fatal(err)
	}
	m.add("10.0.0.1")
	if err := m.save(); err != nil {
		t.Fatal(err)
	}
	if again, err := loadMemory(m.path); err != nil || !slices.Equal(again.names, []string{"10.0.0.1"}) {
		t.Errorf("what was saved is not what is read: %v", err)
	}
}

func coverage(w *world, device, line string) (last *symptom.Coverage) {
	for _, x := range w.published() {
		if c, ok := x.(symptom.Coverage); ok && c.Device == device && c.Line == line {
			last = &c
		}
	}
	return last
}

func TestHeartbeatsComeAfterWholeSweepsAndTheirSymptoms(t *testing.T) {
	tell(t, func(t *testing.T) {
		w := newWorld(t, carrier(t, 5))
		begin := time.Now()
		w.run(t, func() {
			time.Sleep(9 * time.Second)
			if _, ok := lastHeartbeat(w, 0, "10s"); ok {
				t.Error("a heartbeat before the first sweep was over")
			}
			time.Sleep(5 * time.Second)
			h, ok := lastHeartbeat(w, 0, "10s")
			if !ok || h.SweepStarted.Before(begin.Add(-time.Millisecond)) ||
				h.SweepEnded.Sub(h.SweepStarted) != 10*time.Second ||
				h.Station != "ST" || h.Method != "icmp" || h.Isolated {
				t.Errorf("the first heartbeat: %v %+v", ok, h)
			}
			time.Sleep(warm)
			died := time.Now()
			w.kill(address(2, 1))
			time.Sleep(40 * time.Second)
			var since time.Time
			for _, x := range w.published() {
				switch x := x.(type) {
				case symptom.Symptom:
					since = x.Since
				case symptom.Heartbeat:
					// A sweep in which it was missed ends only after the symptom.
					if x.Class == "10s" && since.IsZero() && x.SweepEnded.After(died.Add(10*time.Second)) {
						t.Errorf("a heartbeat calls it healthy in %s – %s", x.SweepStarted, x.SweepEnded)
					}
				}
			}
			if since.IsZero() {
				t.Error("nothing was raised")
			}
		})
	})
}

func TestTheNextLifeTakesUpWhereTheLastEnded(t *testing.T) {
	tell(t, func(t *testing.T) {
		began := time.Now().Add(-time.Hour).UTC()
		raised := func(subject symptom.Subject) symptom.Symptom {
			return symptom.Symptom{Observer: "collector/main", Subject: subject, Kind: symptom.Unreachable,
				State: symptom.Raised, Since: began, At: began}
		}
		memory := filepath.Join(t.TempDir(), "answered")
		if err := writeWhole(memory, []string{"10.2.0.3"}); err != nil {
			t.Fatal(err)
		}
		w := newWorld(t, carrier(t, 4), func(cfg *Config, w *world) {
			cfg.StateFile = memory
			w.earlier = []symptom.Symptom{raised("line/LN-1"), raised("line/LN-2"), raised("line/LN-GONE")}
		})
		w.kill(address(2, 1), address(2, 3)) // still down; and one that failed meanwhile
		w.run(t, func() {
			synctest.Wait()
			w.expect(t, 0, "cleared line/LN-GONE unreachable")
			mark := w.mark()
			time.Sleep(2 * warm)
			w.expect(t, mark, "cleared line/LN-2 unreachable, raised line/LN-3 unreachable")
			mark = w.mark()
			w.heal(address(2, 1))
			time.Sleep(15 * time.Second)
			s := w.expect(t, mark, "cleared line/LN-1 unreachable")
			if len(s) == 1 && !s[0].Since.Equal(began) {
				t.Errorf("its start was lost: %s", s[0].Since)
			}
		})
		again, err := loadMemory(memory)
		if err != nil || !slices.Contains(again.names, "10.2.0.2") || !slices.Contains(again.names, "10.0.0.1") {
			t.Errorf("who has answered is not remembered: %v", err)
		}
	})
}

// A life that began while a line was dark says that it has never answered. The
// next one, for which it answers, takes that back.
func TestTheNextLifeTakesBackWhatTheLastCouldNotSee(t *testing.T) {
	tell(t, func(t *testing.T) {
		w := newWorld(t, carrier(t, 2), func(_ *Config, w *world) {
			w.covered = []symptom.Coverage{{Collector: "main", Line: "LN-1", End: "a", Kinds: []symptom.Kind{},
				Never: true, At: time.Now().Add(-time.Minute)}}
		})
		w.run(t, func() {
			time.Sleep(2 * warm)
			if v := coverage(w, "", "LN-1"); v == nil || v.Never || !slices.Contains(v.Kinds, symptom.Unreachable) {
				t.Errorf("it has answered: %+v", v)
			}
			if v := coverage(w, "", "LN-2"); v != nil {
				t.Errorf("what is well and was well is not said: %+v", v)
			}
		})
	})
}

func TestAReloadDisturbsNobodyWhoStays(t *testing.T) {
	tell(t, func(t *testing.T) {
		w := newWorld(t, carrier(t, 4))
		w.run(t, func() {
			time.Sleep(warm)
			w.kill(address(2, 1), address(2, 4))
			time.Sleep(warm)
			w.expect(t, 0, "raised line/LN-1 unreachable, raised line/LN-4 unreachable")
			var before []uint32
			w.set(func() {
				for _, target := range w.targets {
					before = append(before, target.Key)
				}
			})
			mark := w.mark()
			smaller := carrier(t, 3)
			smaller.Lines[1].State = inventory.Suspended
			if err := smaller.Build(); err != nil {
				t.Fatal(err)
			}
			if err := w.c.SetInventory(smaller); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * warm)
			w.expect(t, mark, "cleared line/LN-4 unreachable")
			w.set(func() {
				if len(w.targets) != 2+3+2 {
					t.Errorf("%d targets; want two of the network, three CPE, two active lines", len(w.targets))
				}
				for _, target := range w.targets {
					if !slices.Contains(before, target.Key) {
						t.Errorf("%s was given another key", target.Addr)
					}
				}
			})
			// A revision that an engine refuses changes nothing.
			w.set(func() { w.refuse = errors.New("refused") })
			if err := w.c.SetInventory(carrier(t, 9)); err == nil {
				t.Error("the engine refused, and nobody said so")
			}
			w.set(func() { w.refuse = nil })
			mark = w.mark()
			w.heal(address(2, 1))
			time.Sleep(15 * time.Second)
			w.expect(t, mark, "cleared line/LN-1 unreachable")
		})
	})
}

func TestATrapRaisesAtOnceAndThePollDecides(t *testing.T) {
	tell(t, func(t *testing.T) {
		w := newWorld(t, carrier(t, 3))
		port := symptom.Port("A1", "up")
		var down atomic.Bool
		down.Store(true)
		w.answer = func(device string) snmp.Result {
			time.Sleep(100 * time.Millisecond)
			j := probe.Normal
			if down.Load() {
				j = probe.Abnormal
			}
			return says(device, probe.Sample{Subject: port, Kind: symptom.LinkDown, Judgement: j})
		}
		w.run(t, func() {
			time.Sleep(warm)
			mark := w.mark()
			w.set(func() { clear(w.probed) })
			w.c.HandleTrap("A1", []probe.Sample{abnormal(port, symptom.LinkDown)})
			time.Sleep(10 * time.Millisecond)
			w.expect(t, mark, "raised port/A1/up link_down hint")
			time.Sleep(200 * time.Millisecond)
			w.expect(t, mark, "raised port/A1/up link_down, raised port/A1/up link_down hint")
			w.set(func() {
				if w.probed[address(2, 1)]+w.probed[address(2, 2)] == 0 {
					t.Error("nobody behind the port was asked")
				}
			})
			mark = w.mark()
			down.Store(false)
			time.Sleep(3 * time.Second)
			w.expect(t, mark, "cleared port/A1/up link_down")
		})
	})
}

func TestABusThatWasAwayIsToldThePresentState(t *testing.T) {
	tell(t, func(t *testing.T) {
		w := newWorld(t, carrier(t, 3))
		w.run(t, func() {
			time.Sleep(warm)
			w.set(func() { w.busDown = true })
			w.kill(address(2, 1))
			time.Sleep(time.Minute)
			mark := w.mark()
			w.set(func() { w.busDown = false })
			time.Sleep(10 * time.Second)
			w.expect(t, mark, "raised line/LN-1 unreachable")
			// It comes back empty: everything is said again.
			mark = w.mark()
			w.set(func() {
				close(w.remade)
				w.remade = make(chan struct{})
			})
			time.Sleep(time.Second)
			w.expect(t, mark, "raised line/LN-1 unreachable")
			if c := coverageSince(w, mark); c < 5 {
				t.Errorf("coverage was said again of %d devices", c)
			}
			// One entry vanishes.
			mark = w.mark()
			key := symptom.Symptom{Observer: "collector/main", Subject: "line/LN-1", Kind: symptom.Unreachable}.Key()
			w.follower(symptom.Report{Gone: &key})
			time.Sleep(time.Second)
			w.expect(t, mark, "raised line/LN-1 unreachable")
		})
	})
}

func coverageSince(w *world, mark int) (n int) {
	for _, x := range w.published()[mark:] {
		if _, ok := x.(symptom.Coverage); ok {
			n++
		}
	}
	return n
}
