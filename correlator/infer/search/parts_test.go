package search

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/linewarden/linewarden/correlator/evidence"
	"github.com/linewarden/linewarden/correlator/infer/infertest"
	"github.com/linewarden/linewarden/correlator/infer/weight"
)

func TestSetsJoinWhatIsJoined(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 20).Draw(t, "n")
		s, colour := newSets(n), make([]int, n)
		pts := make([]int32, n)
		for i := range pts {
			pts[i], colour[i] = int32(i)+100, i
		}
		for range rapid.IntRange(0, 20).Draw(t, "joins") {
			i, j := rapid.IntRange(0, n-1).Draw(t, "i"), rapid.IntRange(0, n-1).Draw(t, "j")
			s.join(int32(i), int32(j))
			from := colour[j]
			for k := range colour {
				if colour[k] == from {
					colour[k] = colour[i]
				}
			}
		}
		first, place := int32(-1), map[int32]int{}
		for at, set := range s.split(pts) {
			if set[0] <= first {
				t.Fatal("sets are not in the order of their first")
			}
			first = set[0]
			for _, p := range set {
				place[p] = at
			}
		}
		for i := range n {
			for j := range n {
				if (colour[i] == colour[j]) != (place[pts[i]] == place[pts[j]]) {
					t.Fatalf("%d and %d: one colour %v", i, j, colour[i] == colour[j])
				}
			}
		}
	})
}

func TestTheHeapGivesTheWorthiestFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		worth := rapid.SliceOf(rapid.Float32Range(0, 3)).Draw(t, "worth")
		h := &better{}
		for i, w := range worth {
			h.worth, h.at = append(h.worth, float32(int(w))), append(h.at, int32(i))
		}
		h.heapify()
		last, at := float32(math.Inf(1)), int32(-1)
		for range worth {
			w, i := h.worth[0], h.at[0]
			if w > last || w == last && i < at {
				t.Fatalf("%v of %d after %v of %d", w, i, last, at)
			}
			last, at = w, i
			h.drop()
		}
		if len(h.at) != 0 {
			t.Fatal("something is left")
		}
	})
}

func TestRivalsAreRanked(t *testing.T) {
	all := rank([]Member{{Comp: 7, Score: 1}, {Comp: 3, Score: 4}, {Comp: 2, Score: 1}})
	if all[0].Comp != 3 || all[1].Comp != 2 || all[2].Comp != 7 {
		t.Errorf("order %v", all)
	}
	if d := all[0].P / all[1].P; math.Abs(d-math.Exp(3)) > 1e-6 {
		t.Errorf("three nats are a factor of %v", d)
	}
	var many []Member
	for i := range 200 {
		many = append(many, Member{Comp: int32(i), Score: -float32(i)})
	}
	if got := rank(slices.Clone(many)); len(got) != weight.Hopeless+1 {
		t.Errorf("%d of a falling row are kept, want those within %v", len(got), weight.Hopeless)
	}
	for i := range many {
		many[i].Score = 0
	}
	if got := rank(many); len(got) != weight.KeptRivals {
		t.Errorf("%d equals are kept, want %d", len(got), weight.KeptRivals)
	}
}

func TestBelievedAreThoseWithinTheMargin(t *testing.T) {
	for _, c := range []struct {
		says  string
		score []float32
		want  int
	}{
		{"one alone", []float32{5}, 1},
		{"an equal", []float32{5, 5}, 2},
		{"one just within", []float32{5, 5 - weight.Margin + 0.01}, 2},
		{"one just outside", []float32{5, 5 - weight.Margin - 0.01}, 1},
		{"none after the first that is outside", []float32{5, 4, 0, 0}, 2},
	} {
		var class []Member
		for i, s := range c.score {
			class = append(class, Member{Comp: int32(i), Score: s})
		}
		if got := len(Believed(class)); got != c.want {
			t.Errorf("%s: %d, want %d", c.says, got, c.want)
		}
	}
}

