package statement

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/infer/infertest"
	"github.com/linewarden/linewarden/correlator/infer/reach"
	"github.com/linewarden/linewarden/correlator/infer/search"
	"github.com/linewarden/linewarden/correlator/infer/weight"
	"github.com/linewarden/linewarden/correlator/verdict"
)

const street = "use street\nuse street_lines\n"

// rival is a component with its probability and its score below the best.
type rival struct {
	subject string
	p       float64
	below   float32
}

// claim has one class, with domains as given: "tail 0.6 premises 0.4".
func claim(x *infertest.Scene, domains string, class ...rival) *search.Claim {
	c := &search.Claim{Began: infertest.Noon.UnixNano(), Points: x.S.Raised()}
	for i, r := range class {
		m := search.Member{Comp: x.Comp(r.subject), P: r.p, Score: -r.below, LLR: -r.below}
		if i == 0 {
			c.Roots, c.Classes = []int32{m.Comp}, [][]search.Member{nil}
		}
		c.Classes[0] = append(c.Classes[0], m)
	}
	words := strings.Fields(domains)
	for i := 0; i+1 < len(words); i += 2 {
		var p float64
		fmt.Sscan(words[i+1], &p)
		c.Domains = append(c.Domains, verdict.DomainShare{Domain: verdict.Domain(words[i]), P: p})
	}
	return c
}

func roots(f Finding) string {
	var out []string
	for _, r := range f.Roots {
		out = append(out, string(r.Subject))
	}
	return strings.Join(out, " ")
}

func TestWhatCanBeSaidOfAClaim(t *testing.T) {
	some, risk := reach.Lines{Down: []int32{0}}, reach.Lines{AtRisk: []int32{0}}
	tail := func(n string, p float64, below float32) rival { return rival{"link/T" + n, p, below} }
	for _, c := range []struct {
		says       string
		domains    string
		class      []rival
		lines      reach.Lines
		planned    bool
		outcome    verdict.Outcome
		domain     verdict.Domain
		roots      string
		confidence float64
	}{
		{"nothing is believed", "", nil, some, false, verdict.Undetermined, verdict.UndeterminedDomain, "", 0},
		{"one root is sure", "tail 1", []rival{tail("1", 0.97, 0), tail("2", 0.03, 3.5)}, some, false,
			verdict.Root, verdict.Tail, "link/T1", 0.97},
		{"two of one domain are alike", "tail 1", []rival{tail("1", 0.6, 0), tail("2", 0.4, 0.4)}, some, false,
			verdict.RootSet, verdict.Tail, "link/T1 link/T2", 1},
		{"two of one domain are not quite alike", "tail 1", []rival{tail("1", 0.85, 0), tail("2", 0.15, 1.7)}, some, false,
			verdict.DomainOnly, verdict.Tail, "link/T1 link/T2", 1},
		{"two of two domains are tied", "tail 0.6 premises 0.4", []rival{tail("1", 0.6, 0), {"power/P1", 0.4, 0.4}},
			some, false, verdict.TwoDomains, verdict.Tail, "link/T1 power/P1", 1},
		{"three domains are tied", "tail 0.5 premises 0.3 trunk 0.2",
			[]rival{tail("1", 0.5, 0), {"power/P1", 0.3, 0.5}, {"link/K1", 0.2, 0.9}}, some, false,
			verdict.Undetermined, verdict.UndeterminedDomain, "link/T1 power/P1 link/K1", 0.5},
		{"the domain is sure and its best is of another", "tail 0.96 premises 0.04", []rival{{"power/P1", 0.04, 0}}, some,
			false, verdict.DomainOnly, verdict.Tail, "", 0.96},
		{"it is planned", "tail 1", []rival{tail("1", 1, 0)}, some, true, verdict.Maintenance, verdict.Tail, "link/T1", 1},
		{"nobody is down, but protection is gone", "trunk 1", []rival{{"link/K1", 1, 0}}, risk, false,
			verdict.LostProtection, verdict.Trunk, "link/K1", 1},
		{"it is planned that protection is gone", "trunk 1", []rival{{"link/K1", 1, 0}}, risk, true,
			verdict.Maintenance, verdict.Trunk, "link/K1", 1},
		{"the station is cut off", "monitoring 1", []rival{{"station/default", 1, 0}}, reach.Lines{}, true,
			verdict.MonitoringFault, verdict.Monitoring, "station/default", 0.99},
	} {
		t.Run(c.says, func(t *testing.T) {
			x := infertest.NewScene(t, street)
			cl := claim(x, c.domains, c.class...)
			f := New(x.M, x.S).Find(cl, c.lines, c.planned)
			if f.Outcome != c.outcome || f.Domain != c.domain || roots(f) != c.roots {
				t.Errorf("%s in %s by %q, want %s in %s by %q", f.Outcome, f.Domain, roots(f), c.outcome, c.domain, c.roots)
			}
			got := Confidence(cl, f)
			if c.outcome == verdict.Maintenance || c.outcome == verdict.LostProtection {
				c.confidence = cl.Domains[0].P
			}
			if math.Abs(got-c.confidence) > 1e-4 {
				t.Errorf("confidence %v, want %v", got, c.confidence)
			}
		})
	}
}

