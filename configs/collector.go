package configs

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/probe"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/configs/secret"
)

// Collector says what this process probes, and how.
type Collector struct {
	ID         string        `yaml:"id"`
	Intervals  Intervals     `yaml:"intervals"`
	Timeout    time.Duration `yaml:"timeout"` // of a scheduled ping
	Confirm    Confirm       `yaml:"confirm"`
	ICMP       ICMP          `yaml:"icmp"`
	SNMP       SNMP          `yaml:"snmp"`
	Trap       Trap          `yaml:"trap"`
	Thresholds Thresholds    `yaml:"thresholds"`
}

// Intervals is how often a line is pinged, by its grade.
type Intervals struct {
	AAA      time.Duration `yaml:"AAA"`
	AA       time.Duration `yaml:"AA"`
	A        time.Duration `yaml:"A"`
	Standard time.Duration `yaml:"standard"`
}

// ByGrade gives the intervals as the collector wants them.
func (i Intervals) ByGrade() map[inventory.LineGrade]time.Duration {
	return map[inventory.LineGrade]time.Duration{
		inventory.AAA: i.AAA, inventory.AA: i.AA, inventory.A: i.A, inventory.StandardLine: i.Standard,
	}
}

// Confirm is what follows the first miss.
type Confirm struct {
	Count   int           `yaml:"count"`   // further probes
	Gap     time.Duration `yaml:"gap"`     // between them
	Timeout time.Duration `yaml:"timeout"` // of each
}

// ICMP is the batched ping engine.
type ICMP struct {
	Size          int     `yaml:"size"`           // bytes of payload
	Batch         int     `yaml:"batch"`          // requests in one system call
	ReceiveBuffer int     `yaml:"receive_buffer"` // bytes
	ProbeRate     float64 `yaml:"probe_rate"`     // confirmations and questions, a second
	ProbeBurst    int     `yaml:"probe_burst"`
}

// SNMP is the poller.
type SNMP struct {
	Interval time.Duration `yaml:"interval"`
	Port     int           `yaml:"port"`
	Sockets  int           `yaml:"sockets"` // per address family
	Tries    int           `yaml:"tries"`   // before an agent counts as silent
	Timeouts Timeouts      `yaml:"timeouts"`
	Profiles string        `yaml:"profiles"` // directory with profiles of one's own
}

// Timeouts of one try; what an agent is used to take moves it between min and max.
type Timeouts struct {
	Initial time.Duration `yaml:"initial"`
	Min     time.Duration `yaml:"min"`
	Max     time.Duration `yaml:"max"`
}

// Trap is the receiver of traps and informs.
type Trap struct {
	Listen      string        `yaml:"listen"`      // empty: none
	Communities []secret.Text `yaml:"communities"` // empty: any
	Rate        float64       `yaml:"rate"`        // a second from one device
	Burst       int           `yaml:"burst"`
}

// Thresholds say when samples become symptoms.
type Thresholds struct {
	Ping      Ping                 `yaml:"ping"`
	Raise     map[symptom.Kind]int `yaml:"raise"` // polls in a row that raise a kind
	Clear     map[symptom.Kind]int `yaml:"clear"` // polls in a row that clear it
	Flap      Flap                 `yaml:"flap"`
	Hint      Hint                 `yaml:"hint"`
	Isolation Isolation            `yaml:"isolation"`
}

// Ping says when what comes back, or does not, is abnormal.
type Ping struct {
	Misses  int      `yaml:"misses"` // in a row, until the target is unreachable
	Window  int      `yaml:"window"` // pings over which loss is counted
	Fewest  int      `yaml:"fewest"` // pings before loss, latency and jitter are judged
	Loss    Percent  `yaml:"loss"`
	Latency Latency  `yaml:"latency"`
	Jitter  TimeBand `yaml:"jitter"`
}

// Percent is a pair of limits: raised from one, cleared below the other.
type Percent struct {
	Raise float64 `yaml:"raise"`
	Clear float64 `yaml:"clear"`
}

// TimeBand is a pair of limits in time.
type TimeBand struct {
	Raise time.Duration `yaml:"raise"`
	Clear time.Duration `yaml:"clear"`
}

// Latency is abnormal from raise on or, where raise is 0s, from factor times
// the target's own baseline plus margin; normal again below ease of that.
type Latency struct {
	Raise  time.Duration `yaml:"raise"`
	Factor float64       `yaml:"factor"`
	Margin time.Duration `yaml:"margin"`
	Ease   float64       `yaml:"ease"`
}

