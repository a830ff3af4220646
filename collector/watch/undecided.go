package watch

import "time"

// undecided are the targets that were missed and of which nothing is said yet.
type undecided struct {
	held    targetSet // missing, and nobody vouches for our own way in
	doubted targetSet // missed, and not yet often enough to be missing

	next time.Time // when those held are asked again
	turn int       // who of them was asked last
}

func newUndecided() undecided {
	return undecided{held: newTargetSet(), doubted: newTargetSet()}
}

// drop takes out who has been decided.
func (u *undecided) drop(t *Target) {
	u.held.drop(t)
	u.doubted.drop(t)
}

func (u *undecided) dropIf(match func(*Target) bool) {
	u.held.dropIf(match)
	u.doubted.dropIf(match)
}

func (u *undecided) clear() {
	u.held.clear()
	u.doubted.clear()
}

// before tells whether there is a target whose first miss lies before at and of
// which nothing is known yet: nobody vouches for our own way in, or, of this
// class, its confirmation was put off and it has to wait for its next turn.
// Until then it is unknown, and not healthy.
func (u *undecided) before(at time.Time, c *class) bool {
	for _, t := range u.held.all {
		if t.ping.FirstMiss().Before(at) {
			return true
		}
	}
	for _, t := range u.doubted.all {
		// Where pings have no outcome any more, the coverage says so.
		if t.interval == c.interval && t.unknown == "" && t.ping.FirstMiss().Before(at) {
			return true
		}
	}
	return false
}

// askEach asks those who are held in turn, until enough were asked.
func (u *undecided) askEach(enough int, ask func(*Target) bool) {
	asked := 0
	for range u.held.all {
		if asked == enough {
			return
		}
		u.turn = (u.turn + 1) % len(u.held.all)
		if ask(u.held.all[u.turn]) {
			asked++
		}
	}
}
