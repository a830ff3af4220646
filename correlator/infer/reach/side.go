package reach

import (
	"slices"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/correlator/infer/model"
	"github.com/linewarden/linewarden/correlator/infer/weight"
)

// Side is the end of the lines at which components lie, if all agree; else "".
func Side(m *model.Model, comps, lines []int32) string {
	side := ""
	for _, c := range comps {
		for _, l := range lines[:min(len(lines), weight.MaxSides)] {
			here := sideOf(m, c, l)
			if here == "" {
				continue
			}
			if side != "" && side != here {
				return ""
			}
			side = here
		}
	}
	return side
}

// sideOf is the end of a line on whose side of the innermost part of its way a
// component takes something away.
func sideOf(m *model.Model, comp, line int32) string {
	way := m.Line(line).Atoms
	first, last := innermost(m, way)
	for i, a := range way {
		if !slices.Contains(m.Comp(comp).Atoms, a) {
			continue
		}
		switch {
		case i < first || i == first && 2*i < len(way)-1:
			return string(inventory.EndA)
		case i > last || i == last && 2*i > len(way)-1:
			return string(inventory.EndZ)
		}
	}
	return ""
}

// innermost are the first and the last place on a way that lie deepest inwards.
func innermost(m *model.Model, way []int32) (first, last int) {
	deepest := -1
	for i, a := range way {
		switch d := m.Depth(a); {
		case d > deepest:
			deepest, first, last = d, i, i
		case d == deepest:
			last = i
		}
	}
	return first, last
}
