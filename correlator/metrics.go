package correlator

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/linewarden/linewarden/correlator/infer"
)

type metrics struct {
	reports    prometheus.Counter
	verdicts   *prometheus.CounterVec
	delay      prometheus.Histogram
	search     prometheus.Histogram
	raised     prometheus.Gauge
	open       prometheus.Gauge
	components prometheus.Gauge
	unknown    prometheus.Gauge
	failures   prometheus.Counter
	waiting    prometheus.Gauge
	asked      *prometheus.CounterVec

	searches int
}

func newMetrics(reg prometheus.Registerer) *metrics {
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Name: "linewarden_correlator_" + name, Help: help})
	}
	m := &metrics{
		reports:    prometheus.NewCounter(prometheus.CounterOpts{Name: "linewarden_correlator_reports_total", Help: "Symptoms, heartbeats and coverage taken in."}),
		verdicts:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "linewarden_correlator_verdicts_total", Help: "Versions of verdicts said, by outcome and state."}, []string{"outcome", "state"}),
		delay:      prometheus.NewHistogram(prometheus.HistogramOpts{Name: "linewarden_correlator_decision_seconds", Help: "From the start of a fault to a version of its verdict.", Buckets: []float64{0.25, 0.5, 1, 2, 5, 10, 15, 30, 60, 300}}),
		search:     prometheus.NewHistogram(prometheus.HistogramOpts{Name: "linewarden_correlator_search_seconds", Help: "Time that a search took.", Buckets: prometheus.ExponentialBuckets(0.0005, 4, 8)}),
		raised:     gauge("symptom_points", "Things observed that are abnormal at present."),
		open:       gauge("open_verdicts", "Verdicts that are open."),
		components: gauge("components", "Components that the inventory was compiled to."),
		unknown:    gauge("unknown_subjects", "Symptoms about subjects that the inventory does not know, since the start."),
		failures:   prometheus.NewCounter(prometheus.CounterOpts{Name: "linewarden_correlator_publish_failures_total", Help: "Attempts to publish that the bus did not take."}),
		waiting:    gauge("unpublished_verdicts", "Verdicts that wait for the bus."),
		asked:      prometheus.NewCounterVec(prometheus.CounterOpts{Name: "linewarden_correlator_tests_total", Help: "Tests asked for, by outcome."}, []string{"outcome"}),
	}
	if reg != nil {
		reg.MustRegister(m.reports, m.verdicts, m.delay, m.search, m.raised, m.open, m.components, m.unknown, m.failures, m.waiting, m.asked)
	}
	return m
}

func (m *metrics) observe(s infer.Stats, took time.Duration) {
	if s.Searches != m.searches {
		m.searches = s.Searches
		m.search.Observe(took.Seconds())
	}
	m.raised.Set(float64(s.Raised))
	m.open.Set(float64(s.Open))
	m.components.Set(float64(s.Components))
	m.unknown.Set(float64(s.Unknown))
}
