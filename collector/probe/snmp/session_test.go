package snmp

import (
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/linewarden/linewarden/collector/probe"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/deploy/lab/wait"
)

func counted(c prometheus.Metric) float64 {
	var m dto.Metric
	if err := c.Write(&m); err != nil {
		panic(err) // a mistake in the test
	}
	return m.GetCounter().GetValue()
}

func refused(e *Engine, reason string) int {
	return int(counted(e.metrics.datagrams.WithLabelValues(reason)))
}

// withPorts gives an agent n ports, all named by the inventory.
func withPorts(s *standIn, n int) map[string]Port {
	ports := map[string]Port{}
	for i := 1; i <= n; i++ {
		name := "GE" + strconv.Itoa(i)
		s.port(strconv.Itoa(i), name, 1, 1)
		ports[name] = Port{Link: true}
	}
	return ports
}

func countNormal(r Result) (n int) {
	for _, s := range r.Samples {
		if s.Kind == symptom.LinkDown && s.Judgement == probe.Normal {
			n++
		}
	}
	return n
}

func TestSilentAgent(t *testing.T) {
	s := newStandIn(t)
	s.behave(func(*standIn, *gosnmp.SnmpPacket, *net.UDPAddr) bool { return true })
	e := startEngine(t, quick(), nil, nil, s.target("R1", nil))
	r := poll(t, e, "R1")
	if r.Answered || !errors.Is(r.Err, ErrNoAnswer) {
		t.Errorf("answered %v, error %v", r.Answered, r.Err)
	}
	if strings.Contains(r.Err.Error(), "secret") {
		t.Errorf("the community is in the error: %v", r.Err)
	}
	expect(t, r, "device/R1", symptom.AgentSilent, probe.Abnormal)
	if len(r.Samples) != 1 {
		t.Errorf("a silent agent says %v", r.Samples)
	}
	poll(t, e, "R1")
	poll(t, e, "R1")
	s.requests()
	poll(t, e, "R1")
	if n := len(s.requests()); n != 1 {
		t.Errorf("an agent that has been silent for long was asked %d times, want once", n)
	}
	s.behave(nil)
	expect(t, mustPoll(t, e, "R1"), "device/R1", symptom.AgentSilent, probe.Normal)
}

func TestSilentAgentDelaysNobody(t *testing.T) {
	dead, alive := newStandIn(t), newStandIn(t)
	dead.behave(func(*standIn, *gosnmp.SnmpPacket, *net.UDPAddr) bool { return true })
	config := quick()
	config.Timeouts.Initial = 400 * time.Millisecond
	targets := []Target{alive.target("alive", withPorts(alive, 1))}
	for i := range 50 {
		targets = append(targets, dead.target("dead"+strconv.Itoa(i), nil))
	}
	e := startEngine(t, config, nil, nil, targets...)
	for i := range 50 {
		go func() { _, _ = e.Poll(t.Context(), "dead"+strconv.Itoa(i)) }()
	}
	wait.For(t, "the dead are being asked", func() bool { return counted(e.metrics.requests) >= 50 })
	if r := mustPoll(t, e, "alive"); r.Took > 400*time.Millisecond {
		t.Errorf("a poll beside fifty dead agents took %s", r.Took)
	}
}

func TestLateReplyIsNeverTakenForTheNext(t *testing.T) {
	s := newStandIn(t)
	ports := withPorts(s, 1)
	var mu sync.Mutex
	var kept []func()
	hold := func(s *standIn, request *gosnmp.SnmpPacket, from *net.UDPAddr) bool {
		answer := s.answer(request)
		mu.Lock()
		kept = append(kept, func() { s.reply(answer, from) })
		mu.Unlock()
		return true
	}
	e := startEngine(t, quick(), nil, nil, s.target("R1", ports))
	mustPoll(t, e, "R1")
	s.behave(hold) // these answers say that the port is up
	if r := poll(t, e, "R1"); r.Answered {
		t.Fatal("the answers were not held back")
	}
	s.port("1", "GE1", 1, 2)
	s.behave(func(s *standIn, request *gosnmp.SnmpPacket, from *net.UDPAddr) bool {
		mu.Lock()
		late := kept
		kept = nil
		mu.Unlock()
		for _, send := range late {
			send()
		}
		return false
	})
	r := mustPoll(t, e, "R1")
	expect(t, r, "port/R1/GE1", symptom.LinkDown, probe.Abnormal)
	if refused(e, "late") == 0 {
		t.Error("the late answers were not noticed")
	}
	a := e.agent("R1")
	if got := a.session.rtt.timeout(0); got < 250*time.Millisecond {
		t.Errorf("the time-out is still %s after answers that late", got)
	}
}