// Flap is the decaying score of a subject that comes and goes.
type Flap struct {
	HalfLife time.Duration `yaml:"half_life"`
	Raise    float64       `yaml:"raise"`
	Clear    float64       `yaml:"clear"`
}

// Hint is how long a trap is believed.
type Hint struct {
	Grace time.Duration `yaml:"grace"` // a poll may still see the world before it
	Hold  time.Duration `yaml:"hold"`  // without a poll that confirms it
}

// Isolation is when the collector takes itself to be cut off.
type Isolation struct {
	Missing int           `yaml:"missing"` // distinct targets
	After   time.Duration `yaml:"after"`   // the first missed ping
	Others  int           `yaml:"others"`  // targets that vouch where no gateway answers
}

func defaultCollector() Collector {
	ping, rules, guard := probe.DefaultPingRules(), probe.DefaultRules(), probe.DefaultGuardRules()
	return Collector{
		ID:        "main",
		Intervals: Intervals{AAA: 10 * time.Second, AA: 10 * time.Second, A: 30 * time.Second, Standard: time.Minute},
		Timeout:   time.Second,
		Confirm:   Confirm{Count: 2, Gap: 300 * time.Millisecond, Timeout: time.Second},
		ICMP:      ICMP{Size: 56, Batch: 16, ReceiveBuffer: 8 << 20, ProbeRate: 5000, ProbeBurst: 1000},
		SNMP: SNMP{
			Interval: time.Minute, Port: 161, Sockets: 2, Tries: 3,
			Timeouts: Timeouts{Initial: time.Second, Min: 500 * time.Millisecond, Max: 5 * time.Second},
		},
		Trap: Trap{Rate: 20, Burst: 200},
		Thresholds: Thresholds{
			Ping: Ping{
				Misses: ping.Misses, Window: ping.Window, Fewest: ping.Fewest,
				Loss:    Percent{Raise: 100 * ping.LossRaise, Clear: 100 * ping.LossClear},
				Latency: Latency{Raise: ping.LatencyRaise, Factor: ping.LatencyFactor, Margin: ping.LatencyMargin, Ease: ping.LatencyEase},
				Jitter:  TimeBand{Raise: ping.JitterRaise, Clear: ping.JitterClear},
			},
			Flap:      Flap{HalfLife: rules.FlapHalfLife, Raise: rules.FlapRaise, Clear: rules.FlapClear},
			Hint:      Hint{Grace: rules.HintGrace, Hold: rules.HintHold},
			Isolation: Isolation{Missing: guard.Missing, After: guard.After, Others: guard.Others},
		},
	}
}

// Rules gives the thresholds of polls as the collector wants them. Kinds that
// the file does not name keep their defaults.
func (t Thresholds) Rules() probe.Rules {
	r := probe.DefaultRules()
	maps.Copy(r.Raise, t.Raise)
	maps.Copy(r.Clear, t.Clear)
	r.FlapHalfLife, r.FlapRaise, r.FlapClear = t.Flap.HalfLife, t.Flap.Raise, t.Flap.Clear
	r.HintGrace, r.HintHold = t.Hint.Grace, t.Hint.Hold
	return r
}

// PingRules gives the thresholds of pings as the collector wants them.
func (t Thresholds) PingRules() probe.PingRules {
	p := t.Ping
	return probe.PingRules{
		Misses: p.Misses, Window: p.Window, Fewest: p.Fewest,
		LossRaise: p.Loss.Raise / 100, LossClear: p.Loss.Clear / 100,
		LatencyRaise: p.Latency.Raise, LatencyFactor: p.Latency.Factor, LatencyMargin: p.Latency.Margin, LatencyEase: p.Latency.Ease,
		JitterRaise: p.Jitter.Raise, JitterClear: p.Jitter.Clear,
	}
}

// GuardRules gives the guard against our own isolation.
func (t Thresholds) GuardRules() probe.GuardRules {
	return probe.GuardRules{Missing: t.Isolation.Missing, After: t.Isolation.After, Others: t.Isolation.Others}
}

