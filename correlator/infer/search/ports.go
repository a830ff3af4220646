package search

import (
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/evidence"
	"github.com/linewarden/linewarden/correlator/infer/model"
	"github.com/linewarden/linewarden/correlator/infer/weight"
)

// weighOwn counts that a device answers itself, and of a station that the box
// at which it stands answers it: then it is not the one that is cut off, however
// much else is dark.
func (r *region) weighOwn(c *cand) {
	m := r.m
	weigh := func(p int32, w float32) {
		for e, began := range r.epochs {
			if m.Point(p).Ping && r.s.Healthy(p, began) && r.s.Dark(p) < began {
				r.silence[c.silent+int32(e)] += w
			}
		}
	}
	switch m.Comp(c.comp).Kind {
	case symptom.StationSubject:
		weigh(m.Uplink(m.StationOf(c.comp)), evidence.HealthyUplink)
	case symptom.DeviceSubject:
		for st := range m.Stations() {
			weigh(m.DevicePoint(st, m.Comp(c.comp).Atoms[0]), evidence.HealthySelf/float32(m.Stations()))
		}
	}
}

// weighPorts counts the ports and far ends that are known to be well although
// the candidate's failure would show on them.
func (r *region) weighPorts(c *cand) {
	list := r.m.PortsOf(c.comp)
	if len(list) > weight.MaxPorts {
		return // a place where so much meets is judged by what answers
	}
	var sum [weight.MaxEpochs]float32
	for _, p := range list {
		for e := range r.epochs {
			if !r.s.Healthy(p, r.epochs[e]) || r.s.Dark(p) >= r.epochs[e] {
				continue
			}
			sum[e] += wellPort(r.m, p, c.comp)
		}
	}
	for e := range r.epochs {
		r.silence[c.silent+int32(e)] += max(sum[e], weight.PortVeto)
	}
}

func wellPort(m *model.Model, p, comp int32) float32 {
	pt := m.Point(p)
	for _, e := range m.Entries(p) {
		if e.Comp() != comp {
			continue
		}
		switch e.Rel() {
		case evidence.Peer, evidence.PeerPower:
			return evidence.HealthyPeer
		case evidence.Link, evidence.Risk:
			if pt.Station >= 0 {
				return evidence.HealthyFarEnd
			}
			return evidence.HealthyPort
		case evidence.Self, evidence.SelfPower:
			if pt.Station >= 0 {
				return evidence.HealthyFarEnd
			}
		case evidence.Own:
			return evidence.HealthyPort
		}
	}
	return 0
}
