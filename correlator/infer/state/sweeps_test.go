package state_test

import (
	"testing"
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/infer/infertest"
	"github.com/linewarden/linewarden/correlator/infer/state"
)

// beat is one heartbeat; from and at are seconds after noon.
type beat struct {
	collector, station, method, class string
	from, at                          int
	every                             time.Duration
	isolated                          bool
}

func (b beat) of() *symptom.Heartbeat {
	h := &symptom.Heartbeat{Collector: b.collector, Station: b.station, Method: b.method, Class: b.class,
		At: infertest.Noon.Add(time.Duration(b.at) * time.Second), Interval: b.every, Isolated: b.isolated}
	if b.from > 0 {
		h.SweepStarted, h.SweepEnded = infertest.Noon.Add(time.Duration(b.from)*time.Second), h.At
	}
	return h
}

func second(t int64) int {
	if t == 0 {
		return 0
	}
	return int((t - infertest.Noon.UnixNano()) / int64(time.Second))
}

func TestSinceWhenAStationsShareIsSwept(t *testing.T) {
	for _, c := range []struct {
		says  string
		beats []beat
		ping  int // seconds after noon; 0: never
		port  int
	}{
		{"nothing is swept before the first heartbeat", nil, 0, 0},
		{"a sweep counts from its beginning",
			[]beat{{collector: "c1", station: "s1", method: "icmp", from: 1, at: 3}}, 1, 0},
		{"pings and ports are swept apart",
			[]beat{{collector: "c1", station: "s1", method: "icmp", from: 1, at: 3},
				{collector: "c1", station: "s1", method: "snmp", from: 2, at: 3}}, 1, 2},
		{"the next sweep takes its place",
			[]beat{{collector: "c1", station: "s1", method: "icmp", from: 1, at: 3},
				{collector: "c1", station: "s1", method: "icmp", from: 11, at: 13}}, 11, 0},
		{"of two classes the older sweep counts",
			[]beat{{collector: "c1", station: "s1", method: "icmp", class: "10s", from: 11, at: 13},
				{collector: "c1", station: "s1", method: "icmp", class: "60s", from: 1, at: 13}}, 1, 0},
		{"of two collectors of a station too",
			[]beat{{collector: "c1", station: "s1", method: "icmp", from: 11, at: 13},
				{collector: "c3", station: "s1", method: "icmp", from: 5, at: 13}}, 5, 0},
		{"another station's sweep says nothing here",
			[]beat{{collector: "c2", station: "s2", method: "icmp", from: 1, at: 3}}, 0, 0},
		{"a station that is not known is found by its collector",
			[]beat{{collector: "c1", station: "elsewhere", method: "icmp", from: 1, at: 3}}, 1, 0},
		{"a heartbeat without a sweep sweeps nothing",
			[]beat{{collector: "c1", station: "s1", method: "icmp", at: 3}}, 0, 0},
		{"a listener for traps sweeps nothing and holds nothing up",
			[]beat{{collector: "c1", station: "s1", method: "icmp", from: 1, at: 3},
				{collector: "c1", station: "s1", method: "trap", at: 3}}, 1, 0},
		{"a heartbeat that comes late is passed over",
			[]beat{{collector: "c1", station: "s1", method: "icmp", from: 11, at: 13},
				{collector: "c1", station: "s1", method: "icmp", from: 1, at: 3}}, 11, 0},
		{"a collector that doubts its uplink has swept nothing new",
			[]beat{{collector: "c1", station: "s1", method: "icmp", from: 1, at: 3},
				{collector: "c1", station: "s1", method: "icmp", from: 11, at: 13, isolated: true}}, 1, 0},
		{"one that has been silent for long no longer holds the others up",
			[]beat{{collector: "c1", station: "s1", method: "icmp", from: 1, at: 3, every: 10 * time.Second},
				{collector: "c3", station: "s1", method: "icmp", from: 900, at: 903}}, 900, 0},
		{"one that announces no interval holds them up for ever",
			[]beat{{collector: "c1", station: "s1", method: "icmp", from: 1, at: 3},
				{collector: "c3", station: "s1", method: "icmp", from: 900, at: 903}}, 1, 0},
	} {
		t.Run(c.says, func(t *testing.T) {
			x := infertest.NewScene(t, "use bow\nuse bow_lines\nstation s1 H1 collector=c1\nstation s2 H2 collector=c2")
			for _, b := range c.beats {
				x.S.Beat(b.of())
			}
			if got := second(x.S.PingAsOf(0)); got != c.ping {
				t.Errorf("pings swept since %d, want %d", got, c.ping)
			}
			if got := second(x.S.AsOf(x.Point("port/N1/e"))); got != c.port {
				t.Errorf("ports swept since %d, want %d", got, c.port)
			}
		})
	}
}

func TestAHeartbeatTellsWhatItChanged(t *testing.T) {
	x := infertest.NewScene(t, "use bow\nuse bow_lines")
	for _, c := range []struct {
		says    string
		beat    beat
		changed bool
		spans   int
	}{
		{"the first sweep is news", beat{collector: "c1", station: "default", method: "icmp", from: 1, at: 3}, true, 1},
		{"a heartbeat within a sweep is not", beat{collector: "c1", station: "default", method: "icmp", at: 5}, false, 0},
		{"ports swept are news of their own",
			beat{collector: "c1", station: "default", method: "snmp", from: 2, at: 5}, true, 1},
		{"that it doubts itself is, and sweeps nothing",
			beat{collector: "c1", station: "default", method: "icmp", at: 6, isolated: true}, true, 0},
		{"that it no longer does is", beat{collector: "c1", station: "default", method: "icmp", at: 7}, true, 0},
	} {
		changed, spans := x.S.Beat(c.beat.of())
		if changed != c.changed || len(spans) != c.spans {
			t.Errorf("%s: changed %v, %d stretches", c.says, changed, len(spans))
		}
	}
}

