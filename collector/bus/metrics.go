package bus

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

type metrics struct {
	unreadable *prometheus.CounterVec
}

func newMetrics(reg prometheus.Registerer) *metrics {
	return &metrics{unreadable: promauto.With(reg).NewCounterVec(prometheus.CounterOpts{
		Name: "linewarden_bus_unreadable_total",
		Help: "What was on the bus and could not be read, by bucket; passed over.",
	}, []string{"bucket"})}
}
