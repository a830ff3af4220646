package poll

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/linewarden/linewarden/collector/probe"
	"github.com/linewarden/linewarden/collector/probe/snmp"
	"github.com/linewarden/linewarden/collector/symptom"
)

type printer struct {
	out  io.Writer
	json bool
}

func (p printer) print(t snmp.Target, r snmp.Result) error {
	if p.json {
		return json.NewEncoder(p.out).Encode(object(t, r))
	}
	return p.text(t, r)
}

// text shows one device: a head line, what is abnormal, and what was read.
func (p printer) text(t snmp.Target, r snmp.Result) error {
	w := tabwriter.NewWriter(p.out, 0, 8, 2, ' ', 0)
	fmt.Fprintf(w, "%s at %s: %s\n", t.ID, t.Address, head(r))
	if r.Err != nil {
		fmt.Fprintf(w, "  %v\n", r.Err)
	}
	for _, s := range sorted(r.Samples) {
		if s.Judgement == probe.Abnormal && s.Kind != symptom.AgentSilent {
			fmt.Fprintf(w, "  ABNORMAL\t%s\t%s\t%s\n", s.Kind, s.Subject, strings.TrimSpace(number(s.Value)+" "+s.Unit))
		}
	}
	for _, port := range r.Missing {
		fmt.Fprintf(w, "  MISSING\t\t%s\tthe inventory names this port, the device does not have it\n", symptom.Port(t.ID, port))
	}
	for _, line := range bySubject(r.Readings) {
		fmt.Fprintf(w, "  %s\t%s\n", line[0].Subject, values(line))
	}
	return w.Flush()
}

func head(r snmp.Result) string {
	if !r.Answered {
		return "NO ANSWER"
	}
	words := []string{"profile " + r.Profile, "sysObjectID " + strings.TrimPrefix(r.SysObjectID, ".")}
	for _, x := range r.Readings {
		if x.Name == "uptime_seconds" {
			words = append(words, "up "+(time.Duration(x.Value)*time.Second).String())
		}
	}
	return strings.Join(append(words, fmt.Sprintf("%d requests in %s", r.Requests, r.Took.Round(time.Millisecond))), ", ")
}

func sorted(samples []probe.Sample) []probe.Sample {
	samples = slices.Clone(samples)
	slices.SortStableFunc(samples, func(a, b probe.Sample) int {
		return cmp.Or(cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Kind, b.Kind))
	})
	return samples
}

func bySubject(readings []probe.Reading) (lines [][]probe.Reading) {
	at := map[symptom.Subject]int{}
	for _, x := range readings {
		if x.Name == "uptime_seconds" {
			continue
		}
		i, known := at[x.Subject]
		if !known {
			i = len(lines)
			at[x.Subject] = i
			lines = append(lines, nil)
		}
		lines[i] = append(lines[i], x)
	}
	return lines
}

func values(line []probe.Reading) string {
	var words []string
	for _, x := range line {
		words = append(words, x.Name+"="+number(x.Value))
	}
	return strings.Join(words, " ")
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// The JSON of one device.
type deviceJSON struct {
	Device      string        `json:"device"`
	Address     string        `json:"address"`
	Answered    bool          `json:"answered"`
	Error       string        `json:"error,omitempty"`
	Profile     string        `json:"profile,omitempty"`
	SysObjectID string        `json:"sys_object_id,omitempty"`
	RTT         float64       `json:"rtt,omitempty"`  // seconds
	Took        float64       `json:"took,omitempty"` // seconds
	Requests    int           `json:"requests"`
	Samples     []sampleJSON  `json:"samples"`
	Readings    []readingJSON `json:"readings"`
	Missing     []string      `json:"missing,omitempty"`
}

type sampleJSON struct {
	Subject symptom.Subject `json:"subject"`
	Kind    symptom.Kind    `json:"kind"`
	Says    string          `json:"says"` // abnormal, normal, undecided
	Value   float64         `json:"value"`
	Unit    string          `json:"unit,omitempty"`
	At      time.Time       `json:"at"`
}

type readingJSON struct {
	Subject symptom.Subject `json:"subject"`
	Name    string          `json:"name"`
	Value   float64         `json:"value"`
	At      time.Time       `json:"at"`
}

func object(t snmp.Target, r snmp.Result) deviceJSON {
	d := deviceJSON{Device: t.ID, Address: t.Address.String(), Answered: r.Answered, Profile: r.Profile,
		SysObjectID: strings.TrimPrefix(r.SysObjectID, "."), RTT: r.RTT.Seconds(), Took: r.Took.Seconds(), Requests: r.Requests,
		Samples: []sampleJSON{}, Readings: []readingJSON{}, Missing: r.Missing}
	if r.Err != nil {
		d.Error = r.Err.Error()
	}
	for _, s := range sorted(r.Samples) {
		says := map[probe.Judgement]string{probe.Abnormal: "abnormal", probe.Normal: "normal", probe.Keep: "undecided"}[s.Judgement]
		d.Samples = append(d.Samples, sampleJSON{s.Subject, s.Kind, says, s.Value, s.Unit, s.At.UTC()})
	}
	for _, x := range r.Readings {
		d.Readings = append(d.Readings, readingJSON{x.Subject, x.Name, x.Value, x.At.UTC()})
	}
	return d
}
