package infertest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/infer/model"
	"github.com/linewarden/linewarden/correlator/infer/state"
)

// Noon is when every scene begins.
var Noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// Scene is a network and what is known of it, with a clock of its own.
type Scene struct {
	tb  testing.TB
	M   *model.Model
	S   *state.State
	Now time.Time
}

// NewScene sets up the network of a script, of which nothing is known yet.
func NewScene(tb testing.TB, network string) *Scene {
	tb.Helper()
	m := model.Compile(Load(tb, network))
	return &Scene{tb: tb, M: m, S: state.New(m), Now: Noon}
}

// T is the scene's time as the engine has it.
func (x *Scene) T() int64 { return x.Now.UnixNano() }

// Wait lets time pass.
func (x *Scene) Wait(d time.Duration) { x.Now = x.Now.Add(d) }

// Raise raises kinds, given as "los,link_down", on subjects given as "port/N1/e
// port/N2/w"; "line/L1:z" is the far end of a line.
func (x *Scene) Raise(kinds, subjects string) {
	x.tb.Helper()
	for _, s := range x.Symptoms(kinds, subjects) {
		x.S.Tell(&s)
	}
}

// Clear takes back what Raise raised.
func (x *Scene) Clear(kinds, subjects string) {
	x.tb.Helper()
	for _, s := range x.Symptoms(kinds, subjects) {
		s.State, s.ClearedAt = symptom.Cleared, x.Now
		x.S.Tell(&s)
	}
}

// Symptoms are the kinds on the subjects, raised now by the collector c1.
func (x *Scene) Symptoms(kinds, subjects string) (out []symptom.Symptom) {
	x.tb.Helper()
	for _, subject := range strings.Fields(subjects) {
		subject, end, _ := strings.Cut(subject, ":")
		for kind := range strings.SplitSeq(kinds, ",") {
			s := symptom.Symptom{Observer: "collector/c1", Subject: symptom.Subject(subject), End: end,
				Kind: symptom.Kind(kind), State: symptom.Raised, Since: x.Now, At: x.Now}
			if err := s.Validate(); err != nil {
				x.tb.Fatal(err)
			}
			out = append(out, s)
		}
	}
	return out
}

// Sweep has the collector of the first station sweep all from now on, for a second.
func (x *Scene) Sweep() {
	started := x.Now
	x.Wait(time.Second)
	for _, method := range []string{"icmp", "snmp"} {
		x.S.Beat(&symptom.Heartbeat{Collector: "c1", Station: x.M.Inventory().Stations[0].ID, Method: method,
			SweepStarted: started, SweepEnded: x.Now, At: x.Now})
	}
}

// Point is the point of a subject, as the first station sees it.
func (x *Scene) Point(subject string) int32 {
	x.tb.Helper()
	subject, end, _ := strings.Cut(subject, ":")
	p, ok := x.M.PointOf(0, symptom.Subject(subject), end)
	if !ok {
		x.tb.Fatalf("no point of %s", subject)
	}
	return p
}

// Comp is the component of a subject.
func (x *Scene) Comp(subject string) int32 {
	x.tb.Helper()
	c, ok := x.M.CompOf(symptom.Subject(subject))
	if !ok {
		x.tb.Fatalf("no component %s", subject)
	}
	return c
}

// Comps are the components of subjects, in the order given.
func (x *Scene) Comps(subjects string) (out []int32) {
	x.tb.Helper()
	for _, s := range strings.Fields(subjects) {
		out = append(out, x.Comp(s))
	}
	return out
}

// Subjects names components, sorted.
func (x *Scene) Subjects(comps []int32) string {
	var out []string
	for _, c := range comps {
		out = append(out, string(x.M.Comp(c).Subject))
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// Points names points, sorted.
func (x *Scene) Points(points []int32) string {
	var out []string
	for _, p := range points {
		s, end := x.M.SubjectOf(p)
		if end == "z" {
			s += ":z"
		}
		out = append(out, string(s))
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// Lines names lines, in the order given.
func (x *Scene) Lines(lines []int32) string {
	var out []string
	for _, l := range lines {
		out = append(out, x.M.Inventory().Lines[l].ID)
	}
	return strings.Join(out, " ")
}

// Isolate has the collector of the first station say that it is cut off.
func (x *Scene) Isolate() {
	x.S.Beat(&symptom.Heartbeat{Collector: "c1", Station: x.M.Inventory().Stations[0].ID, Method: "icmp",
		Isolated: true, At: x.Now})
}

// Cover has the collector say that it pings a device and polls its ports.
func (x *Scene) Cover(device string) {
	x.S.Cover(&symptom.Coverage{Collector: "c1", Device: device, At: x.Now,
		Kinds: []symptom.Kind{symptom.Unreachable, symptom.LOS, symptom.LinkDown, symptom.FarEndMissing}})
}
