package icmp

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

type metrics struct {
	sent, stray, drops, putOff prometheus.Counter
	outcomes                   [3]prometheus.Counter
	targets, airborne, lag     prometheus.Gauge
}

func newMetrics(reg prometheus.Registerer) *metrics {
	f := promauto.With(reg)
	counter := func(name, help string) prometheus.Counter {
		return f.NewCounter(prometheus.CounterOpts{Namespace: "linewarden", Subsystem: "ping", Name: name, Help: help})
	}
	gauge := func(name, help string) prometheus.Gauge {
		return f.NewGauge(prometheus.GaugeOpts{Namespace: "linewarden", Subsystem: "ping", Name: name, Help: help})
	}
	m := &metrics{
		sent:  counter("sent_total", "Echo requests sent."),
		stray: counter("stray_replies_total", "Echo replies that answered nothing: late, doubled, foreign or damaged."),
		drops: counter("receive_drops_total", "Packets the kernel dropped because the receive buffer was full."),
		putOff: counter("put_off_total",
			"Confirmation series cut short because the token bucket had no room before their deadline."),
		targets:  gauge("targets", "Targets pinged on schedule."),
		airborne: gauge("in_flight", "Echo requests awaiting their reply."),
		lag:      gauge("lag_seconds", "How long the oldest due request has been waiting to be sent."),
	}
	results := f.NewCounterVec(prometheus.CounterOpts{
		Namespace: "linewarden", Subsystem: "ping", Name: "results_total", Help: "Finished pings by outcome.",
	}, []string{"outcome"})
	for o := Unknown; o <= Lost; o++ {
		m.outcomes[o] = results.WithLabelValues(o.String())
	}
	return m
}
