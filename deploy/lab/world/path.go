package world

import (
	"time"

	"github.com/linewarden/linewarden/deploy/lab/plan"
)

// Path is how a packet fares between a station and a device.
type Path struct {
	Up   bool
	RTT  time.Duration
	Loss float64 // share of round trips
}

// view is the network as one station sees it.
type view struct {
	isolated bool
	paths    []Path
	todo     []int
}

// hopDelay is what a box adds to a round trip.
const hopDelay = 60 * time.Microsecond

// Path tells how a round trip from a station to a device fares.
func (w *World) Path(station, dev int) Path { return w.views[station].paths[dev] }

// Silent reports whether a device does not answer for itself, though traffic
// passes: its management address is dead, or its OAM.
func (w *World) Silent(dev int) bool { return w.devs[dev].mute }

// settlePaths floods the living network from every station: fewest hops, and
// among those the links built first. Protection is nothing but another path.
func (w *World) settlePaths() {
	for s := range w.views {
		v := &w.views[s]
		if v.paths == nil {
			v.paths = make([]Path, len(w.devs))
		}
		clear(v.paths)
		root := w.Net.Stations[s].Device
		if v.isolated || !w.devs[root].alive {
			continue
		}
		v.paths[root] = Path{Up: true, RTT: 200*time.Microsecond + w.devs[root].latency, Loss: w.devs[root].loss}
		v.todo = append(v.todo[:0], root)
		for i := 0; i < len(v.todo); i++ {
			w.spread(v, v.todo[i])
		}
	}
	w.settleGroups()
}

func (w *World) spread(v *view, d int) {
	if !w.Net.Devices[d].Forwards() {
		return
	}
	for _, p := range w.Net.Devices[d].Ports {
		l := w.Net.Ports[p].Link
		if l == plan.None || !w.links[l].up {
			continue
		}
		peer := w.Net.Across(l, d)
		if v.paths[peer].Up {
			continue
		}
		from, over, to := &v.paths[d], &w.links[l], &w.devs[peer]
		v.paths[peer] = Path{
			Up:   true,
			RTT:  from.RTT + 2*w.Net.Links[l].Latency + over.latency + to.latency + hopDelay,
			Loss: either(from.Loss, either(over.loss, to.loss)),
		}
		v.todo = append(v.todo, peer)
	}
}

// settleGroups finds the connected parts of the network, for the truth about
// lines. A customer's router hangs on a single link, so it joins nothing.
func (w *World) settleGroups() {
	if w.group == nil {
		w.group = make([]int, len(w.devs))
	}
	for i := range w.group {
		w.group[i] = i
	}
	for i := range w.links {
		if w.links[i].up {
			a, z := w.root(w.Net.Ports[w.Net.Links[i].A].Device), w.root(w.Net.Ports[w.Net.Links[i].Z].Device)
			w.group[max(a, z)] = min(a, z)
		}
	}
}

func (w *World) root(d int) int {
	for w.group[d] != d {
		w.group[d] = w.group[w.group[d]]
		d = w.group[d]
	}
	return d
}

// LineUp is the truth about a line: both ends live and are connected, and the
// customer's ports are not broken. A port that an administrator shut is no
// fault of the line.
func (w *World) LineUp(line int) bool {
	l := &w.Net.Lines[line]
	for _, p := range [...]int{l.APort, l.ZPort} {
		if p != plan.None && w.ports[p].dead > 0 {
			return false
		}
	}
	return w.devs[l.A].alive && w.devs[l.Z].alive && w.root(l.A) == w.root(l.Z)
}
