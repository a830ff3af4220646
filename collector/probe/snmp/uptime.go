package snmp

import "time"

// rebootHolds is how long a device counts as rebooted.
const rebootHolds = 5 * time.Minute

// sysUpTime wraps after 2^32 hundredths of a second, 497 days.
const (
	hundredth  = 10 * time.Millisecond
	uptimeWrap = (1 << 32) * hundredth
)

// uptime is what one poll says of how long the device has been running.
type uptime struct {
	at     time.Time
	sys    time.Duration // of the agent, modulo uptimeWrap
	engine time.Duration // since boots rose; 0: not known
	boots  int64         // -1: not known
	host   time.Duration // of the host, modulo uptimeWrap; 0: not known
}

// running is the best word on how long the device has been up.
func (u uptime) running() time.Duration {
	if u.host > 0 {
		return u.host
	}
	// The engine's clock does not wrap. Where both agree but for whole wraps,
	// it knows how many there were.
	if wraps := (u.engine - u.sys + uptimeWrap/2) / uptimeWrap; wraps > 0 &&
		(u.engine-u.sys-wraps*uptimeWrap).Abs() < time.Minute {
		return u.engine
	}
	return u.sys
}

// restartedSince tells whether the device started anew between two polls: the
// moment of its start has moved, by more than its clock may drift and by
// something else than a wrap.
func (u uptime) restartedSince(before uptime) bool {
	between := u.at.Sub(before.at)
	slack := max(10*time.Second, between/20)
	moved := func(was, is time.Duration) bool {
		shift := was + between - is // how much later the start is now
		return shift > slack && (shift-uptimeWrap).Abs() > slack
	}
	if before.host > 0 && u.host > 0 {
		return moved(before.host, u.host) // the agent alone may have restarted
	}
	if before.boots >= 0 && u.boots > before.boots {
		return true
	}
	return moved(before.sys, u.sys)
}
