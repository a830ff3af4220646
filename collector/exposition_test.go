package collector

import (
	"bytes"
	"fmt"
	"io"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/probe"
	"github.com/linewarden/linewarden/collector/probe/icmp"
	"github.com/linewarden/linewarden/collector/probe/snmp"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/collector/watch"
)

// scrape reads /metrics as Prometheus does, into name{labels} -> value.
func scrape(t *testing.T, c *Collector, reg *prometheus.Registry) map[string]float64 {
	t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/metrics", nil)
	r.Header.Set("Accept", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5")
	c.Handler(reg).ServeHTTP(w, r)
	if kind := w.Header().Get("Content-Type"); !strings.HasPrefix(kind, "text/plain; version=0.0.4") {
		t.Errorf("content type %q", kind)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(w.Body)
	if err != nil {
		t.Fatalf("not the text format: %v", err)
	}
	all := map[string]float64{}
	for name, f := range families {
		for _, m := range f.Metric {
			var labels []string
			for _, l := range m.Label {
				shown := []string{"line", "end", "device", "port", "customer_name"}
				if slices.Contains(shown, l.GetName()) || l.GetName() == "kind" && name == "linewarden_symptoms" {
					labels = append(labels, l.GetName()+"="+l.GetValue())
				}
			}
			all[name+"{"+strings.Join(labels, ",")+"}"] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	return all
}

func TestMetricsShowTheHealthOfEachLine(t *testing.T) {
	tell(t, func(t *testing.T) {
		inv := carrier(t, 4)
		inv.Lines[3].Target = inv.Lines[0].TargetZ // none: access alone is watched
		if err := inv.Build(); err != nil {
			t.Fatal(err)
		}
		w := newWorld(t, inv)
		w.kill(address(2, 3)) // never answers
		w.run(t, func() {
			time.Sleep(warm)
			near := symptom.Port("A1", "1/1")
			w.c.HandlePoll(func() (r sresult) {
				r = says("A1")
				r.Readings = []probe.Reading{
					{Subject: near, Name: "rx_power_dbm", Value: -7.5},
					{Subject: near, Name: "if_in_octets_total", Value: 12345678901234},
					{Subject: "device/A1", Name: "uptime_seconds", Value: 86400},
					{Subject: "port/A1/unused", Name: "rx_power_dbm", Value: 1},
				}
				return r
			}())
			w.kill(address(2, 1))
			w.c.HandleTrap("A1", []probe.Sample{abnormal("device/FE4", symptom.PowerFail)})
			time.Sleep(15 * time.Second)
			got := scrape(t, w.c, prometheus.NewRegistry())
			for name, want := range map[string]float64{
				`linewarden_line_up{line=LN-1}`:                                         0,
				`linewarden_line_up{line=LN-2}`:                                         1,
				`linewarden_line_up{line=LN-4}`:                                         0, // its access says so
				`linewarden_line_monitored{line=LN-3}`:                                  1,
				`linewarden_line_monitored{line=LN-4}`:                                  0,
				`linewarden_line_info{customer_name=甲 "公司",line=LN-1}`:                  1,
				`linewarden_line_rtt_seconds{end=a,line=LN-2}`:                          float64(float32(0.001)),
				`linewarden_line_loss_ratio{end=a,line=LN-2}`:                           0,
				`linewarden_line_port_receive_power_dbm{end=a,line=LN-1,port=A1/1/1}`:   -7.5,
				`linewarden_line_port_receive_bytes_total{end=a,line=LN-1,port=A1/1/1}`: 12345678901234,
				`linewarden_device_up{device=CPE1}`:                                     1,
				`linewarden_device_uptime_seconds{device=A1}`:                           86400,
				`linewarden_symptoms{kind=unreachable}`:                                 1,
				`linewarden_symptoms{kind=power_fail}`:                                  1,
			} {
				if v, ok := got[sortedLabels(name)]; !ok || v != want {
					t.Errorf("%s: got %v %v, want %v", name, v, ok, want)
				}
			}
			for _, absent := range []string{`linewarden_line_up{line=LN-3}`, `linewarden_line_rtt_seconds{end=a,line=LN-1}`} {
				if v, ok := got[sortedLabels(absent)]; ok {
					t.Errorf("%s is %v, but nobody knows it", absent, v)
				}
			}
		})
	})
}

// sortedLabels brings the labels of a test's name into the parser's order,
// which is that of the text.
func sortedLabels(name string) string {
	head, rest, _ := strings.Cut(name, "{")
	labels := strings.Split(strings.TrimSuffix(rest, "}"), ",")
	order := []string{"line", "end", "port", "customer_name", "device", "kind"}
	var out []string
	for _, o := range order {
		for _, l := range labels {
			if strings.HasPrefix(l, o+"=") {
				out = append(out, l)
			}
		}
	}
	return head + "{" + strings.Join(out, ",") + "}"
}

func TestOwnMetricsComeWithTheLines(t *testing.T) {
	reg := prometheus.NewRegistry()
	w := newWorld(t, carrier(t, 2))
	w.c.metrics = newMetrics(reg)
	w.c.metrics.asked.Add(3)
	got := scrape(t, w.c, reg)
	if got["linewarden_collector_questions_total{}"] != 3 || got["linewarden_line_monitored{line=LN-1}"] != 1 {
		t.Errorf("want both, got %v", got)
	}
}

// BenchmarkScrape renders a hundred thousand lines with all their readings, and
// gives the same series to a client_golang registry's encoder to compare.
func BenchmarkScrape(b *testing.B) {
	const n = 100_000
	w := &world{}
	cfg := DefaultConfig()
	cfg.Credentials = map[string]snmp.Credential{"lab": {}}
	c, err := New(cfg, Engines{Ping: nopEngine{}, Bus: w}, nil, zapNop)
	if err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	if err := c.SetInventory(carrier(b, n)); err != nil {
		b.Fatal(err)
	}
	b.Logf("inventory of %d lines in force after %s", n, time.Since(start))
	c.step(watch.Adopted{})
	var results []icmp.Result
	for _, t := range c.state.Schedule(c.state.Plan()) {
		results = append(results, icmp.Result{
			Key: t.Key, Addr: t.Addr, Sent: time.Now(), Outcome: icmp.Answered, RTT: 3 * time.Millisecond,
		})
	}
	for range 2 {
		took := time.Now()
		c.HandlePings(results)
		b.Logf("%d pings taken in %s", len(results), time.Since(took))
	}
	// One symptom, so that the short cut for a network without any is not taken.
	rebooted := probe.Sample{Subject: "device/R1", Kind: symptom.Rebooted, Judgement: probe.Abnormal, At: time.Now()}
	read := watch.Polled{Device: "R1", Answered: true, Sent: time.Now(), Samples: []probe.Sample{rebooted}}
	for i := range c.lines {
		for _, e := range c.lines[i].Ends {
			for _, p := range e.Ports {
				for k, name := range watch.PortReadings {
					read.Readings = append(read.Readings, probe.Reading{
						Subject: p.Subject, Name: name, Value: float64(k) * 1234.5,
					})
				}
			}
		}
	}
	c.step(read)
	var out bytes.Buffer
	if err := c.WriteMetrics(&out); err != nil {
		b.Fatal(err)
	}
	series := bytes.Count(out.Bytes(), []byte("\n"))
	var same time.Duration
	b.Run("joined", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := c.WriteMetrics(io.Discard); err != nil {
				b.Fatal(err)
			}
		}
		same = b.Elapsed() / time.Duration(b.N)
		b.ReportMetric(float64(series), "series")
		b.ReportMetric(float64(same.Nanoseconds())/float64(series), "ns/series")
	})
	b.Run("registry", func(b *testing.B) {
		// A tenth of the lines is enough to know its cost per series.
		reg := prometheus.NewRegistry()
		g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "linewarden_line_up", Help: "x"},
			[]string{"line", "customer", "grade"})
		reg.MustRegister(g)
		for i := range n {
			g.WithLabelValues(fmt.Sprintf("LN-%d", i), "C1", string(inventory.StandardLine)).Set(1)
		}
		for b.Loop() {
			all, err := reg.Gather()
			if err != nil {
				b.Fatal(err)
			}
			e := expfmt.NewEncoder(io.Discard, expfmt.NewFormat(expfmt.TypeTextPlain))
			for _, f := range all {
				if err := e.Encode(f); err != nil {
					b.Fatal(err)
				}
			}
		}
		perSeries := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / n
		b.ReportMetric(perSeries, "ns/series")
		b.ReportMetric(perSeries*float64(series)/float64(same.Nanoseconds()), "times-joined")
	})
}
