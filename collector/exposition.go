package collector

import (
	"bufio"
	"io"
	"math"
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/linewarden/linewarden/collector/probe"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/collector/watch"
)

// family is one reading of a port as it is shown for a line.
type family struct{ name, kind, help string }

// families are in the order of watch.PortReadings.
var families = [len(watch.PortReadings)]family{
	{"linewarden_line_port_up", "gauge", "1 while the line's access port is up."},
	{"linewarden_line_port_receive_bytes_total", "counter", "Bytes received on the line's access port."},
	{"linewarden_line_port_transmit_bytes_total", "counter", "Bytes sent on the line's access port."},
	{"linewarden_line_port_receive_errors_total", "counter", "Frames received in error on the line's access port."},
	{"linewarden_line_port_transmit_errors_total", "counter",
		"Frames that could not be sent on the line's access port."},
	{"linewarden_line_port_receive_power_dbm", "gauge", "Optical power received on the line's access port."},
	{"linewarden_line_far_end_present", "gauge", "1 while the unmanaged far end is seen through the port."},
	{"linewarden_line_near_optical_up", "gauge", "1 while the near end receives light."},
	{"linewarden_line_customer_port_up", "gauge", "1 while the far end's port towards the customer is up."},
}

// chunk is how many lines are rendered under one hold of the lock.
const chunk = 512

// WriteMetrics writes the health of every line and device in the text format,
// version 0.0.4. Values of one scrape may be milliseconds apart.
func (c *Collector) WriteMetrics(w io.Writer) error {
	out := bufio.NewWriterSize(w, 256<<10)
	c.mu.Lock()
	lines, devices := c.lines, c.devices
	c.mu.Unlock()
	r := renderer{c: c, out: out}

	r.family("linewarden_line_info", "gauge", "Names of the line; always 1.")
	r.perLine(lines, func(v *lineView) { r.value(v.info, 1) })
	r.family("linewarden_line_monitored", "gauge",
		"1 if something proves the line's service, 0 where only its access is watched.")
	r.perLine(lines, func(v *lineView) { r.value(v.labels, one(v.Monitored())) })
	r.family("linewarden_line_up", "gauge",
		"1 while the line carries traffic, 0 while it does not; absent where that is not known.")
	r.perLine(lines, func(v *lineView) {
		if up, known := c.state.LineUp(v.Line); known {
			r.value(v.labels, one(up))
		}
	})
	r.family("linewarden_line_rtt_seconds", "gauge", "Smoothed round trip to the target that proves the service.")
	r.perTarget(lines, func(e *endView, t *probe.Ping) {
		if v, ok := t.RTT(); ok {
			r.value(e.labels, v)
		}
	})
	r.family("linewarden_line_jitter_seconds", "gauge", "Smoothed variation of the round trip.")
	r.perTarget(lines, func(e *endView, t *probe.Ping) {
		if v, ok := t.Jitter(); ok {
			r.value(e.labels, v)
		}
	})
	r.family("linewarden_line_loss_ratio", "gauge", "Share of the newest pings that went unanswered.")
	r.perTarget(lines, func(e *endView, t *probe.Ping) {
		if v, ok := t.Loss(); ok {
			r.value(e.labels, v)
		}
	})
	r.family("linewarden_line_last_answer_timestamp_seconds", "gauge", "When the newest answered ping was sent.")
	r.perTarget(lines, func(e *endView, t *probe.Ping) {
		if at := t.LastGood(); !at.IsZero() {
			r.value(e.labels, float64(at.UnixMilli())/1000)
		}
	})
	for i := range families {
		r.family(families[i].name, families[i].kind, families[i].help)
		r.perLine(lines, func(v *lineView) {
			for n, e := range v.Ends {
				for k, port := range e.Ports {
					if value, ok := port.Reading(i); ok {
						r.value(v.ends[n].ports[k], value)
					}
				}
			}
		})
	}
	r.deviceFamilies(devices)
	return out.Flush()
}

