package search

import (
	"cmp"
	"math"
	"slices"

	"github.com/linewarden/linewarden/correlator/infer/model"
	"github.com/linewarden/linewarden/correlator/infer/weight"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// Member is a component with what it is worth as an explanation.
type Member struct {
	Comp  int32
	Score float32 // log posterior up to a constant
	LLR   float32 // the same without its prior
	Sure  float32 // the same without what is merely not known yet
	P     float64
}

// Claim is what the search says of one fault: its roots, who rivals them, and
// what they explain.
type Claim struct {
	Soft    bool
	Roots   []int32    // one, or those that only together explain it; none: undetermined
	Classes [][]Member // for each root: itself and all that may stand in its place, best first
	Points  []int32    // that it explains
	Began   int64
	Domains []verdict.DomainShare
	Certain bool // what is still due cannot change the domain
	Meets   bool // another fault breaks the same area: they may be one
}

// Believed are the members of a class that are within the margin of the best.
func Believed(class []Member) []Member {
	for i, x := range class {
		if x.Score < class[0].Score-weight.Margin {
			return class[:i]
		}
	}
	return class
}

// Sharp tells whether each root is sure, and not only the domain, and whether
// it would be so without what is merely not known yet.
func (c *Claim) Sharp() bool {
	for _, class := range c.Classes {
		best, sum := class[0].Sure, 0.0
		for _, x := range class {
			sum += math.Exp(min(float64(x.Sure-best), 50))
		}
		if class[0].P < weight.Decided || 1/sum < weight.Decided {
			return false
		}
	}
	return true
}

// judge sums the probabilities of the rivals by domain.
func (c *Claim) judge(m *model.Model) {
	share, sure := map[verdict.Domain]float64{}, map[verdict.Domain]float64{}
	for _, class := range c.Classes {
		best := float32(math.Inf(-1))
		for _, x := range class {
			best = max(best, x.Sure)
		}
		sum := 0.0
		part := map[verdict.Domain]float64{}
		for _, x := range class {
			p := math.Exp(float64(x.Sure - best))
			part[m.Comp(x.Comp).Domain] += p
			sum += p
			share[m.Comp(x.Comp).Domain] += x.P / float64(len(c.Classes))
		}
		for d, p := range part {
			sure[d] += p / sum / float64(len(c.Classes))
		}
	}
	c.Domains = nil
	for d, p := range share {
		c.Domains = append(c.Domains, verdict.DomainShare{Domain: d, P: math.Round(p*1e4) / 1e4})
	}
	slices.SortFunc(c.Domains, func(a, b verdict.DomainShare) int {
		return cmp.Or(cmp.Compare(b.P, a.P), cmp.Compare(a.Domain, b.Domain))
	})
	c.Certain = len(c.Domains) > 0 && c.Domains[0].P >= weight.Decided &&
		sure[c.Domains[0].Domain] >= weight.Decided
}
