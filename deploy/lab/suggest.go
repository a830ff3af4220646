package lab

import (
	"fmt"
	"strings"

	"github.com/linewarden/linewarden/deploy/lab/plan"
)

// Suggestion is a fault worth trying, with what should come of it.
type Suggestion struct{ Verb, Subject, Expect string }

// Suggest picks three faults that fit a network: a cable with several lines, a
// customer's power that goes with a last gasp, and a link of a ring. Small
// networks may not have all of them.
func Suggest(n *plan.Network) (out []Suggestion) {
	lines := make([]int, len(n.Links))
	for _, route := range n.Routes() {
		for _, l := range route {
			lines[l]++
		}
	}
	if c, k := bestCable(n, lines); k > 1 {
		out = append(out, Suggestion{"cut", "cable/" + n.Cables[c].ID, fmt.Sprintf("one fault in the tail, %d lines down", k)})
	}
	for _, d := range n.Devices {
		if d.Kind == "transceiver" && lines[n.Ports[d.Ports[0]].Link] > 0 {
			out = append(out, Suggestion{"poweroff", "power/" + n.Sites[d.Site].ID, "the far end's last gasp: the customer's power"})
			break
		}
	}
	best, most := plan.None, 0
	for i, l := range n.Links {
		if strings.HasPrefix(l.Protection, "R") && lines[i] > most {
			best, most = i, lines[i]
		}
	}
	if best != plan.None {
		out = append(out, Suggestion{"cut", "link/" + n.Links[best].ID, fmt.Sprintf("no line down, but %s has lost its protection", n.Links[best].Protection)})
	}
	return out
}

// bestCable is the tail cable with the most lines, eight at most.
func bestCable(n *plan.Network, lines []int) (best, most int) {
	for i, c := range n.Cables {
		sum := 0
		for _, l := range c.Links {
			sum += lines[l]
		}
		if c.Layer == "tail" && sum > most && sum <= 8 {
			best, most = i, sum
		}
	}
	return best, most
}
