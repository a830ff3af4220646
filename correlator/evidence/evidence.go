// Package evidence says what each symptom says about each component: the
// log-likelihood ratio of seeing it if the component has failed, against
// seeing it if all is well.
//
// The numbers are rounded judgements of how devices behave, not measurements,
// and they are meant to be read: a positive one speaks for the component, a
// negative one against it, and ln 20 (three) is the difference between two
// rivals that makes the better one believable. What one subject says is clipped,
// so that neither a wrong inventory row nor a lying sensor can veto alone.
//
// The package searches nothing, remembers nothing and knows no topology: the
// caller says how the component stands to what was observed (Relation).
package evidence

import (
	"math"

	"github.com/linewarden/linewarden/collector/symptom"
)

// Relation is how a component stands to the subject of an observation.
type Relation uint8

// The relations. Where two apply, the later one in this list is the closer one.
const (
	None      Relation = iota
	Way                // on the line's own way, though not on that of the observation; silence says nothing of it
	Station            // the observer's own place and uplink
	Path               // on the way from the station to the subject
	PeerPower          // feeds the device at the other end of the port's link
	Peer               // the device at the other end of the port's link
	Beyond             // behind the far end, on the customer's side of it
	Risk               // cable or duct of the observed link
	Link               // the link at the observed port, or to the observed far end
	SelfPower          // feeds the subject's device
	Self               // the subject's device
	Own                // the very component that the symptom names
	relations
)

// Mask is a set of symptom kinds, in force on one subject at one time.
type Mask uint32

// Of is the mask of one kind; an unknown kind is no evidence.
func Of(kind symptom.Kind) Mask {
	for i, k := range kinds {
		if k == kind {
			return 1 << i
		}
	}
	return 0
}

var kinds = symptom.Kinds()

func maskOf(all ...symptom.Kind) Mask {
	var m Mask
	for _, k := range all {
		m |= Of(k)
	}
	return m
}

// Hard symptoms say that something does not work at all; each of them asks
// for an explanation. Soft ones say that it works badly.
var (
	Hard = maskOf(symptom.Unreachable, symptom.LOS, symptom.LOF, symptom.LinkDown,
		symptom.FarEndMissing, symptom.PowerFail, symptom.CustomerPortDown)
	Soft = maskOf(symptom.Loss, symptom.Latency, symptom.Jitter, symptom.BitErrors, symptom.Errors,
		symptom.RxPowerLow, symptom.Saturated, symptom.Overheated, symptom.Flapping, symptom.LoopSuspected)
	// Local symptoms are told by a living device about its own ports and far
	// ends: whoever tells them answers, and so does the way to it.
	Local = maskOf(symptom.LOS, symptom.LOF, symptom.LinkDown, symptom.FarEndMissing, symptom.PowerFail,
		symptom.CustomerPortDown, symptom.RxPowerLow, symptom.BitErrors, symptom.Errors, symptom.AIS, symptom.RDI,
		symptom.Saturated, symptom.SessionDown)
	// FarEnd symptoms are about an unmanaged device behind the port.
	FarEnd = maskOf(symptom.FarEndMissing, symptom.PowerFail, symptom.CustomerPortDown)
	// Dark symptoms say that light or carrier is gone on a port.
	Dark = maskOf(symptom.LOS, symptom.LOF, symptom.LinkDown)
)

// row is a line of the table: weight by relation.
type row = [relations]float32

// hard is what a symptom says of components that may be down.
//
// A symptom that is a consequence and never a root (AIS, RDI), a management
// matter (agent_silent) or history (rebooted) only tips the balance.
var hard = table(map[symptom.Kind]row{
	symptom.Unreachable: {Way: 5, Station: 10, Path: 10, Link: 10, Risk: 10, SelfPower: 10, Self: 10, Own: 10},
	// A unit without power sends no light: loss of signal hardly tells them apart.
	// Of a device as a whole, such as an ONU, its far-end light is meant. With
	// link pass-through a client port goes dark with the other one (Way).
	symptom.LOS:      {Way: 8, PeerPower: 11.5, Peer: 12, Risk: 12.5, Link: 12.5, SelfPower: 11.5, Self: 12, Own: 12.5},
	symptom.LOF:      {PeerPower: 8, Peer: 11.5, Risk: 11, Link: 12, SelfPower: 8, Self: 11.5, Own: 12},
	symptom.LinkDown: {Way: 8, PeerPower: 11, Peer: 12, Risk: 12.5, Link: 12.5, SelfPower: 11, Self: 12, Own: 12},
	// A hung unit, or one swapped for another make, is missing with light present.
	// Of those that lose their power most say so with their last gasp: where none
	// came, that is less likely, though some gasps get lost.
	symptom.FarEndMissing: {Risk: 11, Link: 11, SelfPower: 10.1, Self: 11.5, Own: 11},
	// 802.3ah dying gasp: the customer's power. A cut fibre carries no gasp.
	// The near end tells of it, and may name its own port.
	symptom.PowerFail:        {PeerPower: 12, Peer: 5, Risk: -6, Link: -6, SelfPower: 12, Self: 5, Own: 12},
	symptom.CustomerPortDown: {Beyond: 11.5, Self: 6, Own: 11.5},
	// Light that sloped down before it went out was fibre, not power.
	symptom.RxPowerLow:  {PeerPower: -2.5, Peer: -0.5, Risk: 2.5, Link: 2.5, Own: 2.5},
	symptom.AIS:         {Risk: -2, Link: -2},
	symptom.RDI:         {Risk: 0.5, Link: 0.5},
	symptom.SessionDown: {Peer: 3, Risk: 2, Link: 3, Self: 2, Own: 3},
	symptom.AgentSilent: {SelfPower: 0.5, Self: 0.5},
	// Uptime that began again after the silence: it had lost its power.
	symptom.Rebooted: {Path: -2, Risk: -4, Link: -4, SelfPower: 5, Self: 2},
})