func TestAClaimIsSharpWhenEachRootIsSure(t *testing.T) {
	sure := []Member{{P: 0.99, Sure: 5}, {P: 0.01, Sure: 0}}
	for _, c := range []struct {
		says    string
		classes [][]Member
		want    bool
	}{
		{"one root that is sure", [][]Member{sure}, true},
		{"one that is not", [][]Member{{{P: 0.6, Sure: 5}, {P: 0.4, Sure: 4.6}}}, false},
		{"two of which one is not", [][]Member{sure, {{P: 0.6, Sure: 5}, {P: 0.4, Sure: 4.6}}}, false},
		{"one that is sure only by what is not known yet", [][]Member{{{P: 0.99, Sure: 1}, {P: 0.01, Sure: 1}}}, false},
		{"one that a rival beats without what is not known", [][]Member{{{P: 0.99, Sure: 1}, {P: 0.01, Sure: 60}}}, false},
	} {
		if got := (&Claim{Classes: c.classes}).Sharp(); got != c.want {
			t.Errorf("%s: %v", c.says, got)
		}
	}
}

func TestDomainsAreSummedOverTheRivals(t *testing.T) {
	x := infertest.NewScene(t, street)
	member := func(subject string, p float64, sure float32) Member {
		return Member{Comp: x.Comp(subject), P: p, Sure: sure}
	}
	for _, c := range []struct {
		says    string
		classes [][]Member
		want    string
		p       float64
		certain bool
	}{
		{"two of one domain make it sure",
			[][]Member{{member("link/T1", 0.5, 3), member("cable/CBL-A", 0.5, 3)}}, "tail", 1, true},
		{"two of two leave it open",
			[][]Member{{member("link/T1", 0.6, 3), member("power/P1", 0.4, 2.6)}}, "tail", 0.6, false},
		{"what is not known yet may still turn it",
			[][]Member{{member("link/T1", 0.99, 3), member("power/P1", 0.01, 3)}}, "tail", 0.99, false},
		{"of two roots each counts half",
			[][]Member{{member("link/T1", 1, 3)}, {member("link/K1", 1, 3)}}, "tail", 0.5, false},
	} {
		claim := &Claim{Classes: c.classes}
		claim.judge(x.M)
		if d := claim.Domains[0]; string(d.Domain) != c.want || math.Abs(d.P-c.p) > 1e-4 || claim.Certain != c.certain {
			t.Errorf("%s: %v, certain %v", c.says, claim.Domains, claim.Certain)
		}
	}
}

// prepared is a region of all that is raised, with nothing found in it yet.
func prepared(x *infertest.Scene) *region {
	return newRegion(x.M, x.S, newWork(x.M), slices.Clone(x.S.Raised()), false, nil)
}

func TestGainFallsAsMoreIsExplained(t *testing.T) {
	x := infertest.NewScene(t, street)
	noLight(x, "1", "2", "3")
	r := prepared(x)
	cable, link := r.place(x.Comp("cable/CBL-A")), r.place(x.Comp("link/T1"))
	before, _ := r.gain(link)
	all, _ := r.gain(cable)
	if before <= 0 || all <= before {
		t.Fatalf("a cable of three dark tails gains %v, one of its links %v", all, before)
	}
	r.hold(cable, 0)
	after, _ := r.gain(link)
	if after >= 0 {
		t.Errorf("beside its cable a link gains %v", after)
	}
	if again, _ := r.gain(cable); again >= 0 {
		t.Errorf("held twice the cable gains %v", again)
	}
	worth, gain, _ := r.worth(link)
	if gain != after || worth >= 1 {
		t.Errorf("what gains %v is worth %v", gain, worth)
	}
}

func TestASuppositionLeavesNothingBehind(t *testing.T) {
	x := infertest.NewScene(t, bow)
	x.Raise("los,link_down", "port/N1/e port/N2/w port/N3/e port/H2/w")
	x.Raise("unreachable", "device/N2 device/N3 line/L2 line/L3")
	r := prepared(x)
	expl, neg := slices.Clone(r.expl), slices.Clone(r.neg)
	for i := range r.cands {
		_, undo := r.suppose(int32(i))
		r.undo(undo)
	}
	if !slices.Equal(expl, r.expl) || !slices.Equal(neg, r.neg) {
		t.Error("something is explained that nothing was held for")
	}
}

