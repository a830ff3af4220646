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
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	}
	m := &metrics{
		targets:      prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "linewarden_collector_targets", Help: "Pinged targets by interval."}, []string{"interval"}),
		pings:        prometheus.NewCounterVec(prometheus.CounterOpts{Name: "linewarden_collector_pings_total", Help: "Scheduled pings by outcome."}, []string{"outcome"}),
		symptoms:     prometheus.NewCounterVec(prometheus.CounterOpts{Name: "linewarden_collector_symptoms_total", Help: "Symptoms said, by kind and state."}, []string{"kind", "state"}),
		asked:        counter("linewarden_collector_questions_total", "Targets pinged beside the schedule: confirmations, neighbours."),
		putOff:       counter("linewarden_collector_questions_put_off_total", "Questions that found no room and were left to the next round."),
		held:         counter("linewarden_collector_held_total", "Targets that were missing while nobody vouched for our own way into the network."),
		hints:        counter("linewarden_collector_hints_total", "Hints taken from traps."),
		isolated:     prometheus.NewGauge(prometheus.GaugeOpts{Name: "linewarden_collector_isolated", Help: "1 while the collector takes itself for cut off from the network."}),
		brokenSweeps: counter("linewarden_collector_broken_sweeps_total", "Rounds of pings that looked at too few of their targets to say anything."),
		unpublished:  counter("linewarden_collector_publish_failures_total", "Attempts to publish that the bus did not take."),
	}
	if reg != nil {
		reg.MustRegister(m.targets, m.pings, m.symptoms, m.asked, m.putOff, m.held, m.hints, m.isolated, m.brokenSweeps, m.unpublished)
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