func TestTooManyThatAreAlikeAreOneDomain(t *testing.T) {
	x := infertest.NewScene(t, "use town")
	var class []rival
	for i := range weight.AlikeMost + 1 {
		class = append(class, rival{fmt.Sprintf("link/L-T-%d-%d", i/4+1, i%4+1), 1 / 9.0, 0})
	}
	w := New(x.M, x.S)
	if f := w.Find(claim(x, "tail 1", class[:weight.AlikeMost]...), reach.Lines{}, false); f.Outcome != verdict.RootSet {
		t.Errorf("eight are a %s", f.Outcome)
	}
	if f := w.Find(claim(x, "tail 1", class...), reach.Lines{}, false); f.Outcome != verdict.DomainOnly {
		t.Errorf("nine are a %s", f.Outcome)
	}
}

func TestRootsThatExplainTogether(t *testing.T) {
	x := infertest.NewScene(t, "use bow\nuse bow_lines")
	joint := func(p float64, domains string) *search.Claim {
		one := claim(x, domains, rival{"cable/CBL-2", p, 0}, rival{"link/R2", 1 - p, 0.5})
		two := claim(x, "", rival{"cable/CBL-3", 1, 0})
		one.Roots, one.Classes = append(one.Roots, two.Roots...), append(one.Classes, two.Classes...)
		return one
	}
	w := New(x.M, x.S)
	for _, c := range []struct {
		says    string
		claim   *search.Claim
		outcome verdict.Outcome
		conf    float64
	}{
		{"both are sure", joint(0.99, "trunk 1"), verdict.Root, 0.99},
		{"one of them is not", joint(0.6, "trunk 1"), verdict.RootSet, 1},
		{"nor is their domain", joint(0.6, "trunk 0.6 core 0.4"), verdict.TwoDomains, 1},
	} {
		f := w.Find(c.claim, reach.Lines{Down: []int32{0}}, false)
		named := strings.Contains(roots(f), "cable/CBL-2") && strings.Contains(roots(f), "cable/CBL-3")
		if f.Outcome != c.outcome || !named {
			t.Errorf("%s: %s by %s", c.says, f.Outcome, roots(f))
		}
		if got := Confidence(c.claim, f); math.Abs(got-c.conf) > 1e-4 {
			t.Errorf("%s: confidence %v", c.says, got)
		}
	}
}

