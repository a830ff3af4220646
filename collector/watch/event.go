package watch

import (
	"net/netip"
	"time"

	"github.com/linewarden/linewarden/collector/probe"
	"github.com/linewarden/linewarden/collector/symptom"
)

// Event is something that Step takes: a result, news of the bus or of the
// inventory, or passing time.
type Event interface{ event() }

// Pinged are finished pings of the schedule.
type Pinged []Ping

// Ping is the outcome of one scheduled ping.
type Ping struct {
	Key     uint32 // as Targets gave it
	Addr    netip.Addr
	Outcome Outcome
	Sent    time.Time
	RTT     time.Duration // of an answered one
	Err     error         // of an unknown one, if there is a reason
}

// Outcome is what became of a ping.
type Outcome uint8

// Unknown is neither health nor loss: the request never left, or its reply may
// have been dropped by this machine.
const (
	Unknown Outcome = iota
	Replied
	Lost
)

// Answered is what came of questions beside the schedule, see Ask.
type Answered []Answer

// Answer sums up the short series of pings that one question is. A series ends
// with its first reply.
type Answer struct {
	Key      uint32
	Addr     netip.Addr
	First    time.Time     // when the first ping left
	Sent     int           // pings whose outcome is known
	Received int           // replies
	Unknown  int           // pings without an outcome
	RTT      time.Duration // mean
	PutOff   bool          // there was no room to send any
	Err      error         // the reason for Unknown
}

// Polled is the result of one SNMP poll.
type Polled struct {
	Device   string
	Sent     time.Time // when its first question left
	Answered bool      // anything at all came back
	Whole    bool      // and nothing is missing
	Samples  []probe.Sample
	Readings []probe.Reading
	// Covers has, by device (far ends too), the kinds of which values were seen.
	Covers map[string][]symptom.Kind
}

// Swept is the end of a full round of polls.
type Swept struct {
	Interval       time.Duration
	Started, Ended time.Time
}

// Trapped is what a trap of a device hints at.
type Trapped struct {
	Device  string
	Samples []probe.Sample
}

// Planned puts a plan in force, which the engines have taken. Targets that it
// leaves as they are go on undisturbed.
type Planned struct{ Plan *Plan }

// Adopted is what an earlier life of this collector left on the bus: symptoms
// in force, and coverage of lines. From then on results are judged.
type Adopted struct {
	Symptoms []symptom.Symptom
	Coverage []symptom.Coverage
}

// Vanished is a symptom's entry that is not on the bus any more.
type Vanished struct{ Key symptom.Key }

// Remade says that the bus has lost its content.
type Remade struct{}

// Tick is time passing, due at the Deadline.
type Tick struct{}

func (Pinged) event()   {}
func (Answered) event() {}
func (Polled) event()   {}
func (Swept) event()    {}
func (Trapped) event()  {}
func (Planned) event()  {}
func (Adopted) event()  {}
func (Vanished) event() {}
func (Remade) event()   {}
func (Tick) event()     {}
