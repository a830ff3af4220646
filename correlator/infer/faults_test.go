package infer_test

import (
	"slices"
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
)

// behind lists the devices and lines whose way from the first station passes a
// device or a link.
func (s *past) behind(d, l string) (out []symptom.Subject) {
	hit := func(id string) bool {
		p, ok := s.inv.Chain(s.inv.Stations[0].ID, id)
		return ok && (d != "" && slices.Contains(p.Devices, d) || l != "" && slices.Contains(p.Links, l))
	}
	for i := range s.inv.Devices {
		dev := &s.inv.Devices[i]
		if dev.Address.IsValid() && hit(dev.ID) {
			out = append(out, symptom.Device(dev.ID))
		}
	}
	for i := range s.inv.Lines {
		ln := &s.inv.Lines[i]
		if ln.Target.IsValid() && hit(ln.A.Device) {
			out = append(out, symptom.Line(ln.ID))
		}
	}
	return out
}

// breakLink darkens both ends of a link and, unless it is protected, what is behind it.
func (s *past) breakLink(l *inventory.Link, keep float64) {
	for _, ref := range []inventory.PortRef{l.A, l.Z} {
		k := symptom.LOS
		if s.r.Intn(2) == 0 {
			k = symptom.LinkDown
		}
		if s.r.Float64() < 0.6*keep {
			s.raise(symptom.Port(ref.Device, ref.Port), "", k, s.now)
		}
	}
	if l.Protection == "" {
		for _, sub := range s.behind("", l.ID) {
			if s.r.Float64() < keep {
				s.raise(sub, "", symptom.Unreachable, s.now.Add(-time.Duration(s.r.Intn(900))*time.Millisecond))
				if s.r.Intn(8) == 0 {
					s.wait(time.Duration(s.r.Intn(300)) * time.Millisecond)
				}
			}
		}
	}
	for i := range s.inv.Devices {
		dev := &s.inv.Devices[i]
		at := l.A.Device == dev.ID || l.Z.Device == dev.ID
		if at && !dev.NearEnd.IsZero() && s.r.Float64() < keep {
			s.raise(symptom.Device(dev.ID), "", symptom.FarEndMissing, s.now)
		}
	}
}

// fault breaks something, and lets most of what it would darken be seen.
func (s *past) fault() {
	keep := []float64{1, 1, 0.9, 0.6}[s.r.Intn(4)]
	switch s.r.Intn(10) {
	case 0, 1:
		s.deviceOff(keep)
	case 2, 3:
		s.cableCut(keep)
	case 4, 5, 6:
		s.ringCut(keep)
	case 7:
		s.powerOff()
	case 8:
		s.degrade()
	case 9:
		s.noise()
	}
}

func (s *past) deviceOff(keep float64) {
	d := &s.inv.Devices[s.r.Intn(len(s.inv.Devices))]
	for _, sub := range s.behind(d.ID, "") {
		if s.r.Float64() < keep {
			s.raise(sub, "", symptom.Unreachable, s.now.Add(-time.Duration(s.r.Intn(900))*time.Millisecond))
			if s.r.Intn(10) == 0 {
				s.wait(time.Duration(s.r.Intn(300)) * time.Millisecond)
			}
		}
	}
	for _, li := range s.inv.LinksAt(d.ID) {
		l := &s.inv.Links[li]
		o := l.A
		if o.Device == d.ID {
			o = l.Z
		}
		if s.r.Float64() < keep {
			s.raise(symptom.Port(o.Device, o.Port), "", symptom.LinkDown, s.now)
		}
	}
}

func (s *past) cableCut(keep float64) {
	var cables []string
	for i := range s.inv.Links {
		cables = append(cables, s.inv.Links[i].Cables...)
	}
	c := cables[s.r.Intn(len(cables))]
	for i := range s.inv.Links {
		if slices.Contains(s.inv.Links[i].Cables, c) {
			s.breakLink(&s.inv.Links[i], keep)
		}
	}
}

