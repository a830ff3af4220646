package life

import (
	"slices"

	"github.com/linewarden/linewarden/correlator/infer/search"
	"github.com/linewarden/linewarden/correlator/infer/statement"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// SilentCollector is a fault of the monitoring: a collector that announces its
// heartbeats and has not been heard for too long. What it watched is unknown
// meanwhile, and nothing of it clears.
type SilentCollector struct {
	name    string
	id      string
	version uint64
	found   int64
	began   int64 // last heard
	spoke   int64 // heard again then; 0
	said    *verdict.Verdict
}

func (c *SilentCollector) rank() rank { return rank{c.began, -1, c.id} }

// due is when there is something to say of it; 0 if there is not.
func (c *SilentCollector) due() int64 {
	if c.said == nil {
		return c.found
	}
	return c.spoke
}

// nextSilent is when the next collector will have been silent for too long.
func (b *Book) nextSilent() int64 {
	at := int64(0)
	for _, c := range b.s.Collectors(int64(b.opt.Silent)) {
		if f := b.silence(c.Name); (f == nil || f.said == nil) && (at == 0 || c.Late < at) {
			at = c.Late
		}
	}
	return at
}

// silence is the fault of a collector, or nil.
func (b *Book) silence(name string) *SilentCollector {
	if i := slices.IndexFunc(b.silent, func(c *SilentCollector) bool { return c.name == name }); i >= 0 {
		return b.silent[i]
	}
	return nil
}

// WatchCollectors opens a fault for each collector that has fallen silent, and ends
// it when it speaks again.
func (b *Book) WatchCollectors(t int64) {
	for _, c := range b.s.Collectors(int64(b.opt.Silent)) {
		f := b.silence(c.Name)
		switch late := t >= c.Late; {
		case late && f == nil:
			b.silent = append(b.silent, &SilentCollector{name: c.Name, found: t, began: c.Last})
			b.sort()
		case !late && f != nil && f.said != nil && f.spoke == 0:
			f.spoke = t
		}
	}
}

// sayCollector says that a collector is silent, or that it speaks again.
func (b *Book) sayCollector(c *SilentCollector, t int64) verdict.Verdict {
	c.version++
	if c.said != nil {
		v := *c.said
		v.Version, v.State, v.Epoch, v.NextTest = c.version, verdict.Cleared, b.opt.Epoch, ""
		v.Decided, v.Cleared = statement.UTC(t), statement.UTC(c.spoke)
		c.said = &v
		return v
	}
	if c.id == "" {
		c.id = b.newID(c.name, &search.Claim{}, c.began, t)
	}
	v := b.writer.Silent(c.name)
	v.ID, v.Epoch, v.Version, v.State = c.id, b.opt.Epoch, c.version, verdict.Open
	v.Started, v.Decided = statement.UTC(c.began), statement.UTC(t)
	c.said = &v
	return v
}