func (c Collector) check(d *document) {
	if !symptom.ValidID(c.ID) {
		d.wrong("collector.id", "want letters, digits, '_', '.' and '-', beginning with a letter or digit; got %q", c.ID)
	}
	for _, i := range []struct {
		grade string
		every time.Duration
	}{{"AAA", c.Intervals.AAA}, {"AA", c.Intervals.AA}, {"A", c.Intervals.A}, {"standard", c.Intervals.Standard}} {
		d.within("collector.intervals."+i.grade, i.every, time.Second, time.Hour)
		if i.every >= time.Second && c.Timeout > i.every {
			d.wrong("collector.timeout", "want at most the shortest interval (%s), got %s", brief(i.every), brief(c.Timeout))
		}
	}
	d.within("collector.timeout", c.Timeout, 10*time.Millisecond, 10*time.Second)
	d.between("collector.confirm.count", c.Confirm.Count, 1, 10)
	d.within("collector.confirm.gap", c.Confirm.Gap, 10*time.Millisecond, 5*time.Second)
	d.within("collector.confirm.timeout", c.Confirm.Timeout, 10*time.Millisecond, time.Second)
	d.between("collector.icmp.size", c.ICMP.Size, 16, 1400)
	d.between("collector.icmp.batch", c.ICMP.Batch, 1, 1024)
	d.between("collector.icmp.receive_buffer", c.ICMP.ReceiveBuffer, 4096, 1<<30)
	d.numbers("collector.icmp.probe_rate", c.ICMP.ProbeRate, 1, 1e6)
	d.between("collector.icmp.probe_burst", c.ICMP.ProbeBurst, 1, 1_000_000)
	c.SNMP.check(d)
	if c.Trap.Listen != "" {
		d.hostPort("collector.trap.listen", c.Trap.Listen)
	}
	for i, community := range c.Trap.Communities {
		if !community.Set() {
			d.wrong(fmt.Sprintf("collector.trap.communities[%d]", i), "is empty")
		}
	}
	d.numbers("collector.trap.rate", c.Trap.Rate, 0.1, 1e6)
	d.between("collector.trap.burst", c.Trap.Burst, 1, 1_000_000)
	c.Thresholds.check(d)
}

func (s SNMP) check(d *document) {
	const at = "collector.snmp."
	d.within(at+"interval", s.Interval, 5*time.Second, 24*time.Hour)
	d.between(at+"port", s.Port, 1, 65535)
	d.between(at+"sockets", s.Sockets, 1, 64)
	d.between(at+"tries", s.Tries, 1, 10)
	d.within(at+"timeouts.min", s.Timeouts.Min, 10*time.Millisecond, 30*time.Second)
	d.within(at+"timeouts.initial", s.Timeouts.Initial, s.Timeouts.Min, 30*time.Second)
	d.within(at+"timeouts.max", s.Timeouts.Max, s.Timeouts.Initial, time.Minute)
	if s.Timeouts.Max >= s.Interval {
		d.wrong(at+"timeouts.max", "want less than collector.snmp.interval (%s), got %s", brief(s.Interval), brief(s.Timeouts.Max))
	}
}

func (t Thresholds) check(d *document) {
	const at = "collector.thresholds."
	p := t.Ping
	d.between(at+"ping.misses", p.Misses, 1, 100)
	d.between(at+"ping.window", p.Window, 1, 64)
	d.between(at+"ping.fewest", p.Fewest, 1, p.Window)
	d.numbers(at+"ping.loss.raise", p.Loss.Raise, 0.1, 100)
	d.below(at+"ping.loss.clear", p.Loss.Clear, p.Loss.Raise)
	d.within(at+"ping.latency.raise", p.Latency.Raise, 0, time.Minute)
	d.numbers(at+"ping.latency.factor", p.Latency.Factor, 1, 1000)
	d.within(at+"ping.latency.margin", p.Latency.Margin, 0, time.Minute)
	d.numbers(at+"ping.latency.ease", p.Latency.Ease, 0.01, 1)
	d.band(at+"ping.jitter", p.Jitter)
	for _, m := range []struct {
		key   string
		times map[symptom.Kind]int
	}{{"raise", t.Raise}, {"clear", t.Clear}} {
		for _, kind := range slices.Sorted(maps.Keys(m.times)) {
			key := at + m.key + "." + string(kind)
			if !slices.Contains(symptom.Kinds(), kind) {
				d.wrong(key, "%q is no kind of symptom; there are %v", kind, symptom.Kinds())
			}
			d.between(key, m.times[kind], 1, 100)
		}
	}
	d.within(at+"flap.half_life", t.Flap.HalfLife, time.Second, 24*time.Hour)
	d.numbers(at+"flap.raise", t.Flap.Raise, 1, 1000)
	d.below(at+"flap.clear", t.Flap.Clear, t.Flap.Raise)
	d.within(at+"hint.grace", t.Hint.Grace, 0, time.Minute)
	d.within(at+"hint.hold", t.Hint.Hold, time.Second, 24*time.Hour)
	d.between(at+"isolation.missing", t.Isolation.Missing, 1, 1_000_000)
	d.within(at+"isolation.after", t.Isolation.After, 100*time.Millisecond, time.Minute)
	d.between(at+"isolation.others", t.Isolation.Others, 1, 8)
}
