package verdict

import "slices"

// None reports whether no line is touched.
func (l Lines) None() bool { return len(l.Down)+len(l.Degraded)+len(l.AtRisk) == 0 }

// Has reports whether the line is touched.
func (l Lines) Has(id string) bool {
	return slices.Contains(l.Down, id) || slices.Contains(l.Degraded, id) || slices.Contains(l.AtRisk, id)
}

// All is every line touched, without repeats, in the order down, degraded, at
// risk. The engine gives each list sorted, which saves looking every line up in
// a map; lists in another order, as a person may write them, are taken as well.
func (l Lines) All() []string {
	if l.None() {
		return nil
	}
	lists := [][]string{l.Down, l.Degraded, l.AtRisk}
	if slices.ContainsFunc(lists, func(ids []string) bool { return !rising(ids) }) {
		return union(lists)
	}
	all := make([]string, 0, len(l.Down)+len(l.Degraded)+len(l.AtRisk))
	all = append(all, l.Down...)
	for i, ids := range lists[1:] {
		for _, id := range ids {
			if !among(id, lists[:i+1]) {
				all = append(all, id)
			}
		}
	}
	return all
}

func rising(ids []string) bool {
	for i := 1; i < len(ids); i++ {
		if ids[i-1] >= ids[i] {
			return false
		}
	}
	return true
}

func among(id string, sorted [][]string) bool {
	return slices.ContainsFunc(sorted, func(ids []string) bool {
		_, found := slices.BinarySearch(ids, id)
		return found
	})
}

func union(lists [][]string) []string {
	seen := map[string]bool{}
	var all []string
	for _, id := range slices.Concat(lists...) {
		if !seen[id] {
			seen[id] = true
			all = append(all, id)
		}
	}
	return all
}