// soft is what a symptom says of components that may be working badly.
var soft = table(map[symptom.Kind]row{
	symptom.Loss:          {Way: 5, Station: 11, Path: 11, Link: 11, Risk: 10.5, Self: 11, Own: 11},
	symptom.Latency:       {Way: 5, Station: 10.5, Path: 10.5, Link: 10.5, Risk: 9, Self: 10.5, Own: 10.5},
	symptom.Jitter:        {Way: 5, Station: 10.5, Path: 10.5, Link: 10.5, Risk: 9, Self: 10.5, Own: 10.5},
	symptom.BitErrors:     {Peer: 9.5, Risk: 10.5, Link: 11, Own: 11},
	symptom.Errors:        {Peer: 9.5, Risk: 10, Link: 11, Own: 11},
	symptom.RxPowerLow:    {Peer: 9.5, Risk: 11, Link: 11, Own: 11},
	symptom.Saturated:     {Link: 11, Own: 11, Self: 3},
	symptom.Overheated:    {Self: 11, Own: 11},
	symptom.Flapping:      {Station: 9, Path: 9.5, Peer: 9, Risk: 10, Link: 11, Self: 10.5, Own: 11},
	symptom.LoopSuspected: {Beyond: 11, Link: 10, Self: 8, Own: 11},
	symptom.RDI:           {Link: 0.5},
})

// Clip is the most that one subject can say for a component, and Veto the most
// that it can say against one.
const (
	Clip = 26
	Veto = -6
)

// What health says of a component whose failure would have been seen. It is
// counted once a subject.
const (
	HealthyPing   = -4.5 // answered the sweep
	HealthyPort   = -2.5 // light or carrier is there; a trap or a poll may be off
	HealthyPeer   = -1.5 // its neighbour sees carrier
	HealthyFarEnd = -3.5 // the transceiver behind it is there
	HealthyUplink = -14  // of a station: the box at which it stands answers it
	HealthySelf   = -7   // of a device: it is what answered
	HealthySoft   = -1.2 // works well, while a part of its neighbours work badly
)

func table(rows map[symptom.Kind]row) [32]row {
	var t [32]row
	for i, k := range kinds {
		t[i] = rows[k]
	}
	return t
}

// Weights is what a set of kinds, in force on one subject, says to each
// relation, clipped.
type Weights [relations]float32

// Raised gives the weights of a mask for components that may be down.
func Raised(m Mask) Weights { return sum(&hard, m) }

// Impaired gives the weights of a mask for components that may work badly.
func Impaired(m Mask) Weights { return sum(&soft, m) }

func sum(t *[32]row, m Mask) Weights {
	var w Weights
	for i := range kinds {
		if m&(1<<i) == 0 {
			continue
		}
		for r, x := range t[i] {
			w[r] += x
		}
	}
	for r := range w {
		w[r] = min(max(w[r], Veto), Clip)
	}
	return w
}

// Silence is what it says that of n subjects, which would all have been seen to
// fail sooner or later, k have been so far and of the rest nothing is known.
// With the share seen so far as a uniform unknown this is the Beta integral
// 1/((n+1)·C(n,k)): a cause that explains just what is dark beats one that
// would have darkened much more, and unknown is still not healthy.
func Silence(n, k int) float32 {
	if n <= 0 || k > n {
		return 0
	}
	if k == n || k == 0 {
		return float32(-math.Log(float64(n + 1)))
	}
	return float32(-(math.Log(float64(n+1)) + lchoose(n, k)))
}

// lchoose is ln C(n,k), by Stirling where it is good enough and cheap.
func lchoose(n, k int) float64 { return lfact(n) - lfact(k) - lfact(n-k) }

func lfact(n int) float64 {
	if n < 2 {
		return 0
	}
	x := float64(n)
	// Stirling's series; the error at n = 2 is below 1e-5.
	return x*math.Log(x) - x + 0.5*math.Log(2*math.Pi*x) + 1/(12*x) - 1/(360*x*x*x)
}
