package snmp

import (
	"slices"
	"strings"
	"time"

	"github.com/linewarden/linewarden/collector/probe"
	"github.com/linewarden/linewarden/collector/symptom"
)

// Trap says what a notification from a device means, by the profiles. oid is
// what snmpTrapOID.0 says, variables are by OID (with a leading dot), values
// int64, uint64, string or []byte. known is false for a trap that no profile
// declares. A known trap may say nothing, about a port that is nobody's
// business or whose number is not known yet: the poll that follows tells.
func (e *Engine) Trap(device, oid string, variables map[string]any, at time.Time) (samples []probe.Sample, known bool) {
	rules := e.profiles.traps[oid]
	if len(rules) == 0 {
		return nil, false
	}
	a := e.agent(device)
	if a == nil {
		return nil, true
	}
	target := a.target.Load()
	ports := a.ports.Load()
	if ports == nil { // what can be known before the first poll
		ports = &portMap{profile: e.profiles.For(target.Profile, "")}
	}
	for i := range rules {
		if s, ok := rules[i].judge(target, ports, variables); ok && !e.workedOn(target, s) {
			s.At, s.Hint = at, true
			samples = append(samples, s)
		}
	}
	return samples, true
}

// workedOn tells whether a port is down because its other end is shut.
func (e *Engine) workedOn(t *Target, s probe.Sample) bool {
	port := t.Ports[s.Subject.Part()]
	return s.Judgement == probe.Abnormal && followsPeer(s.Kind) && port.PeerID != "" &&
		e.isQuiet(port.PeerID, port.PeerPort)
}

func (r *Trap) judge(t *Target, ports *portMap, variables map[string]any) (probe.Sample, bool) {
	for column, values := range r.Needs {
		if _, v, ok := lookup(variables, column); !ok || !among(v, values) {
			return probe.Sample{}, false
		}
	}
	for column, values := range r.Unless {
		if _, v, ok := lookup(variables, column); ok && among(v, values) {
			return probe.Sample{}, false
		}
	}
	instance, value, found := lookup(variables, r.Variable)
	subject, ok := r.subject(t, ports, variables, instance, found)
	if !ok {
		return probe.Sample{}, false
	}
	judgement, ok := r.judgement(value, found)
	return probe.Sample{Subject: subject, Kind: r.Kind, Judgement: judgement}, ok
}

func (r *Trap) judgement(value any, found bool) (probe.Judgement, bool) {
	switch {
	case r.Says == "abnormal", found && among(value, r.Abnormal):
		return probe.Abnormal, true
	case r.Says == "normal", found && among(value, r.Normal):
		return probe.Normal, true
	}
	return probe.Keep, false
}

// subject finds who the trap is about.
func (r *Trap) subject(t *Target, ports *portMap, variables map[string]any, instance string,
	found bool) (symptom.Subject, bool) {
	if r.Subject == "device" {
		return symptom.Device(t.ID), true
	}
	name := ""
	if r.PortName != "" {
		if _, v, ok := lookup(variables, r.PortName); ok {
			name = written(v)
		}
	}
	if name == "" && found {
		name = ports.port(r.Index, instance)
	}
	port, named := t.Ports[name]
	if name == "" || !named || !port.used(r.For) {
		return "", false
	}
	switch {
	case r.Subject == "port":
		return symptom.Port(t.ID, name), true
	case port.FarEnd != "":
		return symptom.Device(port.FarEnd), true
	case r.Subject == "peer" && port.PeerID != "":
		return symptom.Device(port.PeerID), true
	}
	return "", false
}

// lookup finds the variable of a column, and its instance.
func lookup(variables map[string]any, column string) (instance string, value any, ok bool) {
	if column == "" {
		return "", nil, false
	}
	for oid, v := range variables {
		if rest, below := under(column, oid); below {
			return rest, v, true
		}
	}
	return "", nil, false
}

func among(v any, values []int64) bool {
	switch n := v.(type) {
	case int64:
		return slices.Contains(values, n)
	case uint64:
		return slices.Contains(values, int64(n))
	}
	return false
}

func written(v any) string {
	switch s := v.(type) {
	case string:
		return strings.TrimSpace(strings.TrimRight(s, "\x00"))
	case []byte:
		return strings.TrimSpace(strings.TrimRight(strings.ToValidUTF8(string(s), ""), "\x00"))
	}
	return ""
}
