package probe

import (
	"math/bits"
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
)

// Ping is what is known of one pinged target. The zero value knows nothing.
// It is small, because there is one for each of a hundred thousand targets.
type Ping struct {
	Ever      bool  // it has answered at least once: before that, silence is an inventory finding
	misses    uint8 // in a row
	filled    uint8 // pings in window
	answers   uint16
	bad, told uint8  // kinds reported abnormal, and reported at all, as bits
	good      uint8  // answers in a row, up to goodTold
	window    uint64 // newest ping in the lowest bit; 1 is lost
	firstMiss int64  // of the present run, ns
	lastGood  int64
	recent    recent
	baseline  float32 // round trip in seconds
	jitter    float32
}

// Answer is the outcome of one ping: when it left, and what came back.
type Answer struct {
	Sent     time.Time
	Received bool
	RTT      time.Duration
	// Extra marks a ping outside the schedule: a confirmation, a question to a
	// neighbour. It tells life from death, but says nothing of the share lost,
	// because it was sent for a reason.
	Extra bool
}

// Finding is what an answer says about one kind, for every subject behind the target.
type Finding struct {
	Kind      symptom.Kind
	Judgement Judgement
	Value     float64
	Unit      string
	At        time.Time
}

// Sample puts a finding on one of its subjects.
func (f Finding) Sample(subject symptom.Subject, end string) Sample {
	return Sample{Subject: subject, End: end, Kind: f.Kind, Judgement: f.Judgement, Value: f.Value, Unit: f.Unit, At: f.At}
}

// goodTold is how many answers in a row are reported as a return to normal;
// whoever counts them has counted enough by then.
const goodTold = 8

const (
	badReach = 1 << iota
	badLoss
	badLatency
	badJitter
)

// LastGood is when the newest answered ping left; zero if none did.
func (p *Ping) LastGood() time.Time {
	if p.lastGood == 0 {
		return time.Time{}
	}
	return time.Unix(0, p.lastGood).UTC()
}

// FirstMiss is when the first of the pings now missing left; zero if none is.
func (p *Ping) FirstMiss() time.Time {
	if p.misses == 0 {
		return time.Time{}
	}
	return time.Unix(0, p.firstMiss).UTC()
}

// Missing tells how many pings in a row have gone unanswered.
func (p *Ping) Missing() int { return int(p.misses) }

// Unreachable tells whether the target is taken for unreachable.
func (p *Ping) Unreachable() bool { return p.bad&badReach != 0 }

// RTT is the median of the last round trips in seconds, Loss the share lost
// over the window, Jitter the smoothed variation in seconds. ok is false before
// there is anything to tell.
func (p *Ping) RTT() (seconds float64, ok bool) {
	return float64(p.recent.median()), p.answers > 0 && p.misses == 0
}
func (p *Ping) Loss() (share float64, ok bool)     { return p.loss(), p.filled > 0 }
func (p *Ping) Jitter() (seconds float64, ok bool) { return float64(p.jitter), p.answers > 1 }

func (p *Ping) loss() float64 {
	if p.filled == 0 {
		return 0
	}
	return float64(bits.OnesCount64(p.window)) / float64(p.filled)
}

// Forget drops misses that turned out to be our own fault and not the target's.
func (p *Ping) Forget() {
	if p.misses > 0 {
		p.misses, p.window, p.filled = 0, 0, 0
		p.bad &^= badReach
	}
}

// Step takes one outcome and appends what there is to say to out: the abnormal,
// and once the return to normal. A healthy target says nothing.
func (p *Ping) Step(r *PingRules, a Answer, out []Finding) []Finding {
	sent := a.Sent.UnixNano()
	if a.Received {
		return p.answered(r, a, sent, out)
	}
	if p.lastGood > sent {
		return out // a later ping has been answered already
	}
	if !p.Ever {
		return out
	}
	if !a.Extra {
		p.shift(r, 1)
	}
	if p.misses == 0 {
		p.firstMiss, p.good = sent, 0 // the first missed ping: the fault began no later
	}
	p.misses = min(p.misses+1, 250)
	if int(p.misses) >= r.Misses {
		// Said again with each miss, as a fact of its own time, so that what
		// an earlier life published is confirmed.
		at := a.Sent
		if p.bad&badReach == 0 {
			at = p.FirstMiss()
		}
		p.bad |= badReach
		return append(out, Finding{Kind: symptom.Unreachable, Judgement: Abnormal, At: at})
	}
	return out // a share lost is told by what comes back; an outage is not a share
}

