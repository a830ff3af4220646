package model

import (
	"github.com/linewarden/linewarden/collector/inventory"
)

// way is a path taken apart: what stands in series and where protection is.
type way struct {
	atoms []int32
	segs  []int32
}

// takeApart splits a path into its series atoms and its protected segments. A
// run of consecutive links with a protection domain becomes one segment of the
// joint area; pinned paths are series all along.
func (m *Model) takeApart(p inventory.Path, pinned bool) way {
	w := way{atoms: make([]int32, 0, 2*len(p.Devices)+2)}
	for i := 0; i < len(p.Devices); i++ {
		d := m.deviceAt[p.Devices[i]]
		w.atoms = append(w.atoms, d)
		if i == len(p.Links) {
			break
		}
		l := m.linkAt[p.Links[i]]
		if m.inv.Links[l].Protection == "" || pinned {
			w.atoms = append(w.atoms, m.linkAtom(l))
			continue
		}
		end := i
		var names []string
		for end < len(p.Links) {
			name := m.inv.Links[m.linkAt[p.Links[end]]].Protection
			if name == "" {
				break
			}
			if len(names) == 0 || names[len(names)-1] != name {
				names = append(names, name)
			}
			end++
		}
		w.segs = append(w.segs, m.segment(m.areaOf(names), d, m.deviceAt[p.Devices[end]]))
		i = end - 1 // the loop steps on to the device at the end of the run
	}
	return w
}

// chain is the way from a station to a device. Where the last step has no
// protection it is the way to the device before and that step, and the ways to
// devices that others hang on are remembered.
func (m *Model) chain(ways map[int32]way, s int32, id string) (way, bool) {
	path, ok := m.inv.Chain(m.inv.Stations[s].ID, id)
	if !ok {
		return way{}, false
	}
	n := len(path.Links)
	if n == 0 {
		return m.takeApart(path, false), true
	}
	l := m.linkAt[path.Links[n-1]]
	if m.inv.Links[l].Protection != "" {
		return m.takeApart(path, false), true
	}
	parent := m.deviceAt[path.Devices[n-1]]
	w, known := ways[parent]
	if !known {
		w = m.takeApart(inventory.Path{Devices: path.Devices[:n], Links: path.Links[:n-1]}, false)
		ways[parent] = w
	}
	atoms := make([]int32, len(w.atoms), len(w.atoms)+2)
	copy(atoms, w.atoms)
	return way{atoms: append(atoms, m.linkAtom(l), m.deviceAt[id]), segs: w.segs}, true
}
