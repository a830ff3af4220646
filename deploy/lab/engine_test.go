package lab

import (
	"net/netip"
	"testing"
	"time"

	"github.com/linewarden/linewarden/deploy/lab/plan"
	"github.com/linewarden/linewarden/deploy/lab/wire"
	"github.com/linewarden/linewarden/deploy/lab/world"
)

func testEngine(tb testing.TB, lines int) *engine {
	tb.Helper()
	n, err := plan.Generate(lines, 1)
	if err != nil {
		tb.Fatal(err)
	}
	return newEngine(world.New(n, time.Now()), wire.Link{})
}

// ping is an echo request from the station, as the lab would build its reply.
func ping(tb testing.TB, to netip.Addr) []byte {
	tb.Helper()
	frame := make([]byte, 98)
	frame[12], frame[13] = 8, 0
	ip := frame[14:]
	ip[0], ip[3], ip[8], ip[9] = 0x45, 84, 64, 1
	src, dst := [4]byte{198, 18, 0, 2}, to.As4()
	copy(ip[12:], src[:])
	copy(ip[16:], dst[:])
	checksum(ip[:20], ip[10:])
	ip[20] = 8
	checksum(ip[20:], ip[22:])
	return frame
}

// checksum is RFC 1071 in its plainest form.
func checksum(b, into []byte) {
	var s uint32
	for i := 0; i < len(b); i += 2 {
		s += uint32(b[i])<<8 | uint32(b[i+1])
	}
	for s > 0xffff {
		s = s>>16 + s&0xffff
	}
	into[0], into[1] = ^byte(s>>8), ^byte(s)
}

func TestAnswersLeaveInTheOrderOfTheirTimes(t *testing.T) {
	e := testEngine(t, 200)
	now := time.Now()
	for _, l := range e.world.Net.Lines {
		e.handle(ping(t, l.Target), 0, now)
	}
	if e.stats.Answered != 200 || len(e.out.heap) != 200 {
		t.Fatalf("%d answers, %d under way", e.stats.Answered, len(e.out.heap))
	}
	last := time.Time{}
	for len(e.out.heap) > 0 {
		l := e.out.pop()
		if l.at.Before(last) {
			t.Fatal("an answer leaves before an earlier one")
		}
		last = l.at
	}
	if d := last.Sub(now); d < time.Millisecond || d > 100*time.Millisecond {
		t.Errorf("the slowest answer takes %v", d)
	}
}

func TestAFrameThatWaitedIsAnsweredTheSooner(t *testing.T) {
	e := testEngine(t, 5)
	now := time.Now()
	e.handle(ping(t, e.world.Net.Lines[0].Target), time.Second, now)
	if l := e.out.pop(); l.at.After(now) {
		t.Errorf("due in %v", l.at.Sub(now))
	}
}

func TestStrangersAreNotAnswered(t *testing.T) {
	e := testEngine(t, 5)
	stranger := ping(t, e.world.Net.Lines[0].Target)
	stranger[14+15], stranger[14+10], stranger[14+11] = 77, 0, 0 // not a station
	checksum(stranger[14:34], stranger[24:])
	e.handle(stranger, 0, time.Now())
	e.handle(ping(t, netip.MustParseAddr("198.19.200.200")), 0, time.Now()) // nobody's
	if e.stats.Received != 2 || e.stats.Answered != 0 {
		t.Errorf("%+v", e.stats)
	}
}

func TestTheOutboxSleepsUntilWhatComesFirst(t *testing.T) {
	var o outbox
	now := time.Now()
	if d := o.wait(now, time.Time{}, false); d >= 0 {
		t.Errorf("with nothing to do it wakes after %v", d)
	}
	if d := o.wait(now, now.Add(time.Second), true); d != time.Second {
		t.Errorf("an event in a second wakes it after %v", d)
	}
	o.push(now.Add(time.Millisecond), o.take())
	if d := o.wait(now, now.Add(time.Second), true); d != time.Millisecond {
		t.Errorf("an answer in a millisecond wakes it after %v", d)
	}
	if d := o.wait(now.Add(time.Hour), time.Time{}, false); d != 0 {
		t.Errorf("an overdue answer waits %v", d)
	}
}

// BenchmarkPing is the whole work on an answered ping but the system calls.
func BenchmarkPing(b *testing.B) {
	e := testEngine(b, 2000)
	frames := make([][]byte, len(e.world.Net.Lines))
	for i, l := range e.world.Net.Lines {
		frames[i] = ping(b, l.Target)
	}
	now, i := time.Now(), 0
	for b.Loop() {
		e.handle(frames[i%len(frames)], 0, now)
		if i++; i%100 == 0 {
			now = now.Add(time.Millisecond)
			e.out.due(now)
			e.out.recycle()
		}
	}
}