func (p *Ping) answered(r *PingRules, a Answer, sent int64, out []Finding) []Finding {
	p.lastGood = max(p.lastGood, sent)
	if p.misses > 0 && sent < p.firstMiss {
		return out // told late: it was well before it was lost
	}
	p.Ever, p.misses = true, 0
	if p.bad&badReach != 0 {
		// The window was full of one outage; the share lost is counted afresh.
		p.bad &^= badReach
		p.window, p.filled = 0, 0
	}
	if p.good < goodTold {
		p.good++
		out = append(out, Finding{Kind: symptom.Unreachable, Judgement: Normal, At: a.Sent})
	}
	if a.Extra {
		return out
	}
	p.shift(r, 0)
	p.time(r, a.RTT)
	out = p.judgeLoss(r, a.Sent, out)
	out = p.judgeLatency(r, a.Sent, out)
	return p.judgeJitter(r, a.Sent, out)
}

func (p *Ping) shift(r *PingRules, lost uint64) {
	size := min(max(r.Window, 1), 64)
	p.window = (p.window<<1 | lost) & (^uint64(0) >> (64 - size))
	p.filled = uint8(min(int(p.filled)+1, size))
}

// time enters one round trip. Jitter is smoothed as RFC 3550, section 6.4.1,
// has it; the baseline is the mean of the first answers, then follows slowly,
// and not at all while latency is abnormal.
func (p *Ping) time(r *PingRules, rtt time.Duration) {
	seconds := float32(rtt.Seconds())
	if p.answers == 0 {
		p.baseline = seconds
	} else {
		p.jitter += (abs(seconds-p.recent.last()) - p.jitter) / 16
	}
	p.recent.add(seconds)
	if p.answers < 1<<15 {
		p.answers++
	}
	switch {
	case int(p.answers) <= r.Fewest:
		p.baseline += (seconds - p.baseline) / float32(p.answers)
	case p.bad&badLatency == 0:
		p.baseline += (seconds - p.baseline) / 256
	}
}

func (p *Ping) judgeLoss(r *PingRules, at time.Time, out []Finding) []Finding {
	if int(p.filled) < r.Fewest {
		return out
	}
	return p.judge(badLoss, symptom.Loss, p.loss(), r.Loss.Raise/100, r.Loss.Clear/100, "1", at, out)
}

func (p *Ping) judgeLatency(r *PingRules, at time.Time, out []Finding) []Finding {
	if int(p.answers) < r.Fewest {
		return out
	}
	raise := r.Latency.Raise.Seconds()
	if raise == 0 {
		raise = float64(p.baseline)*r.Latency.Factor + r.Latency.Margin.Seconds()
	}
	return p.judge(badLatency, symptom.Latency, float64(p.recent.median()), raise, raise*r.Latency.Ease, "s", at, out)
}

// judgeJitter takes the lesser of the smoothed variation and of the usual step
// from one answer to the next: a single late answer moves the first for minutes.
func (p *Ping) judgeJitter(r *PingRules, at time.Time, out []Finding) []Finding {
	if int(p.answers) < r.Fewest {
		return out
	}
	jitter := float64(min(p.jitter, p.recent.step()))
	return p.judge(badJitter, symptom.Jitter, jitter, r.Jitter.Raise.Seconds(), r.Jitter.Clear.Seconds(), "s", at, out)
}

// judge is the hysteresis: abnormal from raise on, normal below clear. What is
// normal is said once; the very first judgement is said in any case, because an
// earlier life may have published another.
func (p *Ping) judge(
	bit uint8, kind symptom.Kind, value, raise, clear float64, unit string, at time.Time, out []Finding,
) []Finding {
	f := Finding{Kind: kind, Value: value, Unit: unit, At: at}
	switch {
	case value >= raise:
		p.bad |= bit
		f.Judgement = Abnormal
	case value < clear && (p.bad&bit != 0 || p.told&bit == 0):
		p.bad &^= bit
		f.Judgement = Normal
	case p.told&bit == 0:
		f.Judgement = Keep
	default:
		return out
	}
	p.told |= bit
	return append(out, f)
}

func abs(x float32) float32 {
	if x < 0 {
		return -x
	}
	return x
}
