package collector

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics of the collector itself. Those of lines and devices are in exposition.go.
type metrics struct {
	targets      *prometheus.GaugeVec
	pings        *prometheus.CounterVec
	symptoms     *prometheus.CounterVec
	asked        prometheus.Counter
	putOff       prometheus.Counter
	held         prometheus.Counter
	hints        prometheus.Counter
	isolated     prometheus.Gauge
	brokenSweeps prometheus.Counter
	unpublished  prometheus.Counter
}

func newMetrics(reg prometheus.Registerer) *metrics {
	const prefix = "linewarden_collector_"
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: prefix + name, Help: help})
	}
	counters := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: prefix + name, Help: help}, labels)
	}
	m := &metrics{
		targets: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: prefix + "targets",
			Help: "Pinged targets by interval."}, []string{"interval"}),
		isolated: prometheus.NewGauge(prometheus.GaugeOpts{Name: prefix + "isolated",
			Help: "1 while the collector takes itself for cut off from the network."}),
		pings:    counters("pings_total", "Scheduled pings by outcome.", "outcome"),
		symptoms: counters("symptoms_total", "Symptoms said, by kind and state.", "kind", "state"),
		asked:    counter("questions_total", "Targets pinged beside the schedule: confirmations, neighbours."),
		putOff: counter("questions_put_off_total",
			"Questions that found no room and were left to the next round."),
		held: counter("held_total",
			"Targets that were missing while nobody vouched for our own way into the network."),
		hints: counter("hints_total", "Hints taken from traps."),
		brokenSweeps: counter("broken_sweeps_total",
			"Rounds of pings that looked at too few of their targets to say anything."),
		unpublished: counter("publish_failures_total", "Attempts to publish that the bus did not take."),
	}
	if reg != nil {
		reg.MustRegister(m.targets, m.isolated, m.pings, m.symptoms, m.asked, m.putOff, m.held, m.hints,
			m.brokenSweeps, m.unpublished)
	}
	return m
}

// setTargets replaces how many targets are pinged at each interval, and returns
// how many are in all.
func (m *metrics) setTargets(n map[time.Duration]int) (total int) {
	m.targets.Reset()
	for interval, count := range n {
		m.targets.WithLabelValues(interval.String()).Set(float64(count))
		total += count
	}
	return total
}
