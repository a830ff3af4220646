package lab

import (
	"fmt"
	"slices"
	"strings"

	"github.com/linewarden/linewarden/deploy/lab/plan"
)

// Suggestion is a fault worth trying, with what should come of it.
type Suggestion struct{ Verb, Subject, Expect string }

// Suggest picks three faults that fit a network: a cable with several lines, a
// customer's power that goes with a last gasp, and a link of a ring. Where a
// small network's lines run over no ring, the third is the carrier's equipment
// at which its first line's tail begins.
func Suggest(n *plan.Network) []Suggestion {
	lines := make([][]int, len(n.Links))
	for i, route := range n.Routes() {
		for _, l := range route {
			lines[l] = append(lines[l], i)
		}
	}
	c, k := bestCable(n, lines)
	out := []Suggestion{
		{"cut", "cable/" + n.Cables[c].ID, "one fault in the tail, " + count(k) + " down"},
		{"poweroff", "power/" + n.Sites[gasper(n, lines)].ID, "the far end's last gasp: the customer's power"},
	}
	if l := bestRing(n, lines); l != plan.None {
		return append(out, Suggestion{"cut", "link/" + n.Links[l].ID,
			fmt.Sprintf("no line down, but %s has lost its protection", n.Links[l].Protection)})
	}
	node := n.Lines[0].A
	for n.Devices[node].Layer == "premises" {
		node = n.Across(n.Uplink(node), node)
	}
	return append(out, Suggestion{"poweroff", "device/" + n.Devices[node].ID,
		"one fault, and all that hangs on this device is down"})
}

// bestCable is the tail cable with the most lines, eight at most.
func bestCable(n *plan.Network, lines [][]int) (best, most int) {
	for i, c := range n.Cables {
		var over []int
		for _, l := range c.Links {
			over = append(over, lines[l]...)
		}
		slices.Sort(over)
		k := len(slices.Compact(over))
		if c.Layer == "tail" && k > most && (k <= 8 || most == 0) {
			best, most = i, k
		}
	}
	return best, most
}

// gasper is the site of a transceiver's far end that carries a line, or else
// of the first line's router: both are heard when their power goes.
func gasper(n *plan.Network, lines [][]int) int {
	for _, d := range n.Devices {
		if d.Kind == "transceiver" && len(lines[n.Ports[d.Ports[0]].Link]) > 0 {
			return d.Site
		}
	}
	return n.Devices[n.Lines[0].A].Site
}

// bestRing is the link of a ring with the most lines, or None.
func bestRing(n *plan.Network, lines [][]int) int {
	best, most := plan.None, 0
	for i, l := range n.Links {
		if strings.HasPrefix(l.Protection, "R") && len(lines[i]) > most {
			best, most = i, len(lines[i])
		}
	}
	return best
}

func count(lines int) string {
	if lines == 1 {
		return "1 line"
	}
	return fmt.Sprint(lines, " lines")
}
