package life

import (
	"slices"
	"strings"

	"github.com/linewarden/linewarden/correlator/infer/statement"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// Publish gives the versions that are due, in a fixed order.
func (b *Book) Publish(t int64) []verdict.Verdict {
	var out []verdict.Verdict
	named := b.nextID
	for i, j := 0, 0; i < len(b.faults) || j < len(b.silent); {
		if i == len(b.faults) || j < len(b.silent) && b.silent[j].rank().compare(b.faults[i].rank()) < 0 {
			if c := b.silent[j]; isDue(c.due(), t) {
				out = append(out, b.sayCollector(c, t))
			}
			j++
			continue
		}
		if f := b.faults[i]; isDue(b.due(f), t) {
			if v, ok := b.speak(f, t); ok {
				out = append(out, v)
			}
		}
		i++
	}
	b.bury(t)
	if b.nextID != named {
		b.sort()
	}
	return out
}

func isDue(at, t int64) bool { return at > 0 && at <= t }

// bury takes out what is over, and remembers for a while those that may come back.
func (b *Book) bury(t int64) {
	if len(b.over) > 0 {
		open := map[string]bool{}
		for _, f := range b.faults {
			if f.out() {
				open[f.id] = true
			}
		}
		b.over = slices.DeleteFunc(b.over, func(f *Fault) bool { return t > f.ended+int64(b.opt.Flap) || open[f.id] })
	}
	b.faults = slices.DeleteFunc(b.faults, func(f *Fault) bool {
		if f.stage == Cleared && f.said.MergedInto == "" {
			b.over = append(b.over, f)
		}
		return f.stage == Cleared
	})
	b.silent = slices.DeleteFunc(b.silent, func(c *SilentCollector) bool {
		return c.said != nil && c.said.State == verdict.Cleared
	})
}

// speak makes the next version of a fault's verdict, if it differs from the last.
func (b *Book) speak(f *Fault, t int64) (verdict.Verdict, bool) {
	if f.stage == Ending {
		return b.clear(f, t), true
	}
	what := b.digest(f)
	if f.said != nil && what == f.saidWhat {
		f.differs = 0
		return verdict.Verdict{}, false
	}
	if f.id == "" {
		f.id = b.newID("", f.claim, f.began, t)
	}
	f.version++
	found := b.find(f)
	v := b.writer.Write(f.claim, f.lines, found, f.began)
	v.ID, v.Epoch, v.Version, v.State, v.SplitFrom = f.id, b.opt.Epoch, f.version, verdict.Open, f.splitFrom
	v.Started, v.Decided = statement.UTC(f.began), statement.UTC(t)
	if f.keepsPlace() {
		v.Domains, v.Confidence = f.said.Domains, f.said.Confidence
	} else {
		v.Confidence = statement.Confidence(f.claim, found)
	}
	f.said, f.saidWhat, f.saidAt, f.differs, f.saidSoft = &v, what, t, 0, f.claim.Soft
	if f.stage == Held {
		f.enter(Open)
	}
	return v, true
}

// clear says that a fault is over: what it explained is well again, or another
// fault explains it.
func (b *Book) clear(f *Fault, t int64) verdict.Verdict {
	v := *f.said
	f.version++
	v.Version, v.State, v.Epoch, v.NextTest = f.version, verdict.Cleared, b.opt.Epoch, ""
	v.Decided, v.Cleared = statement.UTC(t), statement.UTC(f.ended)
	if f.into != nil && f.into.id != "" {
		v.MergedInto = f.into.id
	}
	f.said = &v
	f.enter(Cleared)
	return v
}

// find is what can be said of a fault now.
func (b *Book) find(f *Fault) statement.Finding {
	if f.keepsPlace() {
		return statement.Recovering(f.said, f.lines)
	}
	return b.writer.Find(f.claim, f.lines, f.workTil > 0)
}

// compare notes since when a fault differs from what was said of it.
func (b *Book) compare(f *Fault, t int64) {
	if f.said == nil {
		return
	}
	if b.digest(f) == f.saidWhat {
		f.differs = 0
	} else if f.differs == 0 {
		f.differs = t
	}
}

func (b *Book) digest(f *Fault) digest {
	found := b.find(f)
	return digest{outcome: found.Outcome, domain: found.Domain, roots: rootNames(found.Roots),
		lines: f.lines.Sum(), began: f.began}
}

// rootNames are the roots in their order.
func rootNames(roots []verdict.RootCause) string {
	var all strings.Builder
	for _, r := range roots {
		all.WriteString(string(r.Subject))
		all.WriteByte(';')
	}
	return all.String()
}