func TestHowARootFails(t *testing.T) {
	for _, c := range []struct {
		says, kind string
		soft       bool
		want       verdict.Mode
	}{
		{"not at all", "los", false, verdict.Down}, {"badly", "rx_power_low", true, verdict.Degraded},
		{"now and then", "flapping", true, verdict.Flapping},
	} {
		x := infertest.NewScene(t, street)
		x.Raise(c.kind, "port/CH/1")
		cl := claim(x, "tail 1", rival{"link/T1", 1, 0})
		cl.Soft = c.soft
		if got := New(x.M, x.S).Find(cl, reach.Lines{}, false).Roots[0].Mode; got != c.want {
			t.Errorf("works %s: %s", c.says, got)
		}
	}
}

func TestAFaultThatRecoversKeepsItsPlace(t *testing.T) {
	one, two := []verdict.RootCause{{Subject: "link/K1"}}, []verdict.RootCause{{Subject: "link/K1"}, {Subject: "link/T1"}}
	down, risk := reach.Lines{Down: []int32{0}}, reach.Lines{AtRisk: []int32{0}}
	for _, c := range []struct {
		says  string
		said  verdict.Outcome
		roots []verdict.RootCause
		lines reach.Lines
		want  verdict.Outcome
	}{
		{"what is down stays what it was", verdict.Root, one, down, verdict.Root},
		{"when only protection is missing still, that is said", verdict.Root, one, risk, verdict.LostProtection},
		{"of a set as well", verdict.RootSet, two, risk, verdict.LostProtection},
		{"of a domain as well", verdict.DomainOnly, two, risk, verdict.LostProtection},
		{"lines that fall before protection is back have a root", verdict.LostProtection, one, down, verdict.Root},
		{"or a set of them", verdict.LostProtection, two, down, verdict.RootSet},
		{"protection that is still missing is missing still", verdict.LostProtection, one, risk, verdict.LostProtection},
		{"what two domains may have done is not decided by it", verdict.TwoDomains, two, risk, verdict.TwoDomains},
		{"planned work stays planned", verdict.Maintenance, one, risk, verdict.Maintenance},
	} {
		said := verdict.Verdict{Outcome: c.said, FaultDomain: verdict.Trunk, Roots: c.roots}
		if f := Recovering(&said, c.lines); f.Outcome != c.want || f.Domain != verdict.Trunk || len(f.Roots) != len(c.roots) {
			t.Errorf("%s: %s in %s", c.says, f.Outcome, f.Domain)
		}
	}
}

// written is the verdict on a claim of one root that touches lines.
func written(x *infertest.Scene, cl *search.Claim, lines reach.Lines) verdict.Verdict {
	w := New(x.M, x.S)
	return w.Write(cl, lines, w.Find(cl, lines, false), cl.Began)
}

func TestSeverityFollowsTheLines(t *testing.T) {
	x := infertest.NewScene(t, "use town")
	street := infertest.NewScene(t, street)
	ten := make([]int32, weight.ManyDown)
	for i := range ten {
		ten[i] = int32(i)
	}
	for _, c := range []struct {
		says  string
		x     *infertest.Scene
		root  string
		lines reach.Lines
		want  verdict.Severity
	}{
		{"nobody is touched", x, "link/L-R0", reach.Lines{}, verdict.Warning},
		{"protection is gone", x, "link/L-R0", reach.Lines{AtRisk: ten}, verdict.Minor},
		{"lines work badly", x, "link/L-R0", reach.Lines{Degraded: ten}, verdict.Minor},
		{"nine lines are down", x, "link/L-R0", reach.Lines{Down: ten[1:]}, verdict.Major},
		{"ten are", x, "link/L-R0", reach.Lines{Down: ten}, verdict.Critical},
		{"one of the highest grade is", street, "link/T1", reach.Lines{Down: []int32{0}}, verdict.Critical},
		{"one of another grade is", street, "link/T2", reach.Lines{Down: []int32{1}}, verdict.Major},
		{"the highest grade works badly", street, "link/T1", reach.Lines{Degraded: []int32{0}}, verdict.Minor},
		{"the station is cut off", x, "station/st1", reach.Lines{}, verdict.Major},
	} {
		domain := string(c.x.M.Comp(c.x.Comp(c.root)).Domain)
		if got := written(c.x, claim(c.x, domain+" 1", rival{c.root, 1, 0}), c.lines).Severity; got != c.want {
			t.Errorf("%s: %s, want %s", c.says, got, c.want)
		}
	}
}

