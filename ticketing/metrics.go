package ticketing

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/linewarden/linewarden/ticketing/ticket"
)

type metrics struct {
	opened    *prometheus.CounterVec
	verdicts  *prometheus.CounterVec
	effects   *prometheus.CounterVec
	conflicts prometheus.Counter
	stuck     *prometheus.CounterVec
	database  prometheus.Gauge
}

func newMetrics(reg prometheus.Registerer) *metrics {
	m := &metrics{
		opened: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "linewarden_tickets_opened_total",
			Help: "Tickets opened, by kind; held ones included."}, []string{"kind"}),
		verdicts: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "linewarden_verdicts_applied_total",
			Help: "Verdict versions applied to tickets, by outcome."}, []string{"outcome"}),
		effects: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "linewarden_effects_total",
			Help: "Effects carried out, by kind and result (done, failed, dead)."}, []string{"kind", "result"}),
		conflicts: prometheus.NewCounter(prometheus.CounterOpts{Name: "linewarden_save_conflicts_total",
			Help: "Saves that met somebody else's and were decided anew."}),
		stuck: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "linewarden_ticketing_failures_total",
			Help: "Decisions that failed for another reason than an unreachable database and are tried again, by what they were about."}, []string{"subject"}),
		database: prometheus.NewGauge(prometheus.GaugeOpts{Name: "linewarden_database_up",
			Help: "1 while the last call to the database succeeded."}),
	}
	m.database.Set(1)
	// An increase is seen only from a first sample on, so that all begin at 0.
	for _, kind := range []ticket.Kind{ticket.Network, ticket.Service, ticket.Declaration} {
		m.opened.WithLabelValues(string(kind))
	}
	for _, kind := range []ticket.EffectKind{ticket.Notify, ticket.OrderRetest} {
		for _, result := range []string{"done", "failed", "dead"} {
			m.effects.WithLabelValues(string(kind), result)
		}
	}
	for _, subject := range []string{"verdict", "ticket", "outage"} {
		m.stuck.WithLabelValues(subject)
	}
	reg.MustRegister(m.opened, m.verdicts, m.effects, m.conflicts, m.stuck, m.database)
	return m
}
