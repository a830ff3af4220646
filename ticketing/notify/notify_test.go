package notify

import (
	"testing"
	"time"
)

func TestBackoffGrowsToALimit(t *testing.T) {
	last := time.Duration(0)
	for attempts := 1; attempts < 20; attempts++ {
		wait := Backoff(attempts)
		if wait < last || wait > 10*time.Minute || wait <= 0 {
			t.Errorf("after %d attempts %v, before %v", attempts, wait, last)
		}
		last = wait
	}
	if last != 10*time.Minute {
		t.Errorf("settles at %v", last)
	}
}
