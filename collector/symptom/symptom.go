package symptom

import (
	"fmt"
	"strings"
	"time"
)

// Kind says what is abnormal.
type Kind string

// The kinds of symptom, and what each is seen on.
const (
	Unreachable      Kind = "unreachable"        // device, line: pings have no answer
	AgentSilent      Kind = "agent_silent"       // device: SNMP has no answer, although it once had
	Loss             Kind = "loss"               // line: share of pings lost, unit "1"
	Latency          Kind = "latency"            // line: round trip, unit "s"
	Jitter           Kind = "jitter"             // line: variation of the round trip, unit "s"
	LinkDown         Kind = "link_down"          // port: ifOperStatus down, and no administrator shut it
	LOS              Kind = "los"                // port: loss of signal, no light or no pulse
	LOF              Kind = "lof"                // port: loss of frame, a signal that cannot be read
	AIS              Kind = "ais"                // port: something upstream says that it has failed
	RDI              Kind = "rdi"                // port: the far end says that it receives nothing
	BitErrors        Kind = "bit_errors"         // port: share of bits that are wrong, unit "1"
	RxPowerLow       Kind = "rx_power_low"       // port: received light below its limit, unit "dBm"
	PowerFail        Kind = "power_fail"         // device: its last word was that it loses power (dying gasp)
	FarEndMissing    Kind = "far_end_missing"    // port: the device at the other end is no longer seen
	CustomerPortDown Kind = "customer_port_down" // port: the one towards the customer's own equipment
	Rebooted         Kind = "rebooted"           // device: its uptime began again
	Errors           Kind = "errors"             // port: share of packets with errors, unit "1"
	Saturated        Kind = "saturated"          // port: share of its capacity in use, unit "1"
	Overheated       Kind = "overheated"         // device: temperature, unit "Cel"
	SessionDown      Kind = "session_down"       // device: a BGP, OSPF, BFD or CFM session is lost
	Flapping         Kind = "flapping"           // any: another kind comes and goes too often
	LoopSuspected    Kind = "loop_suspected"     // port: the network sees its own frames again
)

// Kinds lists every kind there is.
func Kinds() []Kind {
	return []Kind{Unreachable, AgentSilent, Loss, Latency, Jitter, LinkDown, LOS, LOF, AIS, RDI,
		BitErrors, RxPowerLow, PowerFail, FarEndMissing, CustomerPortDown, Rebooted, Errors,
		Saturated, Overheated, SessionDown, Flapping, LoopSuspected}
}

// State is raised or cleared.
type State string

// The states of a symptom.
const (
	Raised  State = "raised"
	Cleared State = "cleared"
)

// Symptom is one abnormal condition on one subject, in force from a time until
// withdrawn. Times are UTC; Value is in Unit (UCUM-like: "s", "1", "dBm", "Cel").
type Symptom struct {
	Observer Subject `json:"observer"` // collector/ID, station/ID or ems/NAME
	Subject  Subject `json:"subject"`
	End      string  `json:"end,omitempty"` // "a" or "z" of a line; empty: a, or no line
	Kind     Kind    `json:"kind"`
	State    State   `json:"state"`
	Value    float64 `json:"value,omitempty"`
	Unit     string  `json:"unit,omitempty"`

	Since      time.Time `json:"since"`                // sending of the first bad probe, or receipt of the trap
	SinceAfter time.Time `json:"since_after,omitzero"` // last good observation before it
	At         time.Time `json:"at"`                   // when this was said
	ClearedAt  time.Time `json:"cleared_at,omitzero"`  // first good observation after it
	Hint       bool      `json:"hint,omitempty"`       // by trap alone, no poll has confirmed it yet
	Revision   string    `json:"inventory_rev,omitempty"`
}

// Key identifies a symptom: another report on the same key is an update.
type Key struct {
	Observer Subject
	Kind     Kind
	Place    Place
}

// Place is what the symptom is about.
func (s Symptom) Place() Place { return PlaceOf(s.Subject, s.End) }

// Key is the symptom's identity.
func (s Symptom) Key() Key { return Key{Observer: s.Observer, Kind: s.Kind, Place: s.Place()} }

