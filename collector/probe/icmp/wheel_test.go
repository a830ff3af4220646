package icmp

import (
	"testing"

	"pgregory.net/rapid"
)

// The model is a map: whatever is filed comes out once, never early, and at
// most a tick late if the wheel is turned every tick.
func TestWheelAgreesWithAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := rapid.Int64Range(0, 1e12).Draw(t, "start")
		w, model, filedAt := newWheel(now), map[int32]int64{}, map[int32]int64{}
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			i := int32(rapid.IntRange(0, 30).Draw(t, "item"))
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0, 1:
				if _, filed := model[i]; !filed {
					at := now + rapid.Int64Range(-1e9, 4*wheelSize*tick).Draw(t, "in")
					w.add(i, at)
					model[i], filedAt[i] = at, now
				}
			case 2:
				w.remove(i)
				delete(model, i)
			case 3:
				now += rapid.SampledFrom([]int64{1, tick, 7 * tick, wheelSize * tick, 3 * wheelSize * tick}).Draw(t, "pass")
				for _, got := range w.collect(now, nil) {
					at, filed := model[got]
					if !filed || at > now {
						t.Fatalf("item %d collected at %d, filed %v for %d", got, now, filed, at)
					}
					delete(model, got)
				}
				for i, at := range model {
					if max(at, filedAt[i]) < now-2*tick {
						t.Fatalf("item %d due at %d is still there at %d", i, at, now)
					}
				}
			}
			if w.n != len(model) {
				t.Fatalf("wheel counts %d, model %d", w.n, len(model))
			}
		}
	})
}

// Sleeping as long as wake says must not sleep past an item.
func TestWheelWakesInTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := rapid.Int64Range(0, 1e12).Draw(t, "start")
		w := newWheel(now)
		at := now + rapid.Int64Range(-tick, 3e9).Draw(t, "in")
		w.add(0, at)
		for range 1000 {
			now = w.wake(now, 200)
			if len(w.collect(now, nil)) == 1 {
				if now > max(at, 0)+2*tick {
					t.Fatalf("due at %d, collected at %d", at, now)
				}
				return
			}
		}
		t.Fatal("never collected")
	})
}