func TestAStationIsCutOffWhenAllWhoPingThereSaySo(t *testing.T) {
	one := func(c string, at int, isolated bool) beat {
		return beat{collector: c, station: "default", method: "icmp", at: at, isolated: isolated}
	}
	for _, c := range []struct {
		says  string
		beats []beat
		since int
	}{
		{"it does not doubt itself", []beat{one("c1", 1, false)}, 0},
		{"it does", []beat{one("c1", 1, true)}, 1},
		{"it says so again, and has been cut off since it first did", []beat{one("c1", 1, true), one("c1", 9, true)}, 1},
		{"it no longer does", []beat{one("c1", 1, true), one("c1", 9, false)}, 0},
		{"one of two doubts itself", []beat{one("c1", 1, true), one("c3", 1, false)}, 0},
		{"the second finds so too", []beat{one("c1", 1, true), one("c3", 4, true)}, 1},
		{"both do, one after the other", []beat{one("c1", 1, false), one("c3", 1, false), one("c1", 3, true),
			one("c3", 5, true)}, 5},
		{"who polls ports has no say", []beat{one("c1", 1, true),
			{collector: "c1", station: "default", method: "snmp", from: 1, at: 2}}, 1},
	} {
		t.Run(c.says, func(t *testing.T) {
			x := infertest.NewScene(t, "use bow\nuse bow_lines")
			for _, b := range c.beats {
				x.S.Beat(b.of())
			}
			if got := second(x.S.Isolated(0)); got != c.since {
				t.Errorf("cut off since %d, want %d", got, c.since)
			}
		})
	}
}

func TestACollectorIsLateAfterThreeOfItsShortestIntervals(t *testing.T) {
	x := infertest.NewScene(t, "use bow\nuse bow_lines")
	for _, b := range []beat{
		{collector: "b", station: "default", method: "icmp", at: 10, every: time.Minute},
		{collector: "b", station: "default", method: "snmp", at: 20, every: 5 * time.Minute},
		{collector: "a", station: "default", method: "icmp", at: 30, every: time.Second},
		{collector: "z", station: "default", method: "icmp", at: 40},
	} {
		x.S.Beat(b.of())
	}
	all := x.S.Collectors(int64(time.Minute))
	want := []struct {
		name       string
		last, late int
	}{{"a", 30, 90}, {"b", 20, 200}} // by name; z announces nothing
	if len(all) != len(want) {
		t.Fatalf("%d collectors: %v", len(all), all)
	}
	for i, w := range want {
		if c := all[i]; c.Name != w.name || second(c.Last) != w.last || second(c.Late) != w.late {
			t.Errorf("%s, heard at %d, late at %d; want %v", c.Name, second(c.Last), second(c.Late), w)
		}
	}
}

func TestASpanCoversWhatBeganWithinIt(t *testing.T) {
	for _, c := range []struct {
		says  string
		span  state.Span
		since int64
		want  bool
	}{
		{"what began before it was known already", state.Span{From: 10, To: 20}, 10, false},
		{"what began within it is known now", state.Span{From: 10, To: 20}, 15, true},
		{"so is what began at its end", state.Span{From: 10, To: 20}, 20, true},
		{"what began after it is not", state.Span{From: 10, To: 20}, 21, false},
		{"when knowledge is lost everything is concerned", state.Span{From: 20, To: 10}, 5, true},
	} {
		if got := c.span.Covers(c.since); got != c.want {
			t.Errorf("%s: %v", c.says, got)
		}
	}
}

func TestChangesAreSearchedWhenTheyAreQuiet(t *testing.T) {
	c := state.NewChanges(4)
	if c.Due(50, 200) != 0 {
		t.Error("a search is due and nothing has changed")
	}
	c.Mark(2)
	c.Mark(2)
	c.Stir(1000)
	if got := c.Due(50, 200); got != 1050 {
		t.Errorf("due at %d after one change, want 1050", got)
	}
	c.Stir(1040)
	if got := c.Due(50, 200); got != 1090 {
		t.Errorf("due at %d after another, want 1090", got)
	}
	c.Stir(1190)
	if got := c.Due(50, 200); got != 1200 {
		t.Errorf("due at %d while changes go on, want 1200", got)
	}
	if len(c.Points()) != 1 || !c.Touch(2, 0) || c.Touch(3, 0) {
		t.Errorf("changed are %v", c.Points())
	}
	c.Swept([]state.Span{{From: 10, To: 20}})
	if !c.Touch(3, 15) || c.Touch(3, 25) {
		t.Error("what was swept is not what began in that time")
	}
	c.Whole()
	if !c.Touch(3, 25) {
		t.Error("not everything is to be searched")
	}
	c.Reset()
	if c.Due(50, 200) != 0 || c.Touch(2, 15) || len(c.Points()) != 0 {
		t.Error("something is left after the search")
	}
}