// Handler serves what g gathers and then the lines and devices. The text
// format alone can be appended to, so that no other is offered.
func (c *Collector) Handler(g prometheus.Gatherer) http.Handler {
	own := promhttp.HandlerFor(g, promhttp.HandlerOpts{DisableCompression: true})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		plain := r.Clone(r.Context())
		plain.Header.Del("Accept")
		own.ServeHTTP(w, plain)
		_ = c.WriteMetrics(w) // whoever hung up knows
	})
}

func (r *renderer) deviceFamilies(devices []deviceView) {
	each := func(f func(v *deviceView)) {
		for start := 0; start < len(devices); start += chunk {
			r.c.mu.Lock()
			for i := start; i < min(start+chunk, len(devices)); i++ {
				f(&devices[i])
			}
			r.c.mu.Unlock()
		}
	}
	state := r.c.state
	r.family("linewarden_device_up", "gauge",
		"1 while the device answers pings; absent where it never has, or where that is not known.")
	each(func(v *deviceView) {
		if up, known := state.TargetUp(state.DeviceTarget(v.id)); known {
			r.value(v.labels, one(up))
		}
	})
	r.family("linewarden_device_rtt_seconds", "gauge", "Smoothed round trip to the device.")
	each(func(v *deviceView) {
		if t := state.DeviceTarget(v.id); t != nil {
			if rtt, ok := t.Ping().RTT(); ok {
				r.value(v.labels, rtt)
			}
		}
	})
	r.family("linewarden_device_agent_up", "gauge", "1 while the device's SNMP agent answers.")
	each(func(v *deviceView) {
		if a := state.Agent(v.id); a != nil {
			if up, known := a.Up(); known {
				r.value(v.labels, one(up))
			}
		}
	})
	r.family("linewarden_device_uptime_seconds", "gauge", "How long the device has been running, as it says.")
	each(func(v *deviceView) {
		if a := state.Agent(v.id); a != nil {
			if seconds, ok := a.Uptime(); ok {
				r.value(v.labels, seconds)
			}
		}
	})
	r.family("linewarden_symptoms", "gauge", "Symptoms in force, by kind.")
	r.c.mu.Lock()
	counts := state.Symptoms()
	r.c.mu.Unlock()
	for _, kind := range symptom.Kinds() {
		r.value(joinLabels(label("kind", string(kind))), float64(counts[kind]))
	}
}

// renderer writes families. An error of the writer stays in the buffer, and
// Flush returns it.
type renderer struct {
	c    *Collector
	out  *bufio.Writer
	name string
}

func (r *renderer) family(name, kind, help string) {
	r.name = name
	_, _ = r.out.WriteString("# HELP " + name + " " + help + "\n# TYPE " + name + " " + kind + "\n")
}

func (r *renderer) value(labels []byte, v float64) {
	_, _ = r.out.WriteString(r.name)
	_, _ = r.out.Write(labels)
	_ = r.out.WriteByte(' ')
	b := r.out.AvailableBuffer()
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		b = strconv.AppendInt(b, int64(v), 10)
	} else {
		b = strconv.AppendFloat(b, v, 'g', -1, 64)
	}
	_, _ = r.out.Write(append(b, '\n'))
}

// perLine holds the lock for a few lines at a time, so that a scrape does not
// keep the engines waiting. A reload meanwhile leaves the old views as they were.
func (r *renderer) perLine(lines []lineView, f func(v *lineView)) {
	for start := 0; start < len(lines); start += chunk {
		r.c.mu.Lock()
		for i := start; i < min(start+chunk, len(lines)); i++ {
			f(&lines[i])
		}
		r.c.mu.Unlock()
	}
}

// perTarget tells of each end's target that has ever answered.
func (r *renderer) perTarget(lines []lineView, f func(e *endView, t *probe.Ping)) {
	r.perLine(lines, func(v *lineView) {
		for i := range v.Ends {
			if t := v.Ends[i].Service; t != nil && t.Ping().Ever {
				f(&v.ends[i], t.Ping())
			}
		}
	})
}

func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