func TestAgentSlowerThanTheFirstTimeoutIsHeard(t *testing.T) {
	s := newStandIn(t)
	ports := withPorts(s, 1)
	s.behave(func(s *standIn, request *gosnmp.SnmpPacket, from *net.UDPAddr) bool {
		answer := s.answer(request)
		time.AfterFunc(200*time.Millisecond, func() { s.reply(answer, from) })
		return true
	})
	e := startEngine(t, quick(), nil, nil, s.target("R1", ports))
	r := mustPoll(t, e, "R1")
	if countNormal(r) != 1 {
		t.Error("the slow agent's port was not read")
	}
}

func TestForeignAnswersAreRefused(t *testing.T) {
	s := newStandIn(t)
	s.port("1", "GE1", 1, 1)
	stranger := newStandIn(t)
	forge := func(change func(*gosnmp.SnmpPacket), by *standIn) func(*standIn, *gosnmp.SnmpPacket, *net.UDPAddr) bool {
		return func(s *standIn, request *gosnmp.SnmpPacket, from *net.UDPAddr) bool {
			forged := s.answer(request)
			for i := range forged.Variables {
				if strings.HasPrefix(forged.Variables[i].Name, ".1.3.6.1.2.1.2.2.1.8.") {
					forged.Variables[i].Value = 2
				}
			}
			change(forged)
			by.reply(forged, from)
			return false // and then the right answer
		}
	}
	for _, c := range []struct {
		what, reason string
		change       func(*gosnmp.SnmpPacket)
		by           *standIn
	}{
		{"from elsewhere", "wrong_source", func(*gosnmp.SnmpPacket) {}, stranger},
		{"with another id", "unknown_id", func(p *gosnmp.SnmpPacket) { p.RequestID++ }, s},
		{"with another community", "undecodable", func(p *gosnmp.SnmpPacket) { p.Community = "public" }, s},
		{"in another version", "undecodable", func(p *gosnmp.SnmpPacket) { p.Version = gosnmp.Version1 }, s},
	} {
		t.Run(c.what, func(t *testing.T) {
			s.behave(nil)
			e := startEngine(t, quick(), nil, nil, s.target("R1", map[string]Port{"GE1": {Link: true}}))
			s.behave(forge(c.change, c.by))
			expect(t, mustPoll(t, e, "R1"), "port/R1/GE1", symptom.LinkDown, probe.Normal)
			if refused(e, c.reason) == 0 {
				t.Errorf("no datagram was refused as %s", c.reason)
			}
		})
	}
}

func TestTooBigMakesRequestsSmallerAndIsRemembered(t *testing.T) {
	s := newStandIn(t)
	ports := withPorts(s, 12)
	s.behave(func(s *standIn, request *gosnmp.SnmpPacket, from *net.UDPAddr) bool {
		if len(request.Variables) <= 5 && request.MaxRepetitions <= 5 {
			return false
		}
		s.reply(&gosnmp.SnmpPacket{Version: request.Version, Community: request.Community, PDUType: gosnmp.GetResponse,
			RequestID: request.RequestID, Error: gosnmp.TooBig}, from)
		return true
	})
	e := startEngine(t, quick(), nil, nil, s.target("R1", ports))
	if n := countNormal(mustPoll(t, e, "R1")); n != 12 {
		t.Fatalf("%d ports read, want 12", n)
	}
	s.requests()
	mustPoll(t, e, "R1")
	for _, q := range s.requests() {
		if len(q.Variables) > 5 {
			t.Errorf("asked for %d values after tooBig", len(q.Variables))
		}
	}
}

func TestAgentThatNeverAnswersBigRequests(t *testing.T) {
	s := newStandIn(t)
	ports := withPorts(s, 6)
	s.behave(func(_ *standIn, request *gosnmp.SnmpPacket, _ *net.UDPAddr) bool { return len(request.Variables) > 10 })
	e := startEngine(t, quick(), nil, nil, s.target("R1", ports))
	if n := countNormal(mustPoll(t, e, "R1")); n != 6 {
		t.Fatalf("%d ports read, want 6", n)
	}
	s.requests()
	mustPoll(t, e, "R1")
	for _, q := range s.requests() {
		if len(q.Variables) > 10 {
			t.Errorf("it was not remembered: asked for %d values", len(q.Variables))
		}
	}
}

func TestAgentThatNeverAnswersBulk(t *testing.T) {
	s := newStandIn(t)
	ports := withPorts(s, 3)
	s.behave(func(_ *standIn, request *gosnmp.SnmpPacket, _ *net.UDPAddr) bool {
		return request.PDUType == gosnmp.GetBulkRequest
	})
	e := startEngine(t, quick(), nil, nil, s.target("R1", ports))
	if n := countNormal(mustPoll(t, e, "R1")); n != 3 {
		t.Fatalf("%d ports read, want 3", n)
	}
	if !e.agent("R1").session.noBulk {
		t.Error("it was not remembered")
	}
}