// Token writes the key as three base64url words joined by dots, fit for a bus key.
func (k Key) Token() string {
	place := string(k.Place.Subject)
	if k.Place.End != "" {
		place += "\n" + k.Place.End
	}
	return Word(string(k.Observer)) + "." + Word(string(k.Kind)) + "." + Word(place)
}

// ParseToken is the inverse of Token.
func ParseToken(token string) (Key, error) {
	words := strings.Split(token, ".")
	if len(words) != 3 {
		return Key{}, fmt.Errorf("symptom key %q: want three words joined by dots", token)
	}
	var parts [3]string
	for i, w := range words {
		var err error
		if parts[i], err = parseWord(w); err != nil {
			return Key{}, fmt.Errorf("symptom key %q, word %d: %w", token, i+1, err)
		}
	}
	subject, end, _ := strings.Cut(parts[2], "\n")
	place := PlaceOf(Subject(subject), end)
	if err := place.Validate(); err != nil {
		return Key{}, fmt.Errorf("symptom key %q: %w", token, err)
	}
	return Key{Observer: Subject(parts[0]), Kind: Kind(parts[1]), Place: place}, nil
}

// Heartbeat is what a collector says of one of its sweeps. A kind that its
// method covers and that is not raised is healthy as of SweepStarted.
type Heartbeat struct {
	Collector    string        `json:"collector"`
	Station      string        `json:"station"`
	Method       string        `json:"method"`          // icmp, snmp, trap
	Class        string        `json:"class,omitempty"` // interval class, e.g. "10s"; empty: all targets
	Revision     string        `json:"inventory_rev"`
	SweepStarted time.Time     `json:"sweep_started"`
	SweepEnded   time.Time     `json:"sweep_ended"`
	Interval     time.Duration `json:"interval"`
	Isolated     bool          `json:"isolated,omitempty"` // the collector doubts its own uplink
	At           time.Time     `json:"at"`
}

// Coverage says which kinds a collector can observe on a device and on what
// belongs to it, and which methods it is skipping at present, and why. Where
// Line is set instead of Device it speaks of the target at one end of a line;
// a line's target that nothing is said of is covered.
type Coverage struct {
	Collector string            `json:"collector"`
	Device    string            `json:"device,omitempty"`
	Line      string            `json:"line,omitempty"`
	End       string            `json:"end,omitempty"`
	Kinds     []Kind            `json:"kinds"`
	Skipped   map[string]string `json:"skipped,omitempty"` // method -> reason
	Never     bool              `json:"never,omitempty"`   // has never answered: an inventory finding, not a fault
	At        time.Time         `json:"at"`
}

// Place is what the coverage speaks of.
func (c Coverage) Place() Place {
	if c.Line != "" {
		return PlaceOf(Line(c.Line), c.End)
	}
	return PlaceOf(Device(c.Device), "")
}

// TestRequest asks a collector to probe now.
type TestRequest struct {
	ID       string    `json:"id"`
	Line     string    `json:"line,omitempty"`   // test this line through its watches, or
	Target   Subject   `json:"target,omitempty"` // this device, port or line
	Test     string    `json:"test"`             // "ping", "poll", "line"
	Deadline time.Time `json:"deadline"`
}

// TestOutcome is pass, fail or inconclusive. No answer is inconclusive.
type TestOutcome string

// The outcomes of a test.
const (
	Pass         TestOutcome = "pass"
	Fail         TestOutcome = "fail"
	Inconclusive TestOutcome = "inconclusive"
)

// TestResult answers a TestRequest. Checks are one per watch that was asked.
type TestResult struct {
	ID        string      `json:"id"`
	Collector string      `json:"collector,omitempty"`
	Outcome   TestOutcome `json:"outcome"`
	Reason    string      `json:"reason,omitempty"`
	Checks    []Check     `json:"checks,omitempty"`
	At        time.Time   `json:"at"`
}

// Check is one watch's part of a test. Proves is service, access or management.
type Check struct {
	Method   string      `json:"method"`
	Object   string      `json:"object"`
	End      string      `json:"end,omitempty"`
	Proves   string      `json:"proves,omitempty"`
	Outcome  TestOutcome `json:"outcome"`
	Sent     int         `json:"sent,omitempty"`
	Received int         `json:"received,omitempty"`
	RTT      float64     `json:"rtt_avg,omitempty"` // seconds
	Detail   string      `json:"detail,omitempty"`
}
