package snmp

import (
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/linewarden/linewarden/collector/probe"
	"github.com/linewarden/linewarden/collector/symptom"
)

func TestRestartIsToldFromWrapAndDrift(t *testing.T) {
	const minute, day = time.Minute, 24 * time.Hour
	for _, c := range []struct {
		what          string
		before, after uptime
		later         time.Duration
		want          bool
	}{
		{"a minute later, a minute older", uptime{sys: day, boots: -1}, uptime{sys: day + minute, boots: -1}, minute, false},
		{"younger than before", uptime{sys: day, boots: -1}, uptime{sys: 20 * time.Second, boots: -1}, minute, true},
		{"restarted between two polls soon after a start", uptime{sys: 10 * time.Second, boots: -1},
			uptime{sys: 40 * time.Second, boots: -1}, minute, true},
		{"a wrap after 497 days", uptime{sys: uptimeWrap - 20*time.Second, boots: -1},
			uptime{sys: 40 * time.Second, boots: -1}, minute, false},
		{"a restart shortly before the wrap", uptime{sys: uptimeWrap - day, boots: -1},
			uptime{sys: 40 * time.Second, boots: -1}, minute, true},
		{"a clock that loses two percent", uptime{sys: day, boots: -1}, uptime{sys: day + 588*time.Second, boots: -1},
			10 * minute, false},
		{"more boots", uptime{sys: day, boots: 3}, uptime{sys: day + minute, boots: 4}, minute, true},
		{"only the agent restarted, the host did not", uptime{sys: day, boots: 3, host: day},
			uptime{sys: minute / 2, boots: 4, host: day + minute}, minute, false},
		{"the host restarted", uptime{sys: day, boots: 3, host: day}, uptime{sys: minute / 2, boots: 4, host: minute / 2},
			minute, true},
	} {
		c.before.at, c.after.at = epoch, epoch.Add(c.later)
		if got := c.after.restartedSince(c.before); got != c.want {
			t.Errorf("%s: restarted %v, want %v", c.what, got, c.want)
		}
	}
}

func TestUptimeBeyond497Days(t *testing.T) {
	for _, c := range []struct {
		what string
		u    uptime
		want time.Duration
	}{
		{"the engine knows of the wrap", uptime{sys: time.Hour, engine: uptimeWrap + time.Hour + time.Second},
			uptimeWrap + time.Hour + time.Second},
		{"the engine was set up later", uptime{sys: 48 * time.Hour, engine: time.Hour}, 48 * time.Hour},
		{"the engine counts something else", uptime{sys: time.Hour, engine: 900 * 24 * time.Hour}, time.Hour},
		{"no engine", uptime{sys: time.Hour}, time.Hour},
	} {
		if got := c.u.running(); got != c.want {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		}
	}
}

func TestRebootIsSaidOnceSeen(t *testing.T) {
	s := newStandIn(t)
	s.port("1", "GE1", 1, 1)
	s.set(".1.3.6.1.2.1.1.3.0", gosnmp.TimeTicks, uint32(6_000))
	e := startEngine(t, quick(), nil, nil, s.target("R1", map[string]Port{"GE1": {Link: true}}))
	expect(t, mustPoll(t, e, "R1"), "device/R1", symptom.Rebooted, probe.Keep) // young, but never seen older
	s.set(".1.3.6.1.2.1.1.3.0", gosnmp.TimeTicks, uint32(8_640_000))
	expect(t, mustPoll(t, e, "R1"), "device/R1", symptom.Rebooted, probe.Normal)
	s.set(".1.3.6.1.2.1.1.3.0", gosnmp.TimeTicks, uint32(1_500))
	expect(t, mustPoll(t, e, "R1"), "device/R1", symptom.Rebooted, probe.Abnormal)
	expect(t, mustPoll(t, e, "R1"), "device/R1", symptom.Rebooted, probe.Abnormal) // for a while
}