func TestALaterRootMakesAnEarlierOneNeedless(t *testing.T) {
	x := infertest.NewScene(t, street)
	noLight(x, "1", "2", "3")
	r := prepared(x)
	for _, s := range []string{"link/T1", "device/FE2", "cable/CBL-A"} {
		r.hold(r.place(x.Comp(s)), 0)
	}
	if !r.eliminate() {
		t.Fatal("nothing was dropped")
	}
	var left []int32
	for _, h := range r.roots {
		left = append(left, r.cands[h.cand].comp)
	}
	if got := x.Subjects(left); got != "cable/CBL-A" {
		t.Errorf("left are %s", got)
	}
	if r.eliminate() {
		t.Error("the last root was dropped")
	}
}

func TestThinningKeepsWhatScoresBest(t *testing.T) {
	x := infertest.NewScene(t, street)
	noLight(x, "1", "2", "3")
	r := prepared(x)
	r.setRoots([]root{{cand: r.place(x.Comp("link/T1"))}, {cand: r.place(x.Comp("cable/CBL-A"))}})
	with := r.score()
	r.thin()
	if len(r.roots) != 1 || r.score() <= with {
		t.Errorf("%d roots, score %v after %v", len(r.roots), r.score(), with)
	}
}

func TestManyBeginningsAreGroupedCoarser(t *testing.T) {
	x := infertest.NewScene(t, "use town")
	for i := range 20 {
		x.Wait(3e9)
		x.Raise("unreachable", "line/LN-"+string(rune('1'+i/4))+"-"+string(rune('1'+i%4)))
	}
	r := prepared(x)
	if n := len(r.epochs); n == 0 || n > weight.MaxEpochs {
		t.Fatalf("%d times", n)
	}
	for i, p := range r.pts {
		e := r.epoch[i]
		if r.epochs[e] > x.S.Since(p) || int(e)+1 < len(r.epochs) && r.epochs[e+1] <= x.S.Since(p) {
			t.Errorf("what began at %d is put at %d", x.S.Since(p), r.epochs[e])
		}
	}
	if r.epochOf(r.epochs[0]-1) != -1 {
		t.Error("what began before all others has a time")
	}
}

func TestSilenceCostsWhatWouldBeDarkAndIsNot(t *testing.T) {
	at := func(sweep bool, comp string) float32 {
		x := infertest.NewScene(t, street)
		x.Raise("unreachable", "device/CE4 line/L4")
		if sweep {
			x.Sweep()
		}
		r := prepared(x)
		c := r.place(x.Comp(comp))
		if c < 0 {
			t.Fatalf("%s is no candidate", comp)
		}
		return r.silence[r.cands[c].silent]
	}
	if own := at(true, "cable/CBL-B"); own < -0.01 {
		t.Errorf("a cable all of whose pings are dark pays %v", own)
	}
	if few, many := at(true, "device/CH"), at(true, "device/CR"); few > 6*evidence.HealthyPing || many >= few {
		t.Errorf("a chassis of which seven answer pays %v, the router before it %v", few, many)
	}
	if unknown, known := at(false, "device/CR"), at(true, "device/CR"); unknown >= 0 || unknown <= known {
		t.Errorf("of what is not known it pays %v, of what is %v", unknown, known)
	}
}

func TestPortsThatAreWellSpeakAgainstACut(t *testing.T) {
	x := infertest.NewScene(t, street)
	x.Raise("unreachable", "device/CE1 line/L1")
	x.Cover("CH")
	before := prepared(x)
	b := before.silence[before.cands[before.place(x.Comp("link/T1"))].silent]
	x.Sweep()
	after := prepared(x)
	a := after.silence[after.cands[after.place(x.Comp("link/T1"))].silent]
	if a > b+evidence.HealthyPort {
		t.Errorf("with light on both ends a cut pays %v, before %v", a, b)
	}
	if a < weight.PortVeto+b-0.01 {
		t.Errorf("ports veto with %v", a)
	}
}
