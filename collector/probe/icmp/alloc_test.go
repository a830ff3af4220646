package icmp

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/linewarden/linewarden/deploy/lab/wait"
)

// A hundred thousand targets for years: a ping must leave no garbage behind.
func TestNoAllocationPerPing(t *testing.T) {
	var pings, wrong atomic.Int64
	e := startEngine(t, DefaultConfig(), func(rs []Result) {
		for _, r := range rs {
			if r.Outcome != Answered {
				wrong.Add(1)
			}
		}
		pings.Add(int64(len(rs)))
	})
	if err := e.Set(ring(1000, 100*time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	wait.For(t, "the slabs to have their size", func() bool { return pings.Load() > 3000 })
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	first := pings.Load()
	wait.For(t, "ten thousand pings", func() bool { return pings.Load() > first+10_000 })
	runtime.ReadMemStats(&after)
	if per := float64(after.Mallocs-before.Mallocs) / float64(pings.Load()-first); per > 0.05 {
		t.Errorf("%.2f allocations a ping", per)
	}
	if n := wrong.Load(); n > 0 {
		t.Errorf("%d pings were not answered", n)
	}
}
