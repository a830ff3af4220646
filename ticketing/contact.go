package ticketing

import "time"

// grace is how long the daemons on a database have, once it is back, to record
// what they had done and to renew their claims, before another takes those
// over. It is longer than a statement waits on a server that has frozen.
const grace = 20 * time.Second

// contact is since when the effects' loop has been in touch with the database
// without a break.
type contact struct {
	since time.Time // zero: it is not in touch
	last  time.Time // of the newest answer
	until time.Time // last, before the break
	kept  time.Time // when the claims were renewed last; zero: they must be
}

// answered notes that the database has answered at now.
func (c *contact) answered(now time.Time) {
	if c.broken(now) {
		c.since, c.until = now, c.last
	}
	c.last = now
}

// lost notes that it has not.
func (c *contact) lost() { c.since, c.kept = time.Time{}, time.Time{} }

// broken also finds the break that nobody noticed: the process was halted, a
// statement took long, or somebody set the clock.
func (c *contact) broken(now time.Time) bool {
	return c.since.IsZero() || now.Before(c.last) || now.Sub(c.last) > grace
}

// mustKeep reports whether the claims are to be renewed before others are made.
func (c *contact) mustKeep(now time.Time) bool {
	return c.kept.IsZero() || c.broken(now) || now.Sub(c.kept) >= keepEvery
}

// abandoned is by when a claim of another must have ended for him to count as
// dead. While he may have been as cut off as this daemon was, that is the time
// when it began.
func (c *contact) abandoned(now time.Time) time.Time {
	switch {
	case c.broken(now):
		return c.last
	case now.Sub(c.since) < grace:
		return c.until
	}
	return now
}
