package statement

import (
	"cmp"
	"slices"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/evidence"
	"github.com/linewarden/linewarden/correlator/infer/search"
	"github.com/linewarden/linewarden/correlator/infer/state"
	"github.com/linewarden/linewarden/correlator/infer/weight"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// explain writes down what speaks for and against a verdict, what is missing,
// what else could be, and what would tell them apart.
func (w *Writer) explain(v *verdict.Verdict, c *search.Claim) {
	v.Evidence.For, v.Evidence.ForTotal = w.factsFor(c)
	v.Evidence.Against, v.Evidence.Missing = w.factsAgainst(c)
	v.Evidence.AgainstTotal, v.Evidence.MissingTotal = len(v.Evidence.Against), len(v.Evidence.Missing)
	v.Evidence.For = cut(v.Evidence.For)
	v.Evidence.Against = cut(v.Evidence.Against)
	v.Evidence.Missing = cut(v.Evidence.Missing)
	v.Rivals = w.rivals(c, v.Roots)
	switch v.Outcome {
	case verdict.TwoDomains, verdict.Undetermined, verdict.DomainOnly, verdict.RootSet:
		v.NextTest = w.nextTest(c)
	}
}

func cut(all []verdict.Fact) []verdict.Fact {
	if len(all) > weight.MaxFacts {
		all = all[:weight.MaxFacts]
	}
	if all == nil {
		return []verdict.Fact{}
	}
	return all
}

// raisedFact is a symptom in force and its weight, before it is written out.
type raisedFact struct {
	r *state.Record
	w float32
}

func raisedOrder(a, b raisedFact) int {
	x, y := &a.r.Symptom, &b.r.Symptom
	return cmp.Or(cmp.Compare(b.w, a.w), x.Since.Compare(y.Since), cmp.Compare(a.r.Point, b.r.Point),
		cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Observer, y.Observer))
}

// factsFor are the symptoms that the claim explains, strongest and earliest
// first, and the devices that answer and so prove what lies before them good;
// and how many there are.
func (w *Writer) factsFor(c *search.Claim) ([]verdict.Fact, int) {
	found, total := w.strongest(c)
	var out []verdict.Fact
	for _, x := range found {
		end := ""
		if w.m.Point(x.r.Point).Line >= 0 {
			_, end = w.m.SubjectOf(x.r.Point)
		}
		s := &x.r.Symptom
		out = append(out, verdict.Fact{Observer: s.Observer, Subject: s.Subject, End: end, Kind: s.Kind, State: "raised",
			Value: s.Value, Unit: s.Unit, Since: s.Since.UTC(), Weight: round2(x.w)})
	}
	hosts := map[int32]bool{}
	for _, p := range c.Points {
		h := w.m.Point(p).Host
		if h < 0 || hosts[h] {
			continue
		}
		hosts[h] = true
		if at := w.m.DevicePoint(0, h); w.s.Mask(at) == 0 && w.s.Healthy(at, c.Began) {
			total++
			out = append(out, w.healthy(at, -evidence.HealthyPing, "it answers, so that all before it is good"))
		}
	}
	slices.SortFunc(out, factOrder)
	return out, total
}

// strongest are the first of the symptoms in force that a claim explains, and how
// many there are. A burst has tens of thousands: only the best are kept on the way.
func (w *Writer) strongest(c *search.Claim) (found []raisedFact, total int) {
	for _, p := range c.Points {
		for r := range w.s.Records(p) {
			if !r.Live {
				continue
			}
			total++
			if found = append(found, raisedFact{r, w.says(r, c)}); len(found) == 4*weight.MaxFacts {
				slices.SortFunc(found, raisedOrder)
				found = found[:weight.MaxFacts]
			}
		}
	}
	slices.SortFunc(found, raisedOrder)
	return found[:min(len(found), weight.MaxFacts)], total
}

// says is what a symptom says for the roots: the most it says for one of them.
func (w *Writer) says(r *state.Record, c *search.Claim) float32 {
	weights := evidence.Raised
	if c.Soft {
		weights = evidence.Impaired
	}
	of := weights(evidence.Of(r.Symptom.Kind))
	best := float32(0)
	for _, en := range w.m.Entries(r.Point) {
		if x := of[en.Rel()]; (best == 0 || x > best) && slices.Contains(c.Roots, en.Comp()) {
			best = x
		}
	}
	if best == 0 && len(c.Roots) > 1 {
		return weight.Joint
	}
	return best
}

// healthy is the fact that a point is well.
func (w *Writer) healthy(p int32, weight float64, why string) verdict.Fact {
	f := w.silent(p, "healthy", why)
	f.Since, f.Weight = UTC(max(w.s.Alive(p), w.s.AsOf(p))), weight
	return f
}

// silent is a fact about a point of which nothing is raised.
func (w *Writer) silent(p int32, is, why string) verdict.Fact {
	s, end := w.m.SubjectOf(p)
	return verdict.Fact{Subject: s, End: end, Kind: symptom.Unreachable, State: is, Why: why}
}

// factsAgainst are the services that stayed up although the roots would have
// them down, and those of which nothing is known.
func (w *Writer) factsAgainst(c *search.Claim) (against, missing []verdict.Fact) {
	if len(c.Roots) != 1 || c.Soft {
		return nil, nil
	}
	for _, l := range w.m.LinesOf(c.Roots[0]) {
		if !w.m.Line(l).Active {
			continue
		}
		a, z := w.m.LinePoints(0, l)
		for _, p := range [2]int32{a, z} {
			switch {
			case !w.m.Point(p).Ping || w.s.Hard(p):
			case w.s.Healthy(p, c.Began):
				against = append(against, w.healthy(p, evidence.HealthyPing, "it stayed up"))
			default:
				missing = append(missing, w.silent(p, "unknown", "not swept since the fault began"))
			}
		}
	}
	slices.SortFunc(against, factOrder)
	slices.SortFunc(missing, factOrder)
	return against, missing
}

func factOrder(a, b verdict.Fact) int {
	return cmp.Or(cmp.Compare(b.Weight, a.Weight), a.Since.Compare(b.Since), cmp.Compare(a.Subject, b.Subject),
		cmp.Compare(a.End, b.End), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Observer, b.Observer))
}

func round2(x float32) float64 { return float64(int64(float64(x)*100)) / 100 }