func TestAgentThatWalksInCircles(t *testing.T) {
	s := newStandIn(t)
	ports := withPorts(s, 3)
	s.behave(func(s *standIn, request *gosnmp.SnmpPacket, from *net.UDPAddr) bool {
		if request.PDUType == gosnmp.GetRequest {
			return false
		}
		answer := s.answer(request)
		name := request.Variables[0].Name
		answer.Variables = nil
		for i := range 4 { // 1, 2, 3, 1 ...
			index := strconv.Itoa(i%3 + 1)
			answer.Variables = append(answer.Variables, gosnmp.SnmpPDU{Name: ".1.3.6.1.2.1.31.1.1.1.1." + index,
				Type: gosnmp.OctetString, Value: "GE" + index})
		}
		_ = name
		s.reply(answer, from)
		return true
	})
	e := startEngine(t, quick(), nil, nil, s.target("R1", ports))
	r := mustPoll(t, e, "R1")
	if n := countNormal(r); n != 3 {
		t.Errorf("%d ports read, want 3", n)
	}
	if r.Requests > 10 {
		t.Errorf("%d requests", r.Requests)
	}
}

func TestAgentThatAnswersOutOfOrder(t *testing.T) {
	s := newStandIn(t)
	ports := withPorts(s, 4)
	s.behave(func(s *standIn, request *gosnmp.SnmpPacket, from *net.UDPAddr) bool {
		answer := s.answer(request)
		if request.PDUType == gosnmp.GetRequest {
			for i, k := 0, len(answer.Variables)-1; i < k; i, k = i+1, k-1 {
				answer.Variables[i], answer.Variables[k] = answer.Variables[k], answer.Variables[i]
			}
		}
		s.reply(answer, from)
		return true
	})
	e := startEngine(t, quick(), nil, nil, s.target("R1", ports))
	if n := countNormal(mustPoll(t, e, "R1")); n != 4 {
		t.Errorf("%d ports read, want 4", n)
	}
}

func TestVersion1LeavesOutWhatTheAgentLacks(t *testing.T) {
	s := newStandIn(t)
	target := s.target("R1", withPorts(s, 2))
	target.Credential.Version = V1
	e := startEngine(t, quick(), nil, nil, target)
	if n := countNormal(mustPoll(t, e, "R1")); n != 2 {
		t.Fatalf("%d ports read, want 2", n)
	}
	mustPoll(t, e, "R1")
	s.requests()
	r := mustPoll(t, e, "R1")
	if n := len(s.requests()); n > 1 || countNormal(r) != 2 {
		t.Errorf("the third poll took %d requests: what is lacking was not remembered", n)
	}
}

func TestBadTargetsAreRefusedWhole(t *testing.T) {
	s := newStandIn(t)
	e := startEngine(t, quick(), nil, nil, s.target("R1", nil))
	for what, bad := range map[string]Target{
		"no community":    {ID: "R2", Address: s.addr},
		"version 9":       {ID: "R2", Address: s.addr, Credential: Credential{Version: "9", Community: "x"}},
		"a long one":      {ID: "R2", Address: s.addr, Credential: Credential{Community: strings.Repeat("x", 128)}},
		"no address":      {ID: "R2", Address: netip.AddrPort{}, Credential: Credential{Community: "x"}},
		"unknown profile": {ID: "R2", Address: s.addr, Credential: Credential{Community: "x"}, Profile: "acme"},
	} {
		if err := e.Set([]Target{bad}); err == nil || !strings.Contains(err.Error(), "R2") {
			t.Errorf("%s: %v", what, err)
		}
	}
	mustPoll(t, e, "R1") // still there
}

func TestRequestIDsDoNotComeBack(t *testing.T) {
	ids := newIDs()
	seen := map[uint32]bool{}
	last := uint32(0)
	for range 200_000 {
		id := ids.next()
		if seen[id] || id > 0x7fffffff || id < firstID || id == last+1 {
			t.Fatalf("id %d", id)
		}
		seen[id], last = true, id
	}
}

func TestTimeoutFollowsTheAgent(t *testing.T) {
	const ms = time.Millisecond
	limits := Timeouts{Initial: 1000 * ms, Min: 300 * ms, Max: 5000 * ms}
	r := rtt{limits: limits}
	for try, want := range []time.Duration{1000 * ms, 2000 * ms, 4000 * ms, 5000 * ms, 5000 * ms} {
		if got := r.timeout(try); got != want {
			t.Errorf("try %d of an unknown agent waits %s, want %s", try, got, want)
		}
	}
	for range 50 {
		r.observe(3 * ms)
	}
	if got := r.timeout(0); got != limits.Min {
		t.Errorf("a quick agent is waited for %s, want the least, %s", got, limits.Min)
	}
	for range 50 {
		r.observe(900 * ms)
	}
	if got := r.timeout(0); got < 900*ms || got > 1800*ms {
		t.Errorf("an agent that takes 900 ms is waited for %s", got)
	}
	r = rtt{limits: limits}
	r.late(2500 * ms)
	if got := r.timeout(0); got < 2500*ms {
		t.Errorf("after an answer 2.5 s late the time-out is %s", got)
	}
}
