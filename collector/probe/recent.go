package probe

import "slices"

// recentSize is how many round trips are judged together. Half of them have to
// be late before the target is: some late answers are a busy machine, ours or
// the one that answers, and no state of the line.
const recentSize = 8

// recent holds the newest round trips in seconds. The zero value holds none.
type recent struct {
	rtt  [recentSize]float32
	n    uint8 // held
	next uint8 // place of the next one
}

func (r *recent) add(seconds float32) {
	r.rtt[r.next] = seconds
	r.next = (r.next + 1) % recentSize
	r.n = min(r.n+1, recentSize)
}

// last is the newest.
func (r *recent) last() float32 { return r.rtt[(r.next+recentSize-1)%recentSize] }

// median is the lower of the two in the middle; 0 of none.
func (r *recent) median() float32 {
	held := r.rtt // a copy
	return middle(held[:r.n])
}

// step is the median of the differences between one and the next.
func (r *recent) step() float32 {
	var steps [recentSize]float32
	n := 0
	for i := recentSize - int(r.n) + 1; i < recentSize; i++ {
		at := (int(r.next) + i) % recentSize
		steps[n] = abs(r.rtt[at] - r.rtt[(at+recentSize-1)%recentSize])
		n++
	}
	return middle(steps[:n])
}

// middle sorts what it is given.
func middle(of []float32) float32 {
	if len(of) == 0 {
		return 0
	}
	slices.Sort(of)
	return of[(len(of)-1)/2]
}
