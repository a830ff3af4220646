package snmp

import (
	"slices"
	"time"

	"github.com/linewarden/linewarden/collector/probe"
	"github.com/linewarden/linewarden/collector/symptom"
)

// shortestRate is the shortest time over which a counter's growth is judged.
const shortestRate = 5 * time.Second

// verdicts is what one poll says: for each subject and kind the worst of what
// its columns say, since a port that loses frames one way is not well because
// the other way is.
type verdicts struct {
	target  *Target
	samples []probe.Sample
	quiet   map[string]bool // ports where somebody is working
	covered []covered
}

// covered is a kind that can be observed at a device or at what belongs to it.
type covered struct {
	device string
	kind   symptom.Kind
}

// add takes a sample in. Others on the same subject and kind are looked for
// from a place on: what a row of a table speaks about, no other row does.
func (v *verdicts) add(s probe.Sample, canRaise bool, from int) {
	if device := s.Subject.Device(); canRaise && device != "" {
		if c := (covered{device, s.Kind}); len(v.covered) == 0 || v.covered[len(v.covered)-1] != c {
			v.covered = append(v.covered, c)
		}
	}
	for i := from; i < len(v.samples); i++ {
		if old := &v.samples[i]; old.Kind == s.Kind && old.Subject == s.Subject {
			if gravity(s.Judgement) > gravity(old.Judgement) {
				*old = s
			}
			return
		}
	}
	v.samples = append(v.samples, s)
}

// gravity orders judgements. Undecided outweighs normal: one column's normal
// must not withdraw what another column still has between its thresholds.
func gravity(j probe.Judgement) int {
	switch j {
	case probe.Abnormal:
		return 2
	case probe.Keep:
		return 1
	}
	return 0
}

// judge reads the whole grid. base holds the counters' last values.
func (v *verdicts) judge(p *plan, now, base grid) {
	for n, row := range now {
		speed := 0.0
		if at := p.portMap.profile.speed; at >= 0 {
			speed = float64(row[at].raw)
		}
		name, port, from := "", Port{}, len(v.samples)
		if n > 0 {
			name = p.ports[n-1]
			port = v.target.Ports[name]
		}
		for _, c := range p.portMap.profile.columns {
			if !row[c.id].known() {
				continue
			}
			for k := range c.Judges {
				j := &c.Judges[k]
				subject, ok := v.subject(j, p, n, port)
				if !ok {
					continue
				}
				s, ok := c.apply(j, row, base[n], speed)
				if !ok {
					continue
				}
				if len(j.quiet) > 0 && holds(j.quiet, row) == yes {
					v.working(name)
				}
				s.Subject, s.Kind, s.Unit, s.At = subject, j.Kind, c.Unit, row[c.id].sent
				v.add(s, j.canRaise(), from)
			}
		}
	}
}

func (v *verdicts) working(port string) {
	if v.quiet == nil {
		v.quiet = map[string]bool{}
	}
	v.quiet[port] = true
}

// subject is what a judge speaks about, if that is anybody's business.
func (v *verdicts) subject(j *Judge, p *plan, row int, port Port) (symptom.Subject, bool) {
	if j.Subject == "device" {
		return p.subjects[0], true
	}
	if row == 0 {
		return "", false
	}
	if !port.used(j.For) {
		if _, named := v.target.Ports[p.ports[row-1]]; named || !v.target.All {
			return "", false
		}
	}
	if j.Subject == "far_end" {
		if p.farEnds[row] != "" {
			return p.farEnds[row], true
		}
		return p.subjects[row], v.target.All
	}
	return p.subjects[row], true
}

