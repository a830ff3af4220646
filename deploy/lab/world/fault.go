package world

import (
	"fmt"
	"slices"
	"time"
)

// Action is what somebody does to the network.
type Action string

// What can be done, and to which subjects.
const (
	Cut      Action = "cut"      // cable, link, port, card: no signal passes
	Poweroff Action = "poweroff" // device, or power of a site
	Degrade  Action = "degrade"  // cable, link, port, device: light, loss, latency
	Flap     Action = "flap"     // any of those, down and up again and again
	Reboot   Action = "reboot"   // device
	Isolate  Action = "isolate"  // station: nothing comes in or goes out
	Mute     Action = "mute"     // device: management dead, traffic passes
	Shut     Action = "shut"     // port: disabled by an administrator
)

// Fault is an action in force.
type Fault struct {
	Subject string        `json:"subject"`
	Action  Action        `json:"action"`
	Since   time.Time     `json:"since"`
	NoGasp  bool          `json:"no_gasp,omitempty"` // power goes without a last word
	DB      float64       `json:"db,omitempty"`      // of attenuation added
	Loss    float64       `json:"loss,omitempty"`    // share of round trips lost, 0 to 1
	Latency time.Duration `json:"latency,omitempty"` // added to a round trip
	Period  time.Duration `json:"period,omitempty"`  // of a flap: half down, half up

	parts []part
	until time.Time // reboot: when power is back
}

// offTime is how long a reboot keeps the power off. Boot times are those of an
// impatient spectator: real equipment takes minutes.
const offTime = time.Second

func bootTime(kind string) time.Duration {
	switch kind {
	case "router":
		return 8 * time.Second
	case "mstp", "switch":
		return 5 * time.Second
	case "cpe":
		return 4 * time.Second
	case "chassis":
		return 3 * time.Second
	}
	return 0
}

// allowed says which kinds of subject an action is for.
var allowed = map[Action][]partKind{
	Cut:      {cablePart, linkPart, portPart},
	Poweroff: {devicePart, sitePart},
	Degrade:  {cablePart, linkPart, portPart, devicePart},
	Flap:     {cablePart, linkPart, portPart, devicePart, sitePart},
	Reboot:   {devicePart},
	Isolate:  {stationPart},
	Mute:     {devicePart},
	Shut:     {portPart},
}

var use = map[Action]string{
	Cut:      "a cable, link, port or card (or line/ID for its tail); to kill a device use poweroff",
	Poweroff: "a device, or power/SITE",
	Degrade:  "a cable, link, port or device",
	Flap:     "a cable, link, port, card, device or power/SITE",
	Reboot:   "a device",
	Isolate:  "a station",
	Mute:     "a device",
	Shut:     "a port",
}

// Inject puts a fault in force and returns it as it is recorded: a line stands
// for its tail link. The same action on the same subject replaces the earlier
// one.
func (w *World) Inject(now time.Time, f Fault) (Fault, error) {
	subject, parts, err := w.names.resolve(w.Net, f.Subject)
	if err != nil {
		return f, err
	}
	for _, p := range parts {
		if !slices.Contains(allowed[f.Action], p.kind) {
			return f, fmt.Errorf("%s is for %s, not %s", f.Action, use[f.Action], f.Subject)
		}
	}
	f.Subject, f.parts, f.Since = subject, parts, now
	if err := f.check(); err != nil {
		return f, err
	}
	w.faults = slices.DeleteFunc(w.faults, func(o *Fault) bool { return o.Subject == f.Subject && o.Action == f.Action })
	w.faults = append(w.faults, &f)
	if f.Action == Reboot {
		f.until = now.Add(offTime)
		w.later(f.until, nil)
		w.later(f.until.Add(w.boot(&f)), nil)
	}
	if f.Action == Flap {
		w.later(now.Add(f.Period/2), nil)
	}
	w.settle(now)
	return f, nil
}

