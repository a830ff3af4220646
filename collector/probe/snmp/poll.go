package snmp

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/linewarden/linewarden/collector/probe"
	"github.com/linewarden/linewarden/collector/symptom"
)

// quietAfter is how many unanswered polls make an agent one that is asked with
// a single datagram, until it answers again.
const quietAfter = 3

// scalars are what every poll asks of the device itself.
type scalars struct {
	objectID string
	uptime   uptime
	changed  int64
}

// poll asks one device everything once.
func (e *Engine) poll(ctx context.Context, a *agent) Result {
	t := a.target.Load()
	r := Result{Device: t.ID, Sent: time.Now()}
	v := &verdicts{target: t, samples: make([]probe.Sample, 0, a.expect+4), covered: make([]covered, 0, a.expect+4)}
	if err := e.prepare(a, t); err != nil {
		r.Err = err
		return r
	}
	s := a.session
	s.target, s.answered, s.requests = *t, false, 0
	s.tries = e.config.Tries
	if a.silent.Load() >= quietAfter {
		r.Err = s.knock(ctx)
	}
	if r.Err == nil {
		r.Err = e.ask(ctx, a, t, &r, v)
	}
	r.Took, r.Answered, r.Requests, r.RTT = time.Since(r.Sent), s.answered, s.requests, s.took
	r.SysObjectID = a.objectID
	if a.profile != nil {
		r.Profile = a.profile.Name
	}
	if r.Err != nil {
		r.Err = fmt.Errorf("poll %s at %s: %w", t.ID, t.Address, r.Err)
	}
	if ctx.Err() == nil {
		e.speakOfAgent(t, r, v)
	}
	r.Samples = v.samples
	a.expect = len(v.samples)
	r.Covers = a.coverage(v)
	return r
}

func (e *Engine) prepare(a *agent, t *Target) error {
	if a.session != nil {
		return nil
	}
	s, err := newSession(e.transport, *t, e.parser, e.config.Timeouts, e.config.Tries)
	a.session = s
	return err
}

// speakOfAgent says what any answer, or none, proves.
func (e *Engine) speakOfAgent(t *Target, r Result, v *verdicts) {
	device := symptom.Device(t.ID)
	if !r.Answered {
		v.add(probe.Sample{Subject: device, Kind: symptom.AgentSilent, Judgement: probe.Abnormal, At: r.Sent}, true, 0)
		return
	}
	v.add(probe.Sample{Subject: device, Kind: symptom.AgentSilent, Judgement: probe.Normal, At: r.Sent}, true, 0)
	v.add(probe.Sample{Subject: device, Kind: symptom.PowerFail, Judgement: probe.Normal, At: r.Sent}, false, 0)
}

func (e *Engine) ask(ctx context.Context, a *agent, t *Target, r *Result, v *verdicts) error {
	now, grid, err := e.askAll(ctx, a, t)
	if !a.session.answered {
		return err
	}
	restarted := false
	if err == nil || now.uptime.sys > 0 {
		restarted = a.note(now)
		v.speakOfUptime(a, t, now.uptime)
		r.Readings = append(make([]probe.Reading, 0, a.expect*2+8),
			probe.Reading{Subject: symptom.Device(t.ID), Name: "uptime_seconds",
				Value: now.uptime.running().Seconds(), At: now.uptime.at})
	}
	if err != nil {
		return err
	}
	if a.stale || a.plan == nil {
		if err := e.renumber(ctx, a, t); err != nil {
			return err
		}
		if grid, err = a.askPlan(ctx); err != nil {
			return err
		}
	}
	if a.base == nil || restarted {
		a.base = a.plan.grid()
	}
	v.judge(a.plan, grid, a.base)
	r.Readings = readings(r.Readings, a.plan, grid)
	r.Missing = a.plan.lacking
	if len(r.Missing) > 0 && time.Since(a.triedMap) > mapsRetry {
		a.stale = true
	}
	carry(a.profile, a.base, grid)
	e.working(a, t, v)
	return nil
}

