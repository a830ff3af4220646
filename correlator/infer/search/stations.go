package search

import (
	"slices"

	"github.com/linewarden/linewarden/correlator/infer/weight"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// CutOff claims the stations that say themselves that they are cut off, while
// nothing they see is dark yet.
func (x *Searcher) CutOff() []*Claim {
	var out []*Claim
	for st := range x.m.Stations() {
		began := x.s.Isolated(st)
		if began == 0 || x.sees(st) {
			continue
		}
		c := x.m.StationComp(st)
		out = append(out, &Claim{Roots: []int32{c}, Classes: [][]Member{{{Comp: c, P: 1}}}, Began: began, Certain: true,
			Domains: []verdict.DomainShare{{Domain: verdict.Monitoring, P: 1}}})
	}
	return out
}

// sees tells whether something a station sees is dark.
func (x *Searcher) sees(st int32) bool {
	return slices.ContainsFunc(x.s.Raised(), func(p int32) bool { return x.darkFrom(st, p) })
}

func (x *Searcher) darkFrom(st, p int32) bool {
	pt := x.m.Point(p)
	return pt.Ping && pt.Station == st && x.s.Hard(p)
}

// NearlyAll tells whether at least nine in ten of what a station could see is
// among the dark points, and enough of it to say so.
func (x *Searcher) NearlyAll(st int32, pts []int32) bool {
	n := x.s.Seen(x.m.StationComp(st), st)
	k := int32(0)
	for _, p := range pts {
		if x.darkFrom(st, p) {
			k++
		}
	}
	return k >= weight.FewSeen && 10*k >= 9*n
}