func (f *Fault) check() error {
	switch f.Action {
	case Degrade:
		if f.DB <= 0 && f.Loss <= 0 && f.Latency <= 0 {
			return fmt.Errorf("degrade %s by what? give decibels, loss or latency", f.Subject)
		}
		if f.Loss > 1 || f.Loss < 0 || f.DB < 0 || f.Latency < 0 {
			return fmt.Errorf("degrade %s: loss is a share from 0 to 1, and nothing may be negative", f.Subject)
		}
		if f.DB > 0 && f.parts[0].kind == devicePart {
			return fmt.Errorf("degrade %s: a device has no light of its own; name a cable, link or port", f.Subject)
		}
	case Flap:
		if f.Period < 200*time.Millisecond {
			return fmt.Errorf("flap %s: the period must be 200ms at least", f.Subject)
		}
	}
	return nil
}

// Heal takes away the faults of a subject and returns them. Equipment that
// gets its power back still has to boot.
func (w *World) Heal(now time.Time, subject string) ([]Fault, error) {
	subject, _, err := w.names.resolve(w.Net, subject)
	if err != nil {
		return nil, err
	}
	healed := w.drop(func(f *Fault) bool { return f.Subject == subject })
	if len(healed) == 0 {
		return nil, fmt.Errorf("%s is not broken", subject)
	}
	w.settle(now)
	return healed, nil
}

// HealAll takes away every fault.
func (w *World) HealAll(now time.Time) []Fault {
	healed := w.drop(func(*Fault) bool { return true })
	w.settle(now)
	return healed
}

func (w *World) drop(which func(*Fault) bool) (dropped []Fault) {
	w.faults = slices.DeleteFunc(w.faults, func(f *Fault) bool {
		if which(f) {
			dropped = append(dropped, *f)
			return true
		}
		return false
	})
	return dropped
}

func (w *World) boot(f *Fault) time.Duration { return bootTime(w.Net.Devices[f.parts[0].n].Kind) }

// active reports whether the fault bites at this moment.
func (f *Fault) active(at time.Time) bool {
	switch f.Action {
	case Reboot:
		return at.Before(f.until)
	case Flap:
		return at.Sub(f.Since)/(f.Period/2)%2 == 0
	}
	return true
}

// apply adds the fault to the state of what it hits.
func (w *World) apply(f *Fault) {
	for _, p := range f.parts {
		switch p.kind {
		case devicePart:
			w.hitDevice(f, p.n)
		case sitePart:
			for _, d := range w.names.atSite[p.n] {
				w.hitDevice(f, d)
			}
		case portPart:
			w.hitPort(f, p.n)
		case linkPart:
			w.hitLink(f, p.n)
		case cablePart:
			for _, l := range w.Net.Cables[p.n].Links {
				w.hitLink(f, l)
			}
		case stationPart:
			w.views[p.n].isolated = true
		}
	}
}

func (w *World) hitDevice(f *Fault, n int) {
	d := &w.devs[n]
	switch f.Action {
	case Poweroff, Reboot, Flap:
		d.off++
		d.gasp = d.gasp || f.Action != Reboot && !f.NoGasp
	case Degrade:
		d.loss, d.latency = either(d.loss, f.Loss), d.latency+f.Latency
	case Mute:
		d.mute = true
	}
}

func (w *World) hitPort(f *Fault, n int) {
	p := &w.ports[n]
	switch f.Action {
	case Cut, Flap:
		p.dead++
	case Shut:
		p.admin++
	case Degrade:
		p.db += f.DB
		if l := w.Net.Ports[n].Link; l >= 0 {
			w.links[l].loss, w.links[l].latency = either(w.links[l].loss, f.Loss), w.links[l].latency+f.Latency
		}
	}
}

func (w *World) hitLink(f *Fault, n int) {
	l := &w.links[n]
	switch f.Action {
	case Cut, Flap:
		l.cut++
	case Degrade:
		l.db += f.DB
		l.loss, l.latency = either(l.loss, f.Loss), l.latency+f.Latency
	}
}

// either is the probability that at least one of two independent losses hits.
func either(a, b float64) float64 { return 1 - (1-a)*(1-b) }
