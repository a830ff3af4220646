package trap

import "github.com/prometheus/client_golang/prometheus"

type metrics struct {
	received prometheus.Counter
	taken    prometheus.Counter
	reasons  *prometheus.CounterVec
}

func newMetrics(reg prometheus.Registerer) *metrics {
	m := &metrics{
		received: prometheus.NewCounter(prometheus.CounterOpts{Name: "linewarden_traps_received_total",
			Help: "Datagrams received on the trap port."}),
		taken: prometheus.NewCounter(prometheus.CounterOpts{Name: "linewarden_traps_taken_total",
			Help: "Notifications that a profile declares, from devices of the inventory."}),
		reasons: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "linewarden_traps_refused_total",
			Help: "Datagrams on the trap port that were not taken, by reason."}, []string{"reason"}),
	}
	if reg != nil {
		reg.MustRegister(m.received, m.taken, m.reasons)
	}
	return m
}

func (m *metrics) refused(reason string) { m.reasons.WithLabelValues(reason).Inc() }
