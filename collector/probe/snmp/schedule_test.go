package snmp

import (
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/linewarden/linewarden/deploy/lab/wait"
)

// fleet makes a schedule of n targets, and runs it by the clock it is given.
func fleet(n int, interval time.Duration) (schedule, map[string]*agent) {
	agents := map[string]*agent{}
	for i := range n {
		id := "D" + strconv.Itoa(i)
		agents[id] = newAgent(Target{ID: id, Interval: interval})
	}
	s := newSchedule()
	s.set(agents, epoch)
	return s, agents
}

// runUntil steps from turn to turn, and tells who was asked when.
func runUntil(s *schedule, from, to time.Time, ask func(*entry, time.Time)) {
	for now := from; now.Before(to); {
		due, next := s.pop(now)
		for _, e := range due {
			ask(e, now)
		}
		now = next
	}
}

func TestLoadIsEvenAndEveryoneHasHisTurn(t *testing.T) {
	const n = 600
	s, _ := fleet(n, time.Minute)
	times := map[string][]time.Time{}
	perSecond := map[int64]int{}
	runUntil(&s, epoch, epoch.Add(10*time.Minute), func(e *entry, now time.Time) {
		times[e.id] = append(times[e.id], now)
		if now.After(epoch.Add(2 * time.Minute)) {
			perSecond[now.Unix()]++
		}
	})
	for second, count := range perSecond {
		if count > 11 {
			t.Errorf("%d polls in second %d, want 10", count, second-epoch.Unix())
		}
	}
	for id, at := range times {
		if at[0].Sub(epoch) > 2*time.Second {
			t.Errorf("%s was first asked after %s", id, at[0].Sub(epoch))
		}
		for i := 1; i < len(at); i++ {
			gap := at[i].Sub(at[i-1])
			if i > 1 && gap != time.Minute || gap < 30*time.Second || gap > 90*time.Second {
				t.Fatalf("%s: gap %d is %s", id, i, gap)
			}
		}
	}
}

func TestSilentAgentsAreAskedLessOften(t *testing.T) {
	s, agents := fleet(2, 10*time.Second)
	agents["D1"].silent.Store(100)
	count := map[string]int{}
	runUntil(&s, epoch, epoch.Add(time.Hour), func(e *entry, _ time.Time) { count[e.id]++ })
	if count["D0"] < 355 || count["D1"] > 60 || count["D1"] < 12 {
		t.Errorf("asked %v in an hour, want 360 and between 12 and 60", count)
	}
}

func TestSweepEndsWhenAllWereAskedAndWaitsNotForTheLongSilent(t *testing.T) {
	s, agents := fleet(3, time.Minute)
	at := func(seconds int) time.Time { return epoch.Add(time.Duration(seconds) * time.Second) }
	if _, done := s.account("D0", at(-1), at(1), true); done {
		t.Error("a poll sent before the round counts")
	}
	s.account("D0", at(1), at(1), true)
	s.account("D1", at(2), at(2), true)
	if _, done := s.account("D1", at(3), at(3), true); done {
		t.Error("a device counts twice")
	}
	agents["D2"].silent.Store(quietAfter + 1)
	sweep, done := s.account("D2", at(4), at(9), false)
	if !done || sweep != (Sweep{Interval: time.Minute, Started: epoch, Ended: at(9), Targets: 3, Answered: 2}) {
		t.Errorf("sweep %+v (%v)", sweep, done)
	}
	s.account("D0", at(61), at(61), true)
	if sweep, done = s.account("D1", at(62), at(62), true); !done || sweep.Started != at(9) {
		t.Errorf("the round waits for who is asked once in eight: %+v (%v)", sweep, done)
	}
	for _, a := range agents {
		a.silent.Store(quietAfter + 1)
	}
	s.account("D0", at(121), at(121), false)
	s.account("D1", at(122), at(122), false)
	s.account("D0", at(181), at(181), false)
	s.account("D1", at(182), at(182), false)
	if _, done = s.account("D2", at(183), at(183), false); !done {
		t.Error("where all are silent a round never ends")
	}
}

func TestReloadKeepsTurnsAndMemory(t *testing.T) {
	s := newStandIn(t)
	one := s.target("R1", withPorts(s, 1))
	one.Interval = time.Hour
	e := startEngine(t, quick(), nil, nil, one)
	mustPoll(t, e, "R1")
	before, due := e.agent("R1"), e.schedule.at["R1"].due
	two := one
	two.ID, two.Interval = "R2", 0
	if err := e.Set([]Target{one, two}); err != nil {
		t.Fatal(err)
	}
	if e.agent("R1") != before || e.schedule.at["R1"].due != due {
		t.Error("a reload forgot a device that did not change")
	}
	s.requests()
	mustPoll(t, e, "R1")
	if n := len(s.requests()); n != 1 {
		t.Errorf("%d requests after a reload, want 1: the numbering is known", n)
	}
	one.Ports = map[string]Port{"GE1": {Link: true}, "GE2": {Link: true}}
	s.port("2", "GE2", 1, 1)
	if err := e.Set([]Target{one}); err != nil {
		t.Fatal(err)
	}
	if n := countNormal(mustPoll(t, e, "R1")); n != 2 {
		t.Errorf("%d ports read after the inventory names a second, want 2", n)
	}
	one.Credential.Community = "other"
	if err := e.Set([]Target{one}); err != nil {
		t.Fatal(err)
	}
	if e.agent("R1") == before {
		t.Error("a changed credential kept the old agent")
	}
}

func TestScheduledPollsAndSweeps(t *testing.T) {
	a, b := newStandIn(t), newStandIn(t)
	b.behave(func(*standIn, *gosnmp.SnmpPacket, *net.UDPAddr) bool { return true })
	var mu sync.Mutex
	polls := map[string]int{}
	sweeps := make(chan Sweep, 100)
	one, two := a.target("A", withPorts(a, 1)), b.target("B", nil)
	one.Interval, two.Interval = 50*time.Millisecond, 50*time.Millisecond
	startEngine(t, quick(), func(r Result) {
		mu.Lock()
		defer mu.Unlock()
		polls[r.Device]++
	}, func(s Sweep) { sweeps <- s }, one, two)
	last := time.Time{}
	for range 5 {
		s := wait.Receive(t, sweeps, "a sweep")
		if s.Targets != 2 || s.Started.Before(last) || s.Ended.Before(s.Started) {
			t.Errorf("sweep %+v after %s", s, last)
		}
		last = s.Ended
	}
	wait.For(t, "A is polled again and again", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return polls["A"] > 5 &&
			polls["B"] > 0
	})
}

func TestPollsOfOneDeviceAreShared(t *testing.T) {
	s := newStandIn(t)
	ports := withPorts(s, 1)
	release := make(chan struct{})
	e := startEngine(t, quick(), nil, nil, s.target("R1", ports))
	mustPoll(t, e, "R1")
	s.requests()
	s.behave(func(s *standIn, request *gosnmp.SnmpPacket, from *net.UDPAddr) bool {
		<-release
		return false
	})
	var waiting sync.WaitGroup
	for range 20 {
		waiting.Go(func() { _, _ = e.Poll(t.Context(), "R1") })
	}
	close(release)
	waiting.Wait()
	if n := len(s.requests()); n > 4 {
		t.Errorf("twenty requests to poll made %d questions", n)
	}
}