// askAll asks for the scalars and, where the numbering is known, everything
// else in the same requests.
func (e *Engine) askAll(ctx context.Context, a *agent, t *Target) (scalars, grid, error) {
	if a.planOf != t || a.plan != nil && time.Since(a.plan.portMap.read) > mapsLive {
		a.plan = nil
	}
	now := scalars{uptime: uptime{boots: -1}, changed: -1}
	up, changed, oids := a.objects(e.profiles.fallback)
	var g grid
	if a.plan != nil {
		g = a.plan.grid()
	}
	err := a.session.get(ctx, oids, func(oid string, pdu gosnmp.SnmpPDU, sent time.Time) {
		n, _ := number(pdu)
		switch oid {
		case sysObjectID:
			now.objectID, _ = pdu.Value.(string)
		case up.SysUpTime:
			now.uptime.sys, now.uptime.at = time.Duration(n)*hundredth, sent
		case up.EngineTime:
			now.uptime.engine = time.Duration(n) * time.Second
		case up.EngineBoots:
			now.uptime.boots = n
		case up.HostUptime:
			now.uptime.host = time.Duration(n) * hundredth
		case changed:
			now.changed = n
		default:
			if a.plan != nil {
				a.plan.put(g, oid, pdu, sent)
			}
		}
	})
	if now.objectID == "" {
		now.objectID = a.objectID
	}
	if p := e.profiles.For(t.Profile, now.objectID); p != a.profile {
		a.profile, a.stale = p, true
		a.base = nil
	}
	a.objectID = now.objectID
	return now, g, err
}

// askPlan asks for what the plan lists, after the numbering has been read.
func (a *agent) askPlan(ctx context.Context) (grid, error) {
	g := a.plan.grid()
	err := a.session.get(ctx, a.plan.oids, func(oid string, pdu gosnmp.SnmpPDU, sent time.Time) {
		a.plan.put(g, oid, pdu, sent)
	})
	return g, err
}

// renumber reads how the device numbers its ports, and plans anew.
func (e *Engine) renumber(ctx context.Context, a *agent, t *Target) error {
	m := a.ports.Load()
	// Ports that the inventory now names may have been added with their hardware.
	grown := m != nil && a.planOf != t && len(newPlan(m, *t).missing(*t)) > 0
	if m == nil || grown || a.stale || m.profile != a.profile || time.Since(m.read) > mapsLive {
		a.triedMap = time.Now()
		fresh, err := a.session.readMap(ctx, a.profile, t.All)
		if err != nil {
			a.stale = true
			return fmt.Errorf("read the names of its ports: %w", err)
		}
		m = fresh
		a.ports.Store(m)
	}
	a.plan, a.planOf, a.stale = newPlan(m, *t), t, false
	a.base = nil
	return nil
}

// note takes the scalars in, and tells whether the device has started anew.
func (a *agent) note(now scalars) (restarted bool) {
	if now.uptime.at.IsZero() {
		return false
	}
	restarted = !a.uptime.at.IsZero() && now.uptime.restartedSince(a.uptime)
	if restarted {
		a.rebooted = now.uptime.at
		clear(a.session.absent)
		a.session.changes++
	}
	if restarted || now.changed >= 0 && a.changedAt >= 0 && now.changed != a.changedAt {
		a.stale = true
	}
	a.uptime, a.changedAt = now.uptime, now.changed
	return restarted
}

// objects lists what a poll asks for: scalars, and what is planned. The list
// stays the same one as long as profile and plan do, so that the requests that
// are made of it can be kept.
func (a *agent) objects(fallback *Profile) (up Uptime, changed string, oids []string) {
	p := a.profile
	if p == nil {
		p = fallback
	}
	up = Uptime{SysUpTime: ".1.3.6.1.2.1.1.3.0"} // SNMPv2-MIB
	if p.Uptime != nil {
		up = *p.Uptime
	}
	if a.profile != nil && p.Ports != nil {
		changed = p.Ports.Changed
	}
	if a.list == nil || a.listPlan != a.plan || a.listProfile != a.profile {
		a.listPlan, a.listProfile = a.plan, a.profile
		a.list = present(sysObjectID, up.SysUpTime, up.EngineTime, up.EngineBoots, up.HostUptime, changed)
		if a.plan != nil {
			a.list = append(a.list, a.plan.oids...)
		}
	}
	return up, changed, a.list
}

