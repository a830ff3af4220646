package lab

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/linewarden/linewarden/deploy/lab/plan"
	"github.com/linewarden/linewarden/deploy/lab/world"
)

func TestAScenarioIsReadInTheOrderOfItsTimes(t *testing.T) {
	steps, err := ParseScenario([]byte(`
- {at: 90s, do: heal-all}
- {at: 0s, do: cut, subject: cable/CBL-F-0001}
- {at: 10s, do: degrade, subject: link/L-R01-1, db: 3.5, loss: 0.1, latency: 20ms}
`))
	if err != nil {
		t.Fatal(err)
	}
	if len(steps) != 3 || steps[0].Do != world.Cut || steps[1].Latency != 20*time.Millisecond || steps[1].DB != 3.5 ||
		steps[2].Do != healAll {
		t.Errorf("read %+v", steps)
	}
}

func TestABadScenarioIsRefusedWithAPlace(t *testing.T) {
	for text, want := range map[string]string{
		"- {at: 1s, do: explode, subject: x}":               "step 1",
		"- {at: 1s, do: cut}":                               "needs a subject",
		"- {at: 1s, do: heal-all, subject: x}":              "only heal-all has none",
		"- {at: -1s, do: cut, subject: x}":                  "before the start",
		"- {at: 1s, do: cut, subject: x, colour: red}":      "colour",
		"- {at: soon, do: cut, subject: x}":                 "step 1: time: invalid duration",
		"just text":                                         "scenario",
		"- {at: 1s, do: heal-all}\n- {at: 1s, do: nothing}": "step 2",
	} {
		if _, err := ParseScenario([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func FuzzScenario(f *testing.F) {
	f.Add([]byte("- {at: 1s, do: cut, subject: cable/X}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		steps, err := ParseScenario(b)
		for i := 1; err == nil && i < len(steps); i++ {
			if steps[i].At < steps[i-1].At {
				t.Fatalf("out of order: %v", steps)
			}
		}
	})
}

func TestPlayingAScenarioBreaksAndMends(t *testing.T) {
	c, _ := up(t, 20)
	for _, s := range []Step{{Do: world.Cut, Subject: "link/L-R01-2"}, {Do: world.Isolate, Subject: "station/ST1"}} {
		if err := c.Play(s); err != nil {
			t.Fatal(err)
		}
	}
	truth, _, err := c.Truth()
	if err != nil || len(truth.Faults) != 2 || truth.Faults[0].Subject != "link/L-R01-2" {
		t.Errorf("truth %+v, %v", truth, err)
	}
	if err := c.Play(Step{Do: heal, Subject: "link/L-R01-2"}); err != nil {
		t.Error(err)
	}
	if err := c.Play(Step{Do: healAll}); err != nil {
		t.Error(err)
	}
	if err := c.Play(Step{Do: heal, Subject: "link/NOPE"}); err == nil {
		t.Error("mended what there is not")
	}
}

func TestSuggestionsDoWhatTheySay(t *testing.T) {
	for _, lines := range []int{1, 2, 3, 5, 8, 12, 20, 50, 100, 200, 400} {
		for seed := range uint64(10) {
			n, err := plan.Generate(lines, seed)
			if err != nil {
				t.Fatal(err)
			}
			s := Suggest(n)
			if len(s) != 3 {
				t.Fatalf("%d lines, seed %d: %d suggestions", lines, seed, len(s))
			}
			for i, x := range s {
				trySuggestion(t, fmt.Sprintf("%d lines, seed %d: %s %s", lines, seed, x.Verb, x.Subject), n, i, x)
			}
		}
	}
}

func trySuggestion(t *testing.T, where string, n *plan.Network, i int, x Suggestion) {
	now := time.Now()
	w := world.New(n, now)
	if _, err := w.Inject(now, world.Fault{Subject: x.Subject, Action: world.Action(x.Verb)}); err != nil {
		t.Fatalf("%s: %v", where, err)
	}
	truth := w.Truth(now)
	switch {
	case i == 0 && (len(truth.Down) == 0 || !strings.Contains(x.Expect, " "+count(len(truth.Down))+" ")):
		t.Errorf("%s takes %d lines, but promises %q", where, len(truth.Down), x.Expect)
	case i == 0 && len(n.Lines) >= 50 && len(truth.Down) < 2:
		t.Errorf("%s takes a single line", where)
	case i == 1 && (len(truth.Down) == 0 || w.Advance(now.Add(time.Second))[0].Kind != world.DyingGasp):
		t.Errorf("%s takes %d lines, or without a gasp", where, len(truth.Down))
	case i == 2 && x.Verb == "cut" && (len(truth.Down) > 0 || len(truth.Open) != 1):
		t.Errorf("%s takes %v and opens %v", where, truth.Down, truth.Open)
	case i == 2 && x.Verb == "poweroff" && len(truth.Down) == 0:
		t.Errorf("%s takes no line", where)
	}
}

func TestAdviceNamesTheSettingInTheWay(t *testing.T) {
	for name, c := range map[string]struct {
		set  map[string]string
		root bool
		want string
	}{
		"Debian": {map[string]string{"kernel.unprivileged_userns_clone": "0"}, false,
			"sudo sysctl -w kernel.unprivileged_userns_clone=1"},
		"Ubuntu": {map[string]string{"kernel.apparmor_restrict_unprivileged_userns": "1"}, false,
			"sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"},
		"none":       {map[string]string{"user.max_user_namespaces": "0"}, false, "sudo sysctl -w user.max_user_namespaces="},
		"no network": {map[string]string{"user.max_net_namespaces": "0"}, true, "sudo sysctl -w user.max_net_namespaces="},
		"container":  {nil, true, "--cap-add NET_ADMIN"},
		"user":       {map[string]string{"kernel.unprivileged_userns_clone": "0"}, false, "or run linelab as root"},
	} {
		got := advice(c.root, func(n string) string { return c.set[n] })
		if !strings.Contains(got, c.want) {
			t.Errorf("%s: %s", name, got)
		}
	}
}
