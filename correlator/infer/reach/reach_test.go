package reach

import (
	"strings"
	"testing"
	"time"

	"github.com/linewarden/linewarden/correlator/infer/infertest"
	"github.com/linewarden/linewarden/correlator/infer/search"
)

const (
	street = "use street\nuse street_lines\n"
	bow    = "use bow\nuse bow_lines\n"
)

// claim is one about some roots, with a class of its own for each, and about what
// is raised now.
func claim(x *infertest.Scene, roots string, soft bool) *search.Claim {
	c := &search.Claim{Soft: soft, Roots: x.Comps(roots), Began: infertest.Noon.UnixNano(), Points: x.S.Raised()}
	for _, r := range c.Roots {
		c.Classes = append(c.Classes, []search.Member{{Comp: r, P: 1}})
	}
	return c
}

func TestWhichLinesAreTouchedAndHow(t *testing.T) {
	nothing := func(*infertest.Scene) {}
	for _, c := range []struct {
		says, network, roots string
		soft                 bool
		story                func(x *infertest.Scene)
		down, bad, risk      string
	}{
		{"a cable takes its lines down", street, "cable/CBL-A", false,
			func(x *infertest.Scene) { x.Raise("los", "port/CH/1 port/CH/2 port/CH/3") }, "L1 L2 L3", "", ""},
		{"a line that is proven up is not touched", street, "cable/CBL-A", false, func(x *infertest.Scene) {
			x.Raise("los", "port/CH/1 port/CH/2")
			x.Raise("unreachable", "line/L1 line/L2")
			x.Sweep()
		}, "L1 L2", "", ""},
		{"what works badly degrades", street, "cable/CBL-A", true,
			func(x *infertest.Scene) { x.Raise("rx_power_low", "port/CH/1") }, "", "L1 L2 L3", ""},
		{"and leaves alone what works well", street, "cable/CBL-A", true, func(x *infertest.Scene) {
			x.Raise("loss", "line/L1")
			x.Sweep()
		}, "", "L1", ""},
		{"a line that is not in service has no fault", "use street\nline L1 CE1/lan BB state=suspended\nline L2 CE2/lan BB",
			"cable/CBL-A", false, func(x *infertest.Scene) { x.Raise("los", "port/CH/1 port/CH/2") }, "L2", "", ""},
		{"a station's own fault touches nobody", street, "station/default", false,
			func(x *infertest.Scene) { x.Raise("unreachable", "line/L1 line/L2") }, "", "", ""},
		{"a management address alone is nobody's outage", street, "device/CE4", false,
			func(x *infertest.Scene) { x.Raise("unreachable", "device/CE4") }, "", "", ""},
		{"with the service it is", street, "device/CE4", false,
			func(x *infertest.Scene) { x.Raise("unreachable", "device/CE4 line/L4") }, "L4", "", ""},
		{"two management addresses of a cable prove its access", street, "cable/CBL-A", false,
			func(x *infertest.Scene) { x.Raise("unreachable", "device/CE1 device/CE2") }, "L1 L2 L3", "", ""},
		{"a cut of a ring puts at risk all that cross it", bow, "link/R2", false,
			func(x *infertest.Scene) { x.Raise("link_down", "port/N1/e port/N2/w") }, "", "", "L1 L2 L3"},
		{"a cut of a ring takes a pinned line down", "use bow\nline L1 C1/lan H1\nline L2 C2/lan H1 protected=no", "link/R2",
			false, func(x *infertest.Scene) { x.Raise("link_down", "port/N1/e port/N2/w") }, "L2", "", "L1"},
		{"two cuts take down what is between, and put the others at risk", bow, "link/R2 link/R3", false,
			func(x *infertest.Scene) {
				x.Raise("link_down", "port/N1/e port/N2/w port/N2/e port/N3/w")
				x.Raise("unreachable", "device/N2 line/L2")
			}, "L2", "", "L1 L3"},
		{"what they sever and what is proven up all the same is at risk", bow, "link/R2 link/R3", false,
			func(x *infertest.Scene) {
				x.Raise("link_down", "port/N1/e port/N2/w port/N2/e port/N3/w")
				x.Sweep()
			}, "", "", "L1 L2 L3"},
		{"a node takes its own lines down and the ring's protection", bow, "device/N2", false,
			func(x *infertest.Scene) { x.Raise("unreachable", "device/N2 line/L2") }, "L2", "", "L1 L3"},
		{"a ring that works badly still protects", bow, "link/R2", true,
			func(x *infertest.Scene) { x.Raise("rx_power_low", "port/N1/e") }, "", "", ""},
		{"without a root the lines that are seen to be down are", street, "", false,
			func(x *infertest.Scene) { x.Raise("unreachable", "line/L1 line/L4") }, "L1 L4", "", ""},
		{"and those without a watch of their service, whose ends are dark and more than one",
			"use street\nline L1 CE1/lan BB target=none\nline L4 CE4/lan BB", "", false,
			func(x *infertest.Scene) { x.Raise("unreachable", "device/CE1 device/CE4") }, "L1", "", ""},
		{"but not by one management address alone", "use street\nline L1 CE1/lan BB target=none", "", false,
			func(x *infertest.Scene) { x.Raise("unreachable", "device/CE1") }, "", "", ""},
		{"nothing known of it, a router takes nobody down that another believable root would not", street, "device/CR",
			false, nothing, "", "", ""},
	} {
		t.Run(c.says, func(t *testing.T) {
			x := infertest.NewScene(t, c.network)
			c.story(x)
			cl := claim(x, c.roots, c.soft)
			got := Of(x.M, x.S, cl, []*search.Claim{cl})
			if x.Lines(got.Down) != c.down || x.Lines(got.Degraded) != c.bad || x.Lines(got.AtRisk) != c.risk {
				t.Errorf("down %s, degraded %s, at risk %s; want %s, %s, %s", x.Lines(got.Down), x.Lines(got.Degraded),
					x.Lines(got.AtRisk), c.down, c.bad, c.risk)
			}
			if got.None() != (c.down+c.bad+c.risk == "") {
				t.Errorf("nobody is touched: %v", got.None())
			}
			if x.Lines(got.Hit()) != x.Lines(append(got.Down, got.Degraded...)) {
				t.Errorf("hit are %s", x.Lines(got.Hit()))
			}
		})
	}
}