// apply judges one column of one row.
func (c *Column) apply(j *Judge, row, base []cell, speed float64) (probe.Sample, bool) {
	if holds(j.needs, row) != yes {
		return probe.Sample{}, false
	}
	value, valid, ok := c.value(row, base)
	if !ok {
		return probe.Sample{}, false
	}
	if len(j.quiet) > 0 && holds(j.quiet, row) == yes {
		return probe.Sample{Judgement: probe.Normal, Value: value}, true
	}
	switch holds(j.while, row) {
	case no:
		if !valid && j.Invalid == "" {
			return probe.Sample{}, false
		}
		return probe.Sample{Judgement: probe.Normal, Value: value}, true
	case unknown:
		return probe.Sample{}, false
	}
	if !valid {
		switch j.Invalid {
		case "abnormal":
			return probe.Sample{Judgement: probe.Abnormal}, true
		case "normal":
			return probe.Sample{Judgement: probe.Normal}, true
		}
		return probe.Sample{}, false
	}
	return probe.Sample{Judgement: j.compare(row[c.id].raw, value, speed), Value: value}, true
}

// compare is the threshold or the list of values itself.
func (j *Judge) compare(raw int64, value, speed float64) probe.Judgement {
	switch {
	case slices.Contains(j.Abnormal, raw):
		return probe.Abnormal
	case slices.Contains(j.Normal, raw):
		return probe.Normal
	}
	if l, ok := limitFor(j.Below, speed); ok {
		switch {
		case l.Floor != nil && value <= *l.Floor:
			return probe.Keep
		case value <= l.Raise:
			return probe.Abnormal
		case value >= l.Clear:
			return probe.Normal
		}
	}
	if l, ok := limitFor(j.Above, speed); ok {
		switch {
		case l.Floor != nil && value >= *l.Floor:
			return probe.Keep
		case value >= l.Raise:
			return probe.Abnormal
		case value <= l.Clear:
			return probe.Normal
		}
	}
	return probe.Keep
}

// limitFor picks by the port's speed; limits are sorted, fastest first.
func limitFor(limits []Limit, speed float64) (Limit, bool) {
	for _, l := range limits {
		if float64(l.Speed) <= speed {
			return l, true
		}
	}
	return Limit{}, false
}

// value is what a column's thresholds look at: the number, or its growth.
// valid is false where the device says that it has no number.
func (c *Column) value(row, base []cell) (value float64, valid, ok bool) {
	now := row[c.id]
	if c.invalid(now.raw) {
		return 0, false, true
	}
	if !c.Rate {
		value, valid = c.convert(now.raw)
		return value, valid, true
	}
	before := base[c.id]
	between := now.sent.Sub(before.sent)
	if !before.known() || between < shortestRate {
		return 0, false, false
	}
	if c.guard >= 0 && base[c.guard].raw != row[c.guard].raw {
		return 0, false, false
	}
	if uint64(now.raw) < uint64(before.raw) { // a wrap, a restart or a lie: no telling which
		return 0, false, false
	}
	value = float64(uint64(now.raw)-uint64(before.raw)) * c.Scale / between.Seconds()
	if c.over < 0 {
		return value, true, true
	}
	if !row[c.over].known() || row[c.over].raw <= 0 {
		return 0, false, false
	}
	return value / (float64(row[c.over].raw) * c.overScale), true, true
}

func (c *Column) invalid(raw int64) bool { return slices.Contains(c.Invalid, raw) }

type truth uint8

const (
	no truth = iota
	yes
	unknown // a column that the device does not have
)

// holds tells whether all conditions do. No condition always holds.
func holds(conditions []condition, row []cell) truth {
	for _, c := range conditions {
		switch {
		case !row[c.column].known():
			return unknown
		case !slices.Contains(c.in, row[c.column].raw):
			return no
		}
	}
	return yes
}

// carry moves counters on to the next poll. A base that is too fresh to be
// judged against stays, so that frequent polls do not starve the rates.
func carry(profile *Profile, base, now grid) {
	for n, row := range now {
		for _, c := range profile.columns {
			before := base[n][c.id]
			if row[c.id].known() && (!before.known() || row[c.id].sent.Sub(before.sent) >= shortestRate) {
				base[n][c.id] = row[c.id]
			}
		}
	}
}
