package life

import "time"

// Options are the engine's times. The zero value is not usable; see Defaults.
type Options struct {
	Quiet      time.Duration // a search waits until nothing has changed for so long,
	MaxWait    time.Duration // or until so long after the first change
	MultiLine  time.Duration // hold of a hard fault of several lines whose place is not yet sure
	SingleLine time.Duration // hold of a single line's: one confirming probe
	OneEnd     time.Duration // hold of a link dark at one end, and of what may be one with another fault
	Degraded   time.Duration // hold of a degradation
	Station    time.Duration // hold of a station that seems cut off, while its own box may yet answer
	Revise     time.Duration // a change of root or domain stands so long before it is said
	Lines      time.Duration // changes of the lines alone are said at most so often
	Recovery   time.Duration // what is left is judged anew so long after the last recovery
	Clear      time.Duration // recovery stands so long before it is said
	Flap       time.Duration // a root that fails again so soon after its recovery is the same fault
	Silent     time.Duration // a collector that says nothing for so long (or three intervals) is a fault
	Epoch      uint64        // stamped on verdicts
}

// Defaults are the times of the design: a second for hard faults of several lines,
// a confirming probe for one line, three minutes for degradations. Where nobody
// is out of service there is time to learn whether the port at the other end of
// a dark link was shut on purpose.
func Defaults() Options {
	return Options{
		Quiet: 50 * time.Millisecond, MaxWait: 200 * time.Millisecond,
		MultiLine: time.Second, SingleLine: 3 * time.Second, OneEnd: 5 * time.Second,
		Degraded: 3 * time.Minute, Station: 10 * time.Second,
		Revise: 2 * time.Second, Lines: time.Second,
		Recovery: 2 * time.Minute, Clear: 5 * time.Second, Flap: 5 * time.Minute, Silent: time.Minute,
	}
}