// ringCut breaks a protected link, and often a second one, with what is between.
func (s *past) ringCut(keep float64) {
	var ring []int
	for i := range s.inv.Links {
		if s.inv.Links[i].Protection != "" {
			ring = append(ring, i)
		}
	}
	if len(ring) == 0 {
		s.breakLink(&s.inv.Links[s.r.Intn(len(s.inv.Links))], keep)
		return
	}
	a, b := ring[s.r.Intn(len(ring))], ring[s.r.Intn(len(ring))]
	s.breakLink(&s.inv.Links[a], keep)
	if s.r.Intn(3) == 0 {
		return
	}
	if s.r.Intn(2) == 0 {
		s.wait(time.Duration(s.r.Intn(8000)) * time.Millisecond)
	}
	s.breakLink(&s.inv.Links[b], keep)
	for i := min(a, b); i < max(a, b); i++ {
		for _, sub := range s.behind(s.inv.Links[i].Z.Device, "") {
			if s.r.Float64() < keep {
				s.raise(sub, "", symptom.Unreachable, s.now)
			}
		}
	}
}

// powerOff is a last gasp of an unmanaged unit.
func (s *past) powerOff() {
	for range 10 {
		d := &s.inv.Devices[s.r.Intn(len(s.inv.Devices))]
		if d.NearEnd.IsZero() {
			continue
		}
		s.raise(symptom.Device(d.ID), "", symptom.PowerFail, s.now)
		if s.r.Intn(2) == 0 {
			s.raise(symptom.Device(d.ID), "", symptom.FarEndMissing, s.now)
		}
		for _, sub := range s.behind(d.ID, "") {
			s.raise(sub, "", symptom.Unreachable, s.now)
		}
		return
	}
}

func (s *past) degrade() {
	ofLine := []symptom.Kind{symptom.Loss, symptom.Latency, symptom.Flapping}
	ofPort := []symptom.Kind{symptom.RxPowerLow, symptom.BitErrors, symptom.Flapping, symptom.Saturated}
	for range 1 + s.r.Intn(4) {
		if s.r.Intn(2) == 0 {
			s.raise(symptom.Line(s.inv.Lines[s.r.Intn(len(s.inv.Lines))].ID), "", ofLine[s.r.Intn(3)], s.now)
		} else {
			l := &s.inv.Links[s.r.Intn(len(s.inv.Links))]
			s.raise(symptom.Port(l.A.Device, l.A.Port), "", ofPort[s.r.Intn(4)], s.now)
		}
	}
}

// noise raises single symptoms that have nothing to do with each other.
func (s *past) noise() {
	for range 1 + s.r.Intn(5) {
		switch s.r.Intn(5) {
		case 0:
			d := &s.inv.Devices[s.r.Intn(len(s.inv.Devices))]
			ks := []symptom.Kind{symptom.Unreachable, symptom.AgentSilent, symptom.Rebooted, symptom.FarEndMissing,
				symptom.PowerFail, symptom.CustomerPortDown, symptom.Latency}
			s.raise(symptom.Device(d.ID), "", ks[s.r.Intn(len(ks))], s.now)
		case 1:
			l := &s.inv.Links[s.r.Intn(len(s.inv.Links))]
			ks := []symptom.Kind{symptom.LOS, symptom.LinkDown, symptom.AIS, symptom.RDI, symptom.SessionDown,
				symptom.Errors}
			s.raise(symptom.Port(l.Z.Device, l.Z.Port), "", ks[s.r.Intn(len(ks))], s.now)
		case 2:
			l := &s.inv.Lines[s.r.Intn(len(s.inv.Lines))]
			s.raise(symptom.Line(l.ID), []string{"", "", "z"}[s.r.Intn(3)], symptom.Unreachable, s.now)
		case 3:
			l := &s.inv.Lines[s.r.Intn(len(s.inv.Lines))]
			if l.A.Port != "" {
				s.raise(symptom.Port(l.A.Device, l.A.Port), "", symptom.LinkDown, s.now)
			}
		case 4:
			d := &s.inv.Devices[s.r.Intn(len(s.inv.Devices))]
			if d.Site != "" {
				s.raise(symptom.Power(d.Site), "", symptom.PowerFail, s.now)
			}
		}
	}
}