// speakOfUptime says whether the device has rebooted. One that was already up
// for a short time when first seen may have, or may be new: nothing is said.
func (v *verdicts) speakOfUptime(a *agent, t *Target, u uptime) {
	if u.at.IsZero() {
		return
	}
	s := probe.Sample{Subject: symptom.Device(t.ID), Kind: symptom.Rebooted, Value: u.running().Seconds(), Unit: "s",
		At: u.at, Judgement: probe.Normal}
	switch {
	case !a.rebooted.IsZero() && u.at.Sub(a.rebooted) < rebootHolds:
		s.Judgement = probe.Abnormal
	case u.running() < rebootHolds:
		s.Judgement = probe.Keep
	}
	v.add(s, true, 0)
}

// working remembers where somebody is working, and has the other ends of those
// links looked at again, since their ports are down for a good reason.
func (e *Engine) working(a *agent, t *Target, v *verdicts) {
	before := a.quiet.Load()
	if len(v.quiet) > 0 || before != nil {
		a.quiet.Store(&v.quiet)
	}
	for i := range v.samples {
		s := &v.samples[i]
		if s.Judgement == probe.Normal || !followsPeer(s.Kind) || s.Judgement != probe.Abnormal {
			continue
		}
		if p := t.Ports[s.Subject.Part()]; p.PeerID != "" && e.isQuiet(p.PeerID, p.PeerPort) {
			s.Judgement = probe.Normal
		}
	}
	for port := range v.quiet {
		if before != nil && (*before)[port] {
			continue
		}
		if peer := e.agent(t.Ports[port].PeerID); peer != nil && peer != a {
			e.start(peer, true)
		}
	}
}

// followsPeer lists what a port shows when the port at the other end is shut.
func followsPeer(k symptom.Kind) bool {
	return k == symptom.LinkDown || k == symptom.LOS || k == symptom.RxPowerLow
}

func (e *Engine) isQuiet(device, port string) bool {
	a := e.agent(device)
	if a == nil {
		return false
	}
	quiet := a.quiet.Load()
	return quiet != nil && (*quiet)[port]
}

// readings adds the values that profiles publish.
func readings(all []probe.Reading, p *plan, g grid) []probe.Reading {
	for n, row := range g {
		subject := p.subjects[n]
		for _, c := range p.portMap.profile.columns {
			at := row[c.id]
			if c.Reading == "" || !at.known() || c.invalid(at.raw) {
				continue
			}
			value, ok := c.convert(at.raw)
			switch {
			case len(c.One) > 0:
				value, ok = 0, true
				if slices.Contains(c.One, int(at.raw)) {
					value = 1
				}
			case c.Rate:
				value, ok = float64(uint64(at.raw)), true
			}
			if ok {
				all = append(all, probe.Reading{Subject: subject, Name: c.Reading, Value: value, At: at.sent})
			}
		}
	}
	return all
}

// coverage lists the kinds that this poll saw values of. It hardly ever changes
// from poll to poll, and nobody changes what was handed out.
func (a *agent) coverage(v *verdicts) map[string][]symptom.Kind {
	if a.covers != nil && slices.Equal(a.covered, v.covered) {
		return a.covers
	}
	a.covered, a.covers = v.covered, map[string][]symptom.Kind{}
	for _, c := range v.covered {
		if !slices.Contains(a.covers[c.device], c.kind) {
			a.covers[c.device] = append(a.covers[c.device], c.kind)
		}
	}
	for _, kinds := range a.covers {
		slices.Sort(kinds)
	}
	return a.covers
}

func present(oids ...string) []string {
	return slices.DeleteFunc(oids, func(s string) bool { return s == "" })
}

// Silent tells whether err means that the agent said nothing at all.
func Silent(err error) bool { return errors.Is(err, ErrNoAnswer) }
