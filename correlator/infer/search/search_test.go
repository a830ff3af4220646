package search

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/linewarden/linewarden/correlator/infer/infertest"
	"github.com/linewarden/linewarden/correlator/infer/weight"
)

const (
	street = "use street\nuse street_lines\n"
	bow    = "use bow\nuse bow_lines\n"
)

func none(int32) bool { return false }

// regions are the regions of what is raised, "|" between them.
func regions(x *infertest.Scene, soft bool, skip func(int32) bool) string {
	var out []string
	for _, pts := range New(x.M, x.S).Regions(soft, skip) {
		out = append(out, x.Points(pts))
	}
	return strings.Join(out, " | ")
}

// found are the roots that a search finds, claim by claim: "+" between those that
// explain something only together, "?" where there is none.
func found(x *infertest.Scene, soft bool, bonus map[int32]float32) string {
	var out []string
	for _, c := range claimsOf(x, soft, bonus) {
		roots := strings.ReplaceAll(x.Subjects(c.Roots), " ", "+")
		if roots == "" {
			roots = "?"
		}
		out = append(out, roots)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func claimsOf(x *infertest.Scene, soft bool, bonus map[int32]float32) (out []*Claim) {
	s := New(x.M, x.S)
	for _, pts := range s.Regions(soft, none) {
		out = append(out, s.Search(pts, soft, bonus)...)
	}
	return out
}

// dark raises what a customer's outage shows.
func dark(x *infertest.Scene, customers ...string) {
	for _, n := range customers {
		x.Raise("unreachable", "device/CE"+n+" line/L"+n)
	}
}

// noLight raises what the near end sees of a dead tail besides.
func noLight(x *infertest.Scene, customers ...string) {
	dark(x, customers...)
	for _, n := range customers {
		x.Raise("los", "port/CH/"+n)
		x.Raise("far_end_missing", "device/FE"+n)
	}
}

func TestWhatSharesNoBelievableCauseIsSearchedApart(t *testing.T) {
	for _, c := range []struct {
		says, network string
		soft          bool
		story         func(x *infertest.Scene)
		want          string
	}{
		{"nothing is raised", street, false, func(*infertest.Scene) {}, ""},
		{"what one customer shows belongs together", street, false, func(x *infertest.Scene) { noLight(x, "4") },
			"device/CE4 device/FE4 line/L4 port/CH/4"},
		{"three tails of a cable do", street, false, func(x *infertest.Scene) { dark(x, "1", "2", "3") },
			"device/CE1 device/CE2 device/CE3 line/L1 line/L2 line/L3"},
		{"two customers may have a router in common while nothing else is known", street, false,
			func(x *infertest.Scene) { dark(x, "1", "4") }, "device/CE1 device/CE4 line/L1 line/L4"},
		{"in a larger network that is swept they have not", "use town", false, func(x *infertest.Scene) {
			x.Raise("unreachable", "line/LN-1-4 line/LN-5-4")
			x.Sweep()
		}, "line/LN-1-4 | line/LN-5-4"},
		{"the ports at both ends of a link belong together", bow, false,
			func(x *infertest.Scene) { x.Raise("link_down", "port/N1/e port/N2/w") }, "port/N1/e port/N2/w"},
		{"two cuts of a ring do, since two may sever a node", bow, false,
			func(x *infertest.Scene) { x.Raise("link_down", "port/N1/e port/N3/e") }, "port/N1/e port/N3/e"},
		{"a tail beside a cut ring does, for its way crosses it", bow, false,
			func(x *infertest.Scene) { x.Raise("link_down", "port/N1/e"); x.Raise("unreachable", "line/L3") },
			"line/L3 port/N1/e"},
		{"what works badly is searched by itself", street, true,
			func(x *infertest.Scene) { noLight(x, "4"); x.Raise("latency", "line/L1") }, "line/L1"},
		{"and is left out of the search of what does not work at all", street, false,
			func(x *infertest.Scene) { x.Raise("los", "port/CH/4"); x.Raise("latency", "line/L1") }, "port/CH/4"},
		{"what works neither at all nor well counts as not at all", street, false,
			func(x *infertest.Scene) { x.Raise("unreachable,latency", "line/L1") }, "line/L1"},
		{"a matter of management alone is no reason to search", street, false,
			func(x *infertest.Scene) { x.Raise("agent_silent", "device/CE1") }, ""},
	} {
		t.Run(c.says, func(t *testing.T) {
			x := infertest.NewScene(t, c.network)
			x.Wait(time.Second)
			c.story(x)
			if got := regions(x, c.soft, none); got != c.want {
				t.Errorf("regions %s, want %s", got, c.want)
			}
		})
	}
}

func TestWhatIsToBeLeftAloneIsInNoRegion(t *testing.T) {
	x := infertest.NewScene(t, street)
	noLight(x, "4")
	p := x.Point("line/L4")
	if got := regions(x, false, func(q int32) bool { return q == p }); got != "device/CE4 device/FE4 port/CH/4" {
		t.Error(got)
	}
	if got := regions(x, false, func(int32) bool { return true }); got != "" {
		t.Error(got)
	}
}

func TestWhichRootsAreFound(t *testing.T) {
	for _, c := range []struct {
		says, network string
		soft          bool
		story         func(x *infertest.Scene)
		want          string
	}{
		{"a cable, when all its tails are dark", street, false,
			func(x *infertest.Scene) { noLight(x, "1", "2", "3") }, "cable/CBL-A"},
		{"not the cable, when only the others' router is dark too", street, false, func(x *infertest.Scene) {
			noLight(x, "1", "2", "3")
			x.Wait(10 * time.Second)
			noLight(x, "4")
		}, "cable/CBL-A device/FE4"},
		{"the power, when a last gasp came", street, false, func(x *infertest.Scene) {
			noLight(x, "4")
			x.Raise("power_fail", "device/FE4")
		}, "power/P4"},
		{"two customers' power, with a gasp of each", street, false, func(x *infertest.Scene) {
			noLight(x, "1", "4")
			x.Raise("power_fail", "device/FE1 device/FE4")
		}, "power/P1 power/P4"},
		{"the customer's router, when its far end is well and its port is down", street, false,
			func(x *infertest.Scene) {
				dark(x, "4")
				x.Raise("customer_port_down", "device/FE4")
			}, "device/CE4"},
		{"the chassis, when all behind it is dark and what is before it answers", street, false,
			func(x *infertest.Scene) {
				dark(x, "1", "2", "3", "4")
				x.Raise("unreachable", "device/CH")
				x.Sweep()
			}, "device/CH"},
		{"a card, when its ports are dark and those of no other", street + "risk CH/c card port/CH/1;port/CH/2;port/CH/4",
			false, func(x *infertest.Scene) { noLight(x, "1", "2", "4") }, "card/CH/c"},
		{"a cut of a ring, by its ports", bow, false,
			func(x *infertest.Scene) { x.Raise("link_down", "port/N1/e port/N2/w") }, "cable/CBL-2"},
		{"two cuts of a ring that isolate nobody, each by itself", bow, false, func(x *infertest.Scene) {
			x.Raise("los,link_down", "port/N1/e port/N2/w port/N2/e port/N3/w")
		}, "cable/CBL-2 cable/CBL-3"},
		{"the node, when its neighbours' ports and it are dark", bow, false, func(x *infertest.Scene) {
			x.Raise("link_down", "port/N1/e port/N3/w")
			x.Raise("unreachable", "device/N2 device/C2 line/L2")
		}, "device/N2"},
		{"both cuts together, when the ports of all ends tell of them and two nodes between are dark", bow, false,
			func(x *infertest.Scene) {
				x.Raise("los,link_down", "port/H1/e port/N1/w port/N3/e port/H2/w")
				x.Raise("unreachable", "device/N1 device/N2 device/N3 device/C1 device/C2 device/C3")
				x.Raise("unreachable", "line/L1 line/L2 line/L3")
			}, "cable/CBL-1+cable/CBL-4"},
		{"the station, when all that it sees is dark and nothing else is known", "use town\n", false,
			func(x *infertest.Scene) {
				for d := range strings.FieldsSeq("CR1 CR2 CR3 N1 N2 N3 N4 N5 CH1 CH2 CH3 CH4 CH5") {
					x.Raise("unreachable", "device/"+d)
				}
				for n := range 20 {
					at := fmt.Sprintf("%d-%d", n/4+1, n%4+1)
					x.Raise("unreachable", "device/CPE-"+at+" line/LN-"+at)
				}
			}, "station/st1"},
		{"nothing, when a trap tells of a consequence alone", street, false,
			func(x *infertest.Scene) { x.Raise("ais", "port/CH/1") }, ""},
		{"the feeder, when all ONUs of a port are missing", "use pon", false,
			func(x *infertest.Scene) {
				x.Raise("far_end_missing", "device/ONU1 device/ONU2 device/ONU3 device/ONU4")
			},
			"cable/CBL-F"},
		{"the branch, when those behind the second splitter are", "use pon", false,
			func(x *infertest.Scene) { x.Raise("far_end_missing", "device/ONU3 device/ONU4"); x.Sweep() }, "cable/CBL-D0"},
		{"the link of a port that works badly", street, true,
			func(x *infertest.Scene) { x.Raise("rx_power_low", "port/CH/1") }, "link/T1"},
		{"the cable, when three of its ports do", street, true,
			func(x *infertest.Scene) { x.Raise("rx_power_low", "port/CH/1 port/CH/2 port/CH/3") }, "cable/CBL-A"},
		{"a device that is too hot", street, true,
			func(x *infertest.Scene) { x.Raise("overheated", "device/CE4") }, "device/CE4"},
	} {
		t.Run(c.says, func(t *testing.T) {
			x := infertest.NewScene(t, c.network)
			x.Wait(time.Second)
			c.story(x)
			if got := found(x, c.soft, nil); got != c.want {
				t.Errorf("found %s, want %s", got, c.want)
			}
		})
	}
}

func TestABonusTurnsAChoiceThatIsOpen(t *testing.T) {
	x := infertest.NewScene(t, street)
	noLight(x, "4")
	for root, bonus := range map[string]float32{"cable/CBL-B": weight.Incumbent, "link/T4": weight.Planned,
		"power/P4": weight.Planned} {
		if got := found(x, false, map[int32]float32{x.Comp(root): bonus}); got != root {
			t.Errorf("with a bonus for %s it is %s", root, got)
		}
	}
	if got := found(x, false, map[int32]float32{x.Comp("device/CR"): weight.Planned}); got == "device/CR" {
		t.Error("work on a router explains one customer among four")
	}
	sure := map[int32]float32{x.Comp("station/default"): weight.Sure}
	if got := found(x, false, sure); !strings.Contains(got, "station/default") {
		t.Errorf("a station that is sure to be cut off is not held: %s", got)
	}
}

func TestARootExplainsOnlyWhatBeganWithItOrLater(t *testing.T) {
	x := infertest.NewScene(t, street)
	noLight(x, "1")
	x.Wait(time.Minute)
	noLight(x, "2", "3")
	x.Raise("unreachable", "device/CH device/AN line/L4 device/CE4")
	for _, c := range claimsOf(x, false, nil) {
		first := slices.Min(c.Points)
		for _, p := range c.Points {
			if x.S.Since(p) < c.Began {
				t.Errorf("%s began at %d and explains %s of before", x.Subjects(c.Roots), c.Began, x.Points([]int32{first}))
			}
		}
	}
	if n := len(claimsOf(x, false, nil)); n < 2 {
		t.Errorf("%d claims: an old fault and a new one behind the same hub are one", n)
	}
}

func TestAManagementAddressMakesNoFaultBeginEarlier(t *testing.T) {
	for says, c := range map[string]struct{ gap, want time.Duration }{
		"it died an hour before, and that was another matter": {time.Hour, time.Hour},
		"it died a minute before, as the first sign":          {time.Minute, 0},
	} {
		x := infertest.NewScene(t, street)
		x.Raise("unreachable", "device/CE4")
		x.Wait(c.gap)
		x.Raise("unreachable", "line/L4")
		for _, cl := range claimsOf(x, false, nil) {
			if len(cl.Points) == 2 && time.Duration(cl.Began-infertest.Noon.UnixNano()) != c.want {
				t.Errorf("%s: it began after %v", says, time.Duration(cl.Began-infertest.Noon.UnixNano()))
			}
		}
	}
}

func TestProbabilitiesOfAClaimSumToOne(outer *testing.T) {
	all := strings.Fields("device/N1 device/N2 device/N3 device/C1 device/C2 device/C3 line/L1 line/L2 line/L3 device/H2")
	ports := strings.Fields("port/H1/e port/N1/w port/N1/e port/N2/w port/N2/e port/N3/w port/N3/e port/H2/w port/N1/g")
	rapid.Check(outer, func(t *rapid.T) {
		y := infertest.NewScene(outer, bow)
		for range rapid.IntRange(1, 10).Draw(t, "symptoms") {
			y.Wait(time.Duration(rapid.IntRange(0, 3000).Draw(t, "ms")) * time.Millisecond)
			if rapid.Bool().Draw(t, "port") {
				y.Raise("los", rapid.SampledFrom(ports).Draw(t, "where"))
			} else {
				y.Raise("unreachable", rapid.SampledFrom(all).Draw(t, "where"))
			}
		}
		raised := map[int32]int{}
		for _, c := range claimsOf(y, false, nil) {
			sum := 0.0
			for _, d := range c.Domains {
				sum += d.P
			}
			if len(c.Domains) > 0 && math.Abs(sum-1) > 0.001 {
				t.Fatalf("domains sum to %v", sum)
			}
			for _, class := range c.Classes {
				total := 0.0
				for i, m := range class {
					total += m.P
					if i > 0 && m.Score > class[i-1].Score {
						t.Fatal("a class is not in order")
					}
				}
				if total > 1.0001 || total < 0.9 {
					t.Fatalf("a class sums to %v", total)
				}
			}
			if len(c.Roots) > 0 && len(c.Classes) != len(c.Roots) {
				t.Fatalf("%d roots, %d classes", len(c.Roots), len(c.Classes))
			}
			for _, p := range c.Points {
				raised[p]++
			}
		}
		for p, n := range raised {
			if n != 1 || !y.S.Hard(p) {
				t.Fatalf("%s is explained %d times, raised %v", y.Points([]int32{p}), n, y.S.Hard(p))
			}
		}
	})
}

func TestAStationThatSaysThatItIsCutOff(t *testing.T) {
	x := infertest.NewScene(t, street)
	s := New(x.M, x.S)
	if all := s.CutOff(); len(all) != 0 {
		t.Error("claimed before it says anything")
	}
	x.Isolate()
	all := s.CutOff()
	if len(all) != 1 || x.Subjects(all[0].Roots) != "station/default" || !all[0].Certain || len(all[0].Points) != 0 {
		t.Fatalf("claims: %v", all)
	}
	x.Raise("unreachable", "line/L1")
	if all := s.CutOff(); len(all) != 0 {
		t.Error("what it sees dark is for the search to explain")
	}
}

func TestNearlyAllIsNineInTenAndAtLeastFour(t *testing.T) {
	devices := strings.Fields("device/CR device/AN device/CH device/CE1 device/CE2 device/CE3 device/CE4 " +
		"line/L1 line/L2 line/L3")
	for n, want := range map[int]bool{0: false, 3: false, 8: false, 10: false} { // of twelve
		x := infertest.NewScene(t, street)
		x.Raise("unreachable", strings.Join(devices[:n], " "))
		if got := New(x.M, x.S).NearlyAll(0, x.S.Raised()); got != want {
			t.Errorf("%d of twelve: %v", n, got)
		}
		x.Raise("unreachable", strings.Join(devices, " ")+" line/L4")
		if !New(x.M, x.S).NearlyAll(0, x.S.Raised()) {
			t.Error("eleven of twelve are not nearly all")
		}
	}
	small := infertest.NewScene(t, "site S exchange\nsite P customer\ndevice R router S core data\n"+
		"device C cpe P premises data\nlink K R/1 C/1 tail\nline L C R")
	small.Raise("unreachable", "device/R device/C line/L")
	if New(small.M, small.S).NearlyAll(0, small.S.Raised()) {
		t.Error("three of three are enough to say so")
	}
}
