package inventory

import "strings"

// search is a breadth-first search of the core, with buffers that serve again
// and again. Where several shortest ways exist, it takes the one whose links,
// read from the A end, come first by id.
//
// A CPE carries nobody else's traffic: the search ends there, and goes through
// only if there is no other way (open).
type search struct {
	t       *topology
	inv     *Inventory
	round   int32
	seen    []int32 // round in which it was reached
	dist    []int32
	parent  []int32 // link towards the source
	queue   []int32
	blocked bool // a CPE stopped the search somewhere
}

func newSearch(inv *Inventory, t *topology) *search {
	n := len(t.core)
	return &search{t: t, inv: inv, seen: make([]int32, n), dist: make([]int32, n), parent: make([]int32, n)}
}

// direction says which end of the paths the source is.
type direction bool

const (
	fromA direction = false // the first to reach a device has the smallest ids so far
	fromZ direction = true  // the smallest link towards Z decides at each device
)

// run searches from source until nothing is left, or until wanted counts down
// to zero; want tells which devices count.
func (s *search) run(source int32, dir direction, open bool, want []bool, wanted int) {
	s.round++
	s.blocked = false
	s.queue = append(s.queue[:0], source)
	s.seen[source], s.dist[source], s.parent[source] = s.round, 0, -1
	if want != nil && want[source] {
		wanted--
	}
	last := int32(-1) // distance of the last wanted device, once all are found
	if want != nil && wanted == 0 {
		return
	}
	for i := 0; i < len(s.queue); i++ {
		c := s.queue[i]
		if last >= 0 && s.dist[c] >= last {
			break
		}
		if s.t.dead[c] && c != source && !open {
			s.blocked = true
			continue
		}
		for _, e := range s.t.edges.of(int(c)) {
			if s.seen[e.to] == s.round {
				if dir == fromZ && s.dist[e.to] == s.dist[c]+1 && s.before(e.link, s.parent[e.to]) {
					s.parent[e.to] = e.link
				}
				continue
			}
			s.seen[e.to], s.dist[e.to], s.parent[e.to] = s.round, s.dist[c]+1, e.link
			s.queue = append(s.queue, e.to)
			if want != nil && want[e.to] {
				if wanted--; wanted == 0 {
					last = s.dist[e.to]
				}
			}
		}
	}
}

func (s *search) before(a, b int32) bool {
	return strings.Compare(s.inv.Links[a].ID, s.inv.Links[b].ID) < 0
}

// reached tells whether the last run came to a device of the core.
func (s *search) reached(c int32) bool { return s.seen[c] == s.round }

// back appends the links from c to the source of the last run.
func (s *search) back(links []int32, c int32) []int32 {
	return followParents(s.inv, s.t, s.parent, links, c)
}

// followParents appends the links from c to where the parents lead.
func followParents(inv *Inventory, t *topology, parent, links []int32, c int32) []int32 {
	for parent[c] >= 0 {
		l := parent[c]
		links = append(links, l)
		c = t.number[inv.across(l, t.core[c])]
	}
	return links
}

// across is the device at the other end of a link.
func (inv *Inventory) across(link, device int32) int32 {
	ends := inv.index.ends[2*link : 2*link+2]
	if ends[0] != device {
		return ends[0]
	}
	return ends[1]
}