func TestWhoRepairsAndOnWhichSide(t *testing.T) {
	x := infertest.NewScene(t, street)
	one := reach.Lines{Down: []int32{0}}
	for root, want := range map[string]string{"link/T1": "access a", "power/P1": "power a", "link/K1": "transmission ",
		"device/CE1": "data a", "device/CR": "data "} {
		domain := string(x.M.Comp(x.Comp(root)).Domain)
		v := written(x, claim(x, domain+" 1", rival{root, 1, 0}), one)
		if got := v.Technology + " " + v.Side; got != want {
			t.Errorf("%s is for %q, want %q", root, got, want)
		}
	}
	v := written(x, claim(x, ""), one)
	if v.Technology+v.Side != "" || v.Roots == nil || v.Domains == nil || v.Rivals == nil {
		t.Errorf("without a root: %+v", v)
	}
}

func TestTheLastGoodObservationBeforeIt(t *testing.T) {
	x := infertest.NewScene(t, street)
	for i, kind := range []string{"los", "link_down", "far_end_missing"} {
		s := x.Symptoms(kind, "port/CH/1")[0]
		s.SinceAfter = infertest.Noon.Add(time.Duration(i-1) * time.Second) // one before, one at it, one after
		x.S.Tell(&s)
	}
	v := written(x, claim(x, "tail 1", rival{"link/T1", 1, 0}), reach.Lines{})
	if !v.StartedAfter.Equal(infertest.Noon) {
		t.Errorf("good at %v", v.StartedAfter)
	}
	y := infertest.NewScene(t, street)
	y.Raise("los", "port/CH/1")
	if v := written(y, claim(y, "tail 1", rival{"link/T1", 1, 0}), reach.Lines{}); !v.StartedAfter.IsZero() {
		t.Errorf("good at %v, of which nobody has told", v.StartedAfter)
	}
}

func TestWhatWouldTellRivalsApart(t *testing.T) {
	tied := []rival{{"link/T1", 0.6, 0}, {"power/P1", 0.4, 0.4}}
	for _, c := range []struct {
		says, raised, want string
		class              []rival
	}{
		{"of a far end, the port of its near end", "far_end_missing device/FE1", "poll port/CH/1", tied},
		{"of a port, that port", "los port/CH/1", "poll port/CH/1", tied},
		{"of what is pinged, the port towards it on the last box that answers",
			"unreachable device/CE1", "poll port/CH/1", tied},
		{"that box dark, on the one before", "unreachable device/CE1 device/CH", "poll port/AN/2", tied},
		{"of the box at which the station stands, itself", "unreachable device/BB", "ping device/BB", tied},
		{"of a cable's own alarm, nothing", "los cable/CBL-A", "", tied},
		{"when the root is sure, nothing", "los port/CH/1", "", tied[:1]},
	} {
		x := infertest.NewScene(t, street)
		words := strings.SplitN(c.raised, " ", 2)
		x.Raise(words[0], words[1])
		domains := "tail 0.6 premises 0.4"
		if len(c.class) == 1 {
			domains, c.class = "tail 1", []rival{{"link/T1", 1, 0}}
		}
		if got := written(x, claim(x, domains, c.class...), reach.Lines{}).NextTest; got != c.want {
			t.Errorf("%s: %q, want %q", c.says, got, c.want)
		}
	}
}