func TestALineIsDownOnlyWhereEveryBelievableRootBreaksIt(t *testing.T) {
	x := infertest.NewScene(t, street)
	x.Raise("los", "port/CH/1")
	x.Raise("unreachable", "line/L1")
	c := claim(x, "cable/CBL-A", false)
	c.Classes[0] = append(c.Classes[0], search.Member{Comp: x.Comp("link/T1"), Score: -1})
	if got := x.Lines(Of(x.M, x.S, c, nil).Down); got != "L1" {
		t.Errorf("with its link as a rival the cable takes down %s", got)
	}
	c.Classes[0][1].Score = -5
	if got := x.Lines(Of(x.M, x.S, c, nil).Down); got != "L1 L2 L3" {
		t.Errorf("with its link out of the question it takes down %s", got)
	}
}

func TestWhatTwoFaultsTakeFromARingIsMissingAtOnce(t *testing.T) {
	x := infertest.NewScene(t, bow)
	x.Raise("link_down", "port/H1/e port/N1/w")
	x.Wait(time.Minute)
	near, far := claim(x, "link/R1", false), claim(x, "link/R4", false)
	alone := Of(x.M, x.S, near, []*search.Claim{near})
	both := Of(x.M, x.S, near, []*search.Claim{near, far})
	if x.Lines(alone.AtRisk) != "L1 L2 L3" || x.Lines(both.AtRisk) != "L1 L2 L3" || len(both.Down) > 0 {
		t.Errorf("alone %v, with the other %v", alone, both)
	}
	x.Raise("unreachable", "line/L2")
	if got := Of(x.M, x.S, near, []*search.Claim{near, far}); x.Lines(got.AtRisk) != "L1 L3" {
		t.Errorf("what another fault has down is at risk here: %s", x.Lines(got.AtRisk))
	}
}

func TestTheSumTellsLinesApart(t *testing.T) {
	all := []Lines{{}, {Down: []int32{1}}, {Degraded: []int32{1}}, {AtRisk: []int32{1}}, {Down: []int32{1, 2}},
		{Down: []int32{1}, Degraded: []int32{2}}, {Down: []int32{2}}, {Down: []int32{0}}}
	for i, a := range all {
		for j, b := range all {
			if (a.Sum() == b.Sum()) != (i == j) {
				t.Errorf("%v and %v: %d, %d", a, b, a.Sum(), b.Sum())
			}
		}
	}
}

func TestTheEndOfTheLineWhereAFaultLies(t *testing.T) {
	vpn := street + "line LV CE1/v CE4/v product=vpn\n"
	for _, c := range []struct{ says, network, comps, lines, want string }{
		{"a tail of a line into the core is its end a", street, "link/T1", "L1", "a"},
		{"the router at the far end is its end z", "use bow\nline L C1/lan C3/lan product=vpn", "device/C3", "L", "z"},
		{"of a line between two customers each end has its own", vpn, "link/T1", "LV", "a"},
		{"and the other", vpn, "link/T4", "LV", "z"},
		{"what lies in the middle of a line lies at neither", vpn, "device/CH", "LV", ""},
		{"roots at both ends are at neither", vpn, "link/T1 link/T4", "LV", ""},
		{"roots at one end are at that", vpn, "link/T1 device/CE1", "LV", "a"},
		{"two lines that have it at different ends have no side in common", vpn + "line LW CE4/w CE1/w product=vpn",
			"link/T1", "LV LW", ""},
		{"what is on no line has no side", street, "link/T1", "L4", ""},
		{"a customer's port is at his end", street, "port/CE1/lan", "L1", "a"},
		{"a cable takes the side of its link on the line", street, "cable/CBL-A", "L1 L2 L3", "a"},
	} {
		t.Run(c.says, func(t *testing.T) {
			x := infertest.NewScene(t, c.network)
			var lines []int32
			for i := range x.M.Inventory().Lines {
				for _, id := range strings.Fields(c.lines) {
					if x.M.Inventory().Lines[i].ID == id {
						lines = append(lines, int32(i))
					}
				}
			}
			if got := Side(x.M, x.Comps(c.comps), lines); got != c.want {
				t.Errorf("side %q, want %q", got, c.want)
			}
		})
	}
}
