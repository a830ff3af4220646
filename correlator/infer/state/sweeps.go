package state

import (
	"maps"
	"slices"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/infer/weight"
)

type sweepKey struct{ collector, method, class string }

// sweep is what a collector last said of one of its sweeps.
type sweep struct {
	station  int32
	started  int64
	at       int64
	interval int64
	ports    bool
	isolated bool
}

// Span is a stretch of time over which silence became health.
type Span struct{ From, To int64 }

// Covers tells whether something that began then is now known to have been swept
// since, or no longer is.
func (w Span) Covers(since int64) bool { return since > w.From && since <= w.To || w.To < w.From }

// Beat takes a heartbeat in. It tells whether what is known as healthy changed,
// and over which stretches of time.
func (s *State) Beat(h *symptom.Heartbeat) (bool, []Span) {
	station := s.stationOf(symptom.Station(h.Station))
	if station < 0 {
		station = s.stationOf(symptom.Collector(h.Collector))
	}
	if station < 0 {
		return false, nil
	}
	key := sweepKey{h.Collector, h.Method, h.Class}
	w := s.sweeps[key]
	if h.At.UnixNano() < w.at {
		return false, nil
	}
	w.station, w.at, w.interval, w.isolated = station, h.At.UnixNano(), int64(h.Interval), h.Isolated
	w.ports = h.Method == "snmp"
	if !h.Isolated && !h.SweepStarted.IsZero() && !h.SweepEnded.Before(h.SweepStarted) {
		w.started = max(w.started, h.SweepStarted.UnixNano())
	}
	s.sweeps[key] = w
	ping, port := s.pingAsOf[station], s.portAsOf[station]
	if !s.sum(station, h.At.UnixNano()) {
		return false, nil
	}
	var moved []Span
	for _, w := range []Span{{ping, s.pingAsOf[station]}, {port, s.portAsOf[station]}} {
		if w.From != w.To {
			moved = append(moved, w)
		}
	}
	return true, moved
}

// sum finds since when a station's whole share has been swept.
func (s *State) sum(station int32, now int64) bool {
	var ping, port int64
	var pings, ports bool
	latest := map[string]sweep{} // the last word of each collector
	for key, w := range s.sweeps {
		if w.station != station || key.method == "trap" {
			continue
		}
		// A collector that has fallen silent long ago speaks for nothing now.
		if w.interval > 0 && now-w.at > weight.MissedBeats*w.interval && now-w.at > weight.SilentLong {
			continue
		}
		if old, ok := latest[key.collector]; !w.ports && (!ok || w.at > old.at || w.at == old.at && w.isolated) {
			latest[key.collector] = w
		}
		if w.ports {
			if !ports || w.started < port {
				port, ports = w.started, true
			}
		} else if !pings || w.started < ping {
			ping, pings = w.started, true
		}
	}
	isolated := len(latest) > 0
	for _, w := range latest {
		isolated = isolated && w.isolated
	}
	changed := s.pingAsOf[station] != ping || s.portAsOf[station] != port
	s.pingAsOf[station], s.portAsOf[station] = ping, port
	switch {
	case isolated && s.isolated[station] == 0:
		s.isolated[station], changed = now, true
	case !isolated && s.isolated[station] != 0:
		s.isolated[station], changed = 0, true
	}
	return changed
}

// Collector is one that announces its heartbeats.
type Collector struct {
	Name string
	Last int64 // heard
	Late int64 // from when on it has been silent for too long
}

// Collectors are those that announce an interval and so are expected again, by
// name. One is late after some of its shortest intervals, and never before least.
func (s *State) Collectors(least int64) []Collector {
	shortest, last := map[string]int64{}, map[string]int64{}
	for key, w := range s.sweeps {
		if w.interval <= 0 {
			continue
		}
		last[key.collector] = max(last[key.collector], w.at)
		if have, known := shortest[key.collector]; !known || w.interval < have {
			shortest[key.collector] = w.interval
		}
	}
	out := make([]Collector, 0, len(last))
	for _, name := range slices.Sorted(maps.Keys(last)) {
		out = append(out, Collector{name, last[name], last[name] + max(weight.LateBeats*shortest[name], least)})
	}
	return out
}