func TestRivalsAreThoseThatAreNotNamed(t *testing.T) {
	x := infertest.NewScene(t, street)
	class := []rival{{"link/T1", 0.97, 0}, {"power/P1", 0.02, 4}, {"link/K1", 0.0099, 5}, {"device/CR", 0.0001, 9}}
	v := written(x, claim(x, "tail 1", class...), reach.Lines{})
	var got []string
	for _, r := range v.Rivals {
		got = append(got, fmt.Sprintf("%s %s %v", r.Subjects[0], r.Domain, r.P))
	}
	if all := strings.Join(got, ", "); all != "power/P1 premises 0.02, link/K1 trunk 0.0099" {
		t.Errorf("rivals: %s", all)
	}
}

func TestFactsForAgainstAndMissing(t *testing.T) {
	x := infertest.NewScene(t, street)
	x.Raise("los", "port/CH/1")
	x.Raise("unreachable", "line/L1 device/CE1")
	x.Sweep()
	x.Raise("unreachable", "line/L3")
	x.Clear("unreachable", "line/L3")
	v := written(x, claim(x, "tail 1", rival{"cable/CBL-A", 1, 0}), reach.Lines{})
	facts := func(all []verdict.Fact) string {
		var out []string
		for _, f := range all {
			out = append(out, fmt.Sprintf("%s %s", f.Subject, f.State))
		}
		return strings.Join(out, ", ")
	}
	if got := facts(v.Evidence.For); got != "port/CH/1 raised, device/CE1 raised, line/L1 raised, device/CH healthy" {
		t.Errorf("for: %s", got)
	}
	if got := facts(v.Evidence.Against); got != "line/L2 healthy, line/L3 healthy" {
		t.Errorf("against: %s", got)
	}
	y := infertest.NewScene(t, street)
	y.Raise("los", "port/CH/1")
	if got := facts(written(y, claim(y, "tail 1", rival{"cable/CBL-A", 1, 0}), reach.Lines{}).Evidence.Missing); got !=
		"line/L1 unknown, line/L2 unknown, line/L3 unknown" {
		t.Errorf("missing: %s", got)
	}
}

func TestAVerdictCarriesFiftyFactsAndTheNumberOfAll(t *testing.T) {
	x := infertest.NewScene(t, street)
	for i := range 300 {
		s := x.Symptoms("los", "port/CH/1")[0]
		s.Observer = symptom.Subject(fmt.Sprintf("ems/e%d", i))
		s.Since = s.Since.Add(time.Duration(i) * time.Second)
		x.S.Tell(&s)
	}
	v := written(x, claim(x, "tail 1", rival{"link/T1", 1, 0}), reach.Lines{})
	if len(v.Evidence.For) > weight.MaxFacts+1 || v.Evidence.ForTotal < 300 {
		t.Errorf("%d facts of %d", len(v.Evidence.For), v.Evidence.ForTotal)
	}
	for i, f := range v.Evidence.For[1:] {
		if f.Weight == v.Evidence.For[i].Weight && f.Since.Before(v.Evidence.For[i].Since) {
			t.Errorf("fact %d is earlier than the one before", i)
		}
	}
}

func TestASilentCollectorIsSaidPlainly(t *testing.T) {
	x := infertest.NewScene(t, street)
	v := New(x.M, x.S).Silent("c9")
	if v.Outcome != verdict.MonitoringFault || v.FaultDomain != verdict.Monitoring ||
		v.Roots[0].Subject != "collector/c9" || v.NextTest == "" || len(v.Lines.All()) != 0 || v.Lines.Down == nil || v.Evidence.For == nil {
		t.Errorf("%+v", v)
	}
}

func TestProbabilitiesAreRoundedToFourPlaces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.Float64Range(0, 1).Draw(t, "p")
		if r := Round(p); math.Abs(r-p) > 0.00005001 || math.Abs(r*1e4-math.Round(r*1e4)) > 1e-6 {
			t.Fatalf("%v is %v", p, r)
		}
	})
}
