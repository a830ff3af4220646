package model_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/linewarden/linewarden/correlator/infer/infertest"
)

// severed tells whether a protected stretch of a line is cut when some components
// are gone.
func severed(x *infertest.Scene, line, gone string) bool {
	l, _ := x.M.LineOf(line)
	failed := x.Comps(gone)
	for _, c := range failed {
		for _, area := range x.M.AreasOf(c) {
			labels := x.M.Islands(area, failed)
			for _, id := range x.M.AreaSegments(area) {
				if s := x.M.Segment(id); crosses(x, id, l) && s.Severed(labels) {
					return true
				}
			}
		}
	}
	return false
}

func crosses(x *infertest.Scene, segment, line int32) bool {
	for _, l := range x.M.SegmentLines(segment) {
		if l == line {
			return true
		}
	}
	return false
}

func TestWhichFailuresTogetherSeverALine(t *testing.T) {
	vpn := "use bow\nline L C1/lan C3/lan product=vpn"
	for _, c := range []struct {
		says, network, line, gone string
		want                      bool
	}{
		{"one cut leaves the other way round", bow, "L2", "link/R1", false},
		{"so does another", bow, "L2", "cable/CBL-3", false},
		{"a cut on each side isolates what is between", bow, "L2", "link/R2 cable/CBL-3", true},
		{"and further off on each side as well", bow, "L2", "cable/CBL-1 link/R4", true},
		{"two cuts on the same side do not", bow, "L2", "link/R3 link/R4", false},
		{"a cut and a dead node on the other side do", bow, "L2", "link/R2 device/N3", true},
		{"a cut and a dead node on the same side do not", bow, "L1", "link/R3 device/N3", false},
		{"a node's power counts as the node", bow, "L2", "link/R2 power/S3", true},
		{"the core between the hubs closes the ring", bow, "L3", "link/HH", false},
		{"and with it cut the ring is a chain", bow, "L3", "link/HH link/R2", true},
		{"within which the near side still stands", bow, "L1", "link/HH link/R2", false},
		{"the far hub dead leaves the near way", bow, "L3", "device/H2", false},
		{"the far hub dead and a cut do not", bow, "L3", "device/H2 link/R1", true},
		{"traffic within the ring goes round over the hubs", vpn, "L", "link/R2", false},
		{"until both ways are cut", vpn, "L", "link/R2 link/HH", true},
		{"a ring and the core are one domain for what crosses both", town, "LN-1-1", "link/L-R0 link/L-R5", true},
		{"a core link and a ring link alone sever nothing", town, "LN-1-1", "link/L-R0 link/L-CR1-CR3", false},
		{"two core links do when they are all that is left", town, "LN-1-1", "link/L-CR1-CR3 link/L-CR2-CR3", true},
		{"both hubs do", town, "LN-3-1", "device/CR1 device/CR2", true},
		{"three cuts of which two lie about it do", town, "LN-2-1", "link/L-R0 link/L-R2 link/L-R4", true},
	} {
		t.Run(c.says, func(t *testing.T) {
			if got := severed(infertest.NewScene(t, c.network), c.line, c.gone); got != c.want {
				t.Errorf("without %s, %s is severed: %v", c.gone, c.line, got)
			}
		})
	}
}

func TestASegmentIsWeakerWithoutItsOtherWay(t *testing.T) {
	for _, c := range []struct {
		says, gone    string
		holds, weaker bool
	}{
		{"a cut of the ring leaves one way", "link/R3", true, true},
		{"a dead node beside it too", "device/N3", true, true},
		{"a cut of the core that closes it too", "link/HH", true, true},
		{"two cuts about it leave none", "link/R2 link/R3", false, false},
		{"its own death leaves none", "device/N2", false, false},
		{"a tail is no part of the ring", "link/A2", true, false},
	} {
		t.Run(c.says, func(t *testing.T) {
			x := infertest.NewScene(t, bow)
			area := x.M.AreasOf(x.Comp("link/R1"))[0]
			l, _ := x.M.LineOf("L2")
			for _, id := range x.M.AreaSegments(area) {
				if !crosses(x, id, l) {
					continue
				}
				holds, weaker := x.M.Without(area, x.Comps(c.gone)).Weaker(x.M.Segment(id))
				if holds != c.holds || holds && weaker != c.weaker {
					t.Errorf("without %s it holds %v, weaker %v", c.gone, holds, weaker)
				}
			}
		})
	}
}

