package snmp

import "github.com/prometheus/client_golang/prometheus"

type metrics struct {
	requests     prometheus.Counter
	retries      prometheus.Counter
	replies      prometheus.Counter
	timeouts     prometheus.Counter
	sendErrors   prometheus.Counter
	socketErrors prometheus.Counter
	datagrams    *prometheus.CounterVec
	polls        *prometheus.CounterVec
	targets      prometheus.Gauge
	silent       prometheus.Gauge
}

func newMetrics(reg prometheus.Registerer) *metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: "linewarden_snmp_" + name, Help: help})
	}
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Name: "linewarden_snmp_" + name, Help: help})
	}
	m := &metrics{
		requests:     counter("requests_total", "SNMP requests sent, retries included."),
		retries:      counter("retries_total", "SNMP requests sent again for want of an answer."),
		replies:      counter("replies_total", "SNMP answers taken."),
		timeouts:     counter("timeouts_total", "SNMP requests given up after all their tries."),
		sendErrors:   counter("send_errors_total", "SNMP datagrams that the kernel refused to send."),
		socketErrors: counter("receive_errors_total", "Errors while reading from the SNMP sockets."),
		datagrams: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "linewarden_snmp_refused_datagrams_total",
			Help: "Datagrams that are no answer to a waiting request, by reason."}, []string{"reason"}),
		polls: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "linewarden_snmp_polls_total",
			Help: "Polls of devices, by result."}, []string{"result"}),
		targets: gauge("targets", "Devices polled by SNMP."),
		silent:  gauge("silent_targets", "Devices whose SNMP agent does not answer at present."),
	}
	if reg != nil {
		reg.MustRegister(m.requests, m.retries, m.replies, m.timeouts, m.sendErrors, m.socketErrors,
			m.datagrams, m.polls, m.targets, m.silent)
	}
	return m
}

func (m *metrics) refused(reason string) { m.datagrams.WithLabelValues(reason).Inc() }
