package probe

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func at(seconds float64) time.Time { return t0.Add(time.Duration(seconds * float64(time.Second))) }

func network(alive int) *Guard {
	g := NewGuard(DefaultGuardRules())
	g.Network([]uint32{1}, alive)
	return g
}

func TestOneTargetDownIsVouchedForByTheGateway(t *testing.T) {
	g := network(100)
	g.Miss(7, at(10))
	if g.Vouched(7, at(10), at(11)) {
		t.Error("nobody has answered since")
	}
	g.Answer(1, at(9))
	if g.Vouched(7, at(10), at(11)) {
		t.Error("the gateway's answer is from before")
	}
	g.Answer(1, at(10.3))
	if !g.Vouched(7, at(10), at(11)) {
		t.Error("the gateway has answered since")
	}
	if _, yes := g.Isolated(at(60)); yes {
		t.Error("isolated, with a gateway that answers")
	}
}

func TestAnAnswerAfterTheLastMissProvesNothingOfIt(t *testing.T) {
	g := network(100)
	g.Miss(7, at(10))
	g.Miss(7, at(11))
	g.Answer(1, at(12)) // our way in is good again; was it ours that failed?
	if g.Vouched(7, at(10), at(11)) {
		t.Error("raised for what may have been our own short break")
	}
	g.Miss(7, at(12.3))
	if !g.Vouched(7, at(10), at(12.3)) {
		t.Error("missed after somebody answered: it is the target's")
	}
}

func TestOthersVouchWhenTheGatewayIsSilent(t *testing.T) {
	g := network(100)
	g.Miss(1, at(10))
	for i, target := range []uint32{20, 20, 21} {
		g.Answer(target, at(10.1+float64(i)/10))
	}
	if g.Vouched(1, at(10), at(11)) {
		t.Error("two distinct targets are too few")
	}
	g.Answer(22, at(10.5))
	if !g.Vouched(1, at(10), at(11)) {
		t.Error("three others answered: the gateway itself is down")
	}
}

func TestATargetDoesNotVouchForItself(t *testing.T) {
	g := network(2)
	g.Miss(1, at(10))
	g.Answer(1, at(10.3))
	g.Miss(1, at(20))
	g.Answer(1, at(20.3))
	if g.Vouched(1, at(20), at(21)) {
		t.Error("the gateway vouched for itself")
	}
}

func TestSilenceFromEverywhereIsOurs(t *testing.T) {
	g := network(200)
	for i := range uint32(30) {
		g.Answer(i, at(float64(i)/10))
	}
	for i := range uint32(20) {
		g.Miss(i+1, at(10+float64(i)/10))
		if g.Vouched(i+1, at(10+float64(i)/10), at(13)) {
			t.Fatalf("target %d was vouched for in silence", i+1)
		}
	}
	if _, yes := g.Isolated(at(12)); yes {
		t.Error("too early to say")
	}
	since, yes := g.Isolated(at(12.6))
	if !yes || !since.Equal(at(10)) {
		t.Fatalf("want isolated since the first miss, got %v %v", since, yes)
	}
	if g.Answer(50, at(30)) {
		t.Error("one answer of no gateway ended it")
	}
	if _, yes := g.Isolated(at(30)); !yes {
		t.Error("it ended by itself")
	}
	if !g.Answer(1, at(31)) {
		t.Error("the gateway answered: it is over")
	}
	if _, yes := g.Isolated(at(31)); yes {
		t.Error("it did not end")
	}
}

func TestANetworkOfOneTargetIsTakenAtItsWord(t *testing.T) {
	g := NewGuard(DefaultGuardRules())
	g.Network(nil, 1)
	g.Miss(1, at(1))
	if !g.Vouched(1, at(1), at(2)) {
		t.Error("there is nobody else to ask")
	}
	if _, yes := g.Isolated(at(100)); yes {
		t.Error("one target is not everybody")
	}
}

// For any split of a network into answering and silent targets, after a round
// in which all have been asked: either every silent one is vouched for, or we
// are isolated. Nothing hangs in between, and never both.
func TestGuardAlwaysDecides(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		alive := rapid.IntRange(2, 60).Draw(t, "alive")
		up := rapid.SliceOfN(rapid.Bool(), alive, alive).Draw(t, "up")
		g := NewGuard(DefaultGuardRules())
		var gateways []uint32
		if rapid.Bool().Draw(t, "gateway") {
			gateways = []uint32{0}
		}
		g.Network(gateways, alive)
		begin := at(100)
		for round := range 2 { // in the second everybody answers or misses after the run began
			for i := range alive {
				sent := begin.Add(time.Duration(round*alive+i+1) * 40 * time.Millisecond)
				if up[i] {
					g.Answer(uint32(i), sent)
				} else {
					g.Miss(uint32(i), sent)
				}
			}
		}
		_, isolated := g.Isolated(begin.Add(time.Hour))
		for i := range alive {
			if up[i] {
				continue
			}
			if vouched := g.Vouched(uint32(i), begin, begin.Add(time.Hour)); vouched == isolated {
				t.Fatalf("target %d of %d (%v): vouched %v, isolated %v", i, alive, up, vouched, isolated)
			}
		}
	})
}