func TestPartsOfAProtectionDomain(t *testing.T) {
	x := infertest.NewScene(t, bow+"risk D duct cable/CBL-1;cable/CBL-4")
	for comp, want := range map[string]bool{"link/R1": true, "cable/CBL-2": true, "device/N3": true, "power/S1": true,
		"duct/D": true, "device/H2": true, "link/HH": true, "link/A1": false, "device/C1": false,
		"station/default": false} {
		if got := x.M.InArea(x.Comp(comp)); got != want {
			t.Errorf("%s is part of the ring: %v", comp, got)
		}
	}
	area := x.M.AreasOf(x.Comp("link/R1"))[0]
	want := "cable/CBL-1 cable/CBL-2 cable/CBL-3 cable/CBL-4 cable/CBL-H device/H1 device/H2 device/N1 device/N2 " +
		"device/N3 duct/D link/HH link/R1 link/R2 link/R3 link/R4 power/S1 power/S2 power/S3 power/SH1 power/SH2"
	if got := x.Subjects(x.M.AreaComps(area)); got != want {
		t.Errorf("the ring and the core behind it have\n%s, want\n%s", got, want)
	}
}

func TestBesideADarkNodeLieTheLinksOfItsRing(t *testing.T) {
	x := infertest.NewScene(t, bow)
	area := x.M.AreasOf(x.Comp("link/R1"))[0]
	var of []int32
	for _, id := range x.M.PointSegments(x.Point("device/N2")) {
		if x.M.Segment(id).Area == area {
			of = append(of, id)
		}
	}
	if len(of) == 0 {
		t.Fatal("the way to N2 crosses no protection domain")
	}
	var got []string
	for _, link := range x.M.Beside(area, of) {
		got = append(got, x.Subjects(link))
	}
	// The segment begins at the hub, which is in the core as well.
	want := "cable/CBL-H link/HH, cable/CBL-1 link/R1, cable/CBL-2 link/R2, cable/CBL-3 link/R3, cable/CBL-4 link/R4"
	if all := strings.Join(got, ", "); all != want {
		t.Errorf("beside it lie %s, want %s", all, want)
	}
}

// In a ring, a node is cut off exactly when a cut lies on each side of it; a model
// of the ring as a circle says the same.
func TestRingsAreSeveredAsCirclesAre(t *testing.T) {
	x := infertest.NewScene(t, town)
	area := x.M.AreasOf(x.Comp("link/L-R0"))[0]
	circle := x.Comps("link/L-R0 link/L-R1 link/L-R2 link/L-R3 link/L-R4 link/L-R5")
	rapid.Check(t, func(t *rapid.T) {
		cut := make([]bool, len(circle))
		var failed []int32
		for i := range cut {
			if cut[i] = rapid.Bool().Draw(t, "cut"); cut[i] {
				failed = append(failed, circle[i])
			}
		}
		labels := x.M.Islands(area, failed)
		for node := 1; node <= 5; node++ { // N1 is between the links 0 and 1
			near, far := false, false
			for i, c := range cut {
				near, far = near || c && i < node, far || c && i >= node
			}
			line, _ := x.M.LineOf([]string{"", "LN-1-1", "LN-2-1", "LN-3-1", "LN-4-1", "LN-5-1"}[node])
			for _, id := range x.M.AreaSegments(area) {
				if s := x.M.Segment(id); crosses(x, id, line) && s.Severed(labels) != (near && far) {
					t.Fatalf("N%d with cuts %v: severed %v", node, cut, s.Severed(labels))
				}
			}
		}
	})
}

// What breaks a line alone is what severs it alone: series and graph agree.
func TestWhatStandsInSeriesSeversAlone(t *testing.T) {
	for _, network := range []string{bow, town, bow + "risk D duct cable/CBL-2;cable/CBL-3"} {
		x := infertest.NewScene(t, network)
		comps, _, _ := x.M.Size()
		for c := range int32(comps) {
			inSeries := map[int32]bool{}
			for _, l := range x.M.LinesOf(c) {
				inSeries[l] = true
			}
			for _, area := range x.M.AreasOf(c) {
				labels := x.M.Islands(area, []int32{c})
				for _, id := range x.M.AreaSegments(area) {
					for _, l := range x.M.SegmentLines(id) {
						if x.M.Segment(id).Severed(labels) != inSeries[l] {
							t.Errorf("%s severs %s in the graph: %v; in series: %v", x.Subjects([]int32{c}),
								x.Lines([]int32{l}), x.M.Segment(id).Severed(labels), inSeries[l])
						}
					}
				}
			}
		}
	}
}
