package state_test

import (
	"strings"
	"testing"
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/infer/infertest"
	"github.com/linewarden/linewarden/correlator/infer/state"
)

// window is planned work from so many minutes after noon to so many.
func window(from, to int, subjects string) state.Window {
	w := state.Window{ID: "W", From: minute(from), To: minute(to)}
	for _, s := range strings.Fields(subjects) {
		w.Subjects = append(w.Subjects, symptom.Subject(s))
	}
	return w
}

func minute(m int) time.Time { return infertest.Noon.Add(time.Duration(m) * time.Minute) }

func TestWhatAWindowIsRefusedFor(t *testing.T) {
	for _, c := range []struct{ says, json, want string }{
		{"a whole one is taken",
			`{"id":"W","subjects":["cable/A"],"from":"2026-01-01T00:00:00Z","to":"2026-01-01T01:00:00Z"}`, ""},
		{"one without an id", `{"subjects":["cable/A"],"from":"2026-01-01T00:00:00Z","to":"2026-01-01T01:00:00Z"}`,
			"without an id"},
		{"one without subjects", `{"id":"W","from":"2026-01-01T00:00:00Z","to":"2026-01-01T01:00:00Z"}`, "no subjects"},
		{"one without a beginning", `{"id":"W","subjects":["cable/A"],"to":"2026-01-01T01:00:00Z"}`, "from and to"},
		{"one without an end", `{"id":"W","subjects":["cable/A"],"from":"2026-01-01T00:00:00Z"}`, "from and to"},
		{"one that ends before it begins",
			`{"id":"W","subjects":["cable/A"],"from":"2026-01-01T02:00:00Z","to":"2026-01-01T01:00:00Z"}`, "before it begins"},
		{"one that ends as it begins",
			`{"id":"W","subjects":["cable/A"],"from":"2026-01-01T01:00:00Z","to":"2026-01-01T01:00:00Z"}`, "before it begins"},
		{"one about something that is no subject",
			`{"id":"W","subjects":["tree/A"],"from":"2026-01-01T00:00:00Z","to":"2026-01-01T01:00:00Z"}`, "tree"},
		{"one with a field that nobody knows", `{"id":"W","until":"tomorrow"}`, "unknown field"},
		{"one with more after it", `{"id":"W"} {"id":"X"}`, "more follows"},
		{"no window at all", `[]`, "maintenance window"},
	} {
		t.Run(c.says, func(t *testing.T) {
			w, err := state.ParseWindow([]byte(c.json))
			if c.want == "" {
				if err != nil || w.ID != "W" || len(w.Subjects) != 1 || w.To.Sub(w.From) != time.Hour {
					t.Errorf("%+v, %v", w, err)
				}
			} else if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

func TestPlannedWorkExplainsWhatBeganWhileItWasOpen(t *testing.T) {
	x := infertest.NewScene(t, street)
	plan := state.NewPlan(x.M, []state.Window{
		window(0, 10, "cable/CBL-A device/NOBODY"), window(5, 20, "cable/CBL-A"), window(0, 10, "port/CH/4")})
	for _, c := range []struct {
		says, subject string
		began, now    int
		want          int // minutes after noon until which it is explained; 0: it is not
	}{
		{"what began before any window is none of its doing", "cable/CBL-A", -1, 3, 0},
		{"what began as the window opened is", "cable/CBL-A", 0, 3, 10},
		{"so is what the cable consists of", "link/T2", 1, 3, 10},
		{"work on a port is work on its link", "link/T4", 1, 3, 10},
		{"but not what the cable's links are plugged into", "device/CH", 1, 3, 0},
		{"of two windows the later end counts", "cable/CBL-A", 6, 7, 20},
		{"a window that opened later explains nothing of what began before", "cable/CBL-A", 3, 7, 10},
		{"when its window is over it is no longer explained", "cable/CBL-A", 3, 10, 0},
		{"a window still to come explains nothing", "cable/CBL-A", 3, 4, 10},
	} {
		got := 0
		if to := plan.Parts(minute(c.began).UnixNano(), minute(c.now).UnixNano())[x.Comp(c.subject)]; to != 0 {
			got = second(to) / 60
		}
		if got != c.want {
			t.Errorf("%s: until minute %d, want %d", c.says, got, c.want)
		}
	}
}

func TestWhichWorkIsOpen(t *testing.T) {
	x := infertest.NewScene(t, street)
	plan := state.NewPlan(x.M, []state.Window{
		window(0, 10, "cable/CBL-A device/CE1"), window(5, 20, "cable/CBL-A link/K1")})
	for now, want := range map[int]string{-1: "", 0: "cable/CBL-A device/CE1", 7: "cable/CBL-A device/CE1 link/K1",
		10: "cable/CBL-A link/K1", 20: ""} {
		if got := x.Subjects(plan.Open(minute(now).UnixNano())); got != want {
			t.Errorf("at minute %d: %s, want %s", now, got, want)
		}
	}
}

func TestWorkOnLinesExplainsThemOnlyTogether(t *testing.T) {
	x := infertest.NewScene(t, street)
	plan := state.NewPlan(x.M, []state.Window{window(0, 10, "line/L1 line/L2"), window(0, 30, "line/L2 line/L3")})
	for _, c := range []struct {
		says, lines string
		began       int
		want        int
	}{
		{"one that is worked on", "L1", 1, 10},
		{"one that is worked on twice, until the later end", "L2", 1, 30},
		{"two, each in its own window", "L1 L3", 1, 30},
		{"one of them is not worked on", "L1 L4", 1, 0},
		{"they were down before", "L1", -1, 0},
		{"no line at all", "", 1, 0},
	} {
		var lines []int32
		for _, id := range strings.Fields(c.lines) {
			l, _ := x.M.LineOf(id)
			lines = append(lines, l)
		}
		got := plan.Lines(lines, minute(c.began).UnixNano(), minute(2).UnixNano())
		if (got == 0) != (c.want == 0) || got != 0 && second(got) != c.want*60 {
			t.Errorf("%s: until %d, want minute %d", c.says, second(got), c.want)
		}
	}
}
