package model

import (
	"slices"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/correlator/verdict"
)

func domainOf(l inventory.Layer) verdict.Domain {
	switch l {
	case inventory.Premises:
		return verdict.Premises
	case inventory.Tail:
		return verdict.Tail
	case inventory.Trunk:
		return verdict.Trunk
	case inventory.Core:
		return verdict.Core
	case inventory.Backbone:
		return verdict.Backbone
	}
	return verdict.UndeterminedDomain
}

var layers = []inventory.Layer{
	inventory.Premises, inventory.Tail, inventory.Trunk, inventory.Core, inventory.Backbone,
}

// innermost is the layer of a shared risk: that of the most important part it takes.
func innermost(a, b inventory.Layer) inventory.Layer {
	if slices.Index(layers, b) > slices.Index(layers, a) {
		return b
	}
	return a
}

// layerOf is the given layer, or else that of the innermost part.
func (m *Model) layerOf(given inventory.Layer, atoms []int32) inventory.Layer {
	if given != "" {
		return given
	}
	var layer inventory.Layer
	devices := int32(len(m.inv.Devices))
	for _, a := range atoms {
		switch {
		case a < devices:
			layer = innermost(layer, m.inv.Devices[a].Layer)
		case a < devices+int32(len(m.inv.Links)):
			layer = innermost(layer, m.inv.Links[a-devices].Layer)
		}
	}
	return layer
}

// Depth is how far inwards an atom lies; a customer's port is outermost.
func (m *Model) Depth(atom int32) int {
	devices := int32(len(m.inv.Devices))
	switch {
	case atom < devices:
		return slices.Index(layers, m.inv.Devices[atom].Layer)
	case atom < devices+int32(len(m.inv.Links)):
		return slices.Index(layers, m.inv.Links[atom-devices].Layer)
	}
	return -1
}
