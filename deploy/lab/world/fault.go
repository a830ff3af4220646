package world

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/linewarden/linewarden/deploy/lab/plan"
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
	Cut:      "a cable, link, port or card (or line/ID for its tail)",
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
	if allowed[f.Action] == nil {
		return f, fmt.Errorf("the lab cannot %q anything", f.Action)
	}
	if kind := parts[0].kind; !slices.Contains(allowed[f.Action], kind) {
		return f, fmt.Errorf("%s is for %s, not %s; there, use %s", f.Action, use[f.Action], f.Subject, fits(kind))
	}
	f.Subject, f.parts, f.Since = subject, parts, now
	if f.Action == Degrade {
		if err := w.weigh(&f); err != nil {
			return f, err
		}
	}
	if f.Action == Flap && f.Period < 200*time.Millisecond {
		return f, fmt.Errorf("flap %s: the period must be 200ms at least", f.Subject)
	}
	before := w.drop(func(o *Fault) bool { return o.Subject == f.Subject && o.Action == f.Action })
	if len(before) > 0 && f.lasting() {
		f.Since = before[0].Since // it was cut already, and is since then
	}
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

// lasting tells the faults that a repetition does not change.
func (f *Fault) lasting() bool {
	return f.Action != Reboot && f.Action != Flap && f.Action != Degrade
}

// fits lists what can be done to a kind of subject.
func fits(kind partKind) string {
	var words []string
	for _, a := range []Action{Cut, Poweroff, Degrade, Flap, Reboot, Isolate, Mute, Shut} {
		if slices.Contains(allowed[a], kind) {
			words = append(words, string(a))
		}
	}
	if n := len(words) - 1; n > 0 {
		return strings.Join(words[:n], ", ") + " or " + words[n]
	}
	return words[0]
}

// Where nobody says by how much to degrade, fibre loses light until its weakest
// receiver begins to make errors, and what has no light loses packets.
const (
	usualSpare = (poorMargin + fairMargin) / 2 // dB
	usualLoss  = 0.05
)

// weigh checks by how much a subject is to be degraded, or decides it.
func (w *World) weigh(f *Fault) error {
	if f.Loss > 1 || f.Loss < 0 || f.DB < 0 || f.Latency < 0 {
		return fmt.Errorf("degrade %s: loss is a share from 0 to 1, and nothing may be negative", f.Subject)
	}
	links := w.hit(f.parts)
	if len(links) == 0 && f.parts[0].kind != devicePart {
		return fmt.Errorf("degrade %s: no link of the network is plugged in there", f.Subject)
	}
	margin, fibre := 0.0, false
	for _, l := range links {
		if n := &w.Net.Links[l]; n.Medium == "fiber" {
			if m := min(n.Light[0], n.Light[1]) - sensitivity; !fibre || m < margin {
				margin, fibre = m, true
			}
		}
	}
	switch {
	case f.DB > 0 && f.parts[0].kind == devicePart:
		return fmt.Errorf("degrade %s: a device has no light of its own; name a cable, link or port, or give loss or latency",
			f.Subject)
	case f.DB > 0 && !fibre:
		return fmt.Errorf("degrade %s: there is no light in it to lose; give loss or latency", f.Subject)
	case f.DB == 0 && f.Loss == 0 && f.Latency == 0:
		if fibre {
			f.DB = math.Round((margin-usualSpare)*100) / 100
		} else {
			f.Loss = usualLoss
		}
	}
	return nil
}

// hit are the links that a fault on parts degrades directly.
func (w *World) hit(parts []part) (links []int) {
	for _, p := range parts {
		switch p.kind {
		case linkPart:
			links = append(links, p.n)
		case cablePart:
			links = append(links, w.Net.Cables[p.n].Links...)
		case portPart:
			if l := w.Net.Ports[p.n].Link; l != plan.None {
				links = append(links, l)
			}
		}
	}
	return links
}

// Heal takes away the faults of a subject and returns them: none where it is
// whole already, such as a device whose reboot is over. It refuses where
// something else keeps the subject broken, which is what has to be mended.
// Equipment that gets its power back still has to boot.
func (w *World) Heal(now time.Time, subject string) ([]Fault, error) {
	subject, parts, err := w.names.resolve(w.Net, subject)
	if err != nil {
		return nil, err
	}
	healed := w.drop(func(f *Fault) bool { return f.Subject == subject })
	if len(healed) == 0 {
		for _, f := range w.faults {
			if w.reaches(f, parts) {
				return nil, fmt.Errorf("%s itself is not broken, but %s is (%s): heal that", subject, f.Subject, f.Action)
			}
		}
		return nil, nil
	}
	w.settle(now)
	return healed, nil
}

// reaches reports whether a fault hits what parts are or belong to: the cable of
// a link, the power of a device's site, a part of a card or site.
func (w *World) reaches(f *Fault, parts []part) bool {
	mine, its := w.members(parts), w.members(f.parts)
	return slices.ContainsFunc(its, func(p part) bool { return slices.Contains(mine, p) })
}

// members are the parts and what they consist of.
func (w *World) members(parts []part) []part {
	out := slices.Clone(parts)
	for _, p := range parts {
		switch p.kind {
		case cablePart:
			for _, l := range w.Net.Cables[p.n].Links {
				out = append(out, part{linkPart, l})
			}
		case sitePart:
			for _, d := range w.names.atSite[p.n] {
				out = append(out, part{devicePart, d})
			}
		}
	}
	return out
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
