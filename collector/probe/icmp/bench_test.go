package icmp

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const benchTargets = 20_000

// cpu is the CPU time that this process has used.
func cpu(t testing.TB) time.Duration {
	t.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// flatOut is a rate that nothing reaches.
const flatOut = 1e6

// engineCPU pings n loopback targets once at the given rate and returns the
// CPU time of it. Every one must answer. The engine is warm: it has done the
// same once before.
func engineCPU(t testing.TB, n int, rate float64) time.Duration {
	cfg := DefaultConfig()
	cfg.ProbeRate, cfg.ProbeBurst = rate, 1
	e := startEngine(t, cfg, func([]Result) {})
	targets := ring(n, time.Second)
	var spent time.Duration
	for range 2 {
		runtime.GC()
		before := cpu(t)
		tallies, err := e.Probe(t.Context(), targets, Plan{Count: 1, Timeout: time.Second})
		spent = cpu(t) - before
		if err != nil {
			t.Fatal(err)
		}
		for _, y := range tallies {
			if y.Received != 1 {
				t.Fatalf("%s: %+v", y.Addr, y)
			}
		}
	}
	return spent
}

// bareCPU is the yardstick: the same requests through sendmmsg and recvmmsg in
// full batches, with ICMP_FILTER but without time stamps, matching or
// time-outs; as fast as it goes, or at the same rate, asleep between ticks.
func bareCPU(t testing.TB, n int, rate float64) time.Duration {
	needRaw(t)
	const batch, size = 64, 56
	s := &socket{family: ipv4, raw: true, id: 4711}
	var err error
	if s.fd, err = unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_NONBLOCK, unix.IPPROTO_ICMP); err != nil {
		t.Fatal(err)
	}
	defer s.close()
	if err := s.onlyReplies(); err != nil {
		t.Fatal(err)
	}
	tx, rx := newSender(s, batch, size), newReceiver(s, batch, size)
	for i := range rx.msgs {
		rx.msgs[i].hdr.Control = nil
		rx.ctrls[i] = nil
	}
	pace := time.NewTicker(time.Duration(tick))
	defer pace.Stop()
	perTick := int(rate * float64(tick) / 1e9)
	before, got := cpu(t), 0
	for i, quota := 0, perTick; i < n; {
		for tx.n = 0; tx.n < batch && i < n; i++ {
			tx.add(loopback(i+1), 0, echo{id: s.id, seq: uint16(i)})
		}
		if sent, err := tx.send(0); err != nil || sent != tx.n {
			t.Fatalf("bare loop: sent %d of %d: %v", sent, tx.n, err)
		}
		for deadline := time.Now().Add(time.Second); got < i && time.Now().Before(deadline); {
			k, err := rx.receive()
			if err != nil {
				t.Fatal(err)
			}
			got += k
		}
		if quota -= tx.n; quota <= 0 && rate < flatOut {
			<-pace.C
			quota += perTick
		}
	}
	spent := cpu(t) - before
	if got < n {
		t.Fatalf("bare loop: %d of %d came back", got, n)
	}
	return spent
}

// fpingCPU is what fping uses for the same, sending as fast as it can, which
// is where it is cheapest; 0 if it is not installed.
func fpingCPU(t testing.TB, n int) time.Duration {
	path, err := exec.LookPath("fping")
	if err != nil {
		return 0
	}
	list := filepath.Join(t.TempDir(), "targets")
	f, err := os.Create(list)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		fmt.Fprintln(f, loopback(i+1))
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "-q", "-c", "1", "-i", "0", "-f", list)
	if err := cmd.Run(); err != nil {
		t.Logf("fping lost replies: %v", err)
	}
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}

// needRaw skips loudly where raw sockets are not allowed.
func needRaw(t testing.TB) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP)
	if err != nil {
		t.Skipf("SKIPPED, NOTHING WAS TESTED: raw socket: %v", err)
	}
	unix.Close(fd)
}

// BenchmarkLoopback reports the CPU time a ping of the engine, and its ratios
// to a bare batch loop in the same run, both flat out and both at 20,000 pings
// a second, and to fping at its cheapest, flat out. It fails if of-bare is above
// 1.5 or of-fping above 0.5 (aim: a third).
func BenchmarkLoopback(b *testing.B) {
	for _, rate := range []float64{flatOut, benchTargets} {
		name := fmt.Sprintf("rate=%.0f", rate)
		if rate == flatOut {
			name = "rate=flat-out"
		}
		b.Run(name, func(b *testing.B) {
			var engine, bare, fping []time.Duration
			for b.Loop() {
				for range 5 { // others use the machine too, which only ever adds: the best counts
					engine = append(engine, engineCPU(b, benchTargets, rate))
					bare = append(bare, bareCPU(b, benchTargets, rate))
					fping = append(fping, fpingCPU(b, benchTargets))
				}
			}
			e, r, f := slices.Min(engine), slices.Min(bare), slices.Min(fping)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(e.Nanoseconds())/benchTargets, "engine-cpu-ns/ping")
			b.ReportMetric(float64(r.Nanoseconds())/benchTargets, "bare-cpu-ns/ping")
			b.ReportMetric(float64(e)/float64(r), "of-bare")
			if float64(e) > 1.5*float64(r) {
				b.Errorf("more than 1.5 times the CPU time of a bare loop")
			}
			if f == 0 {
				b.Log("fping is not installed: no comparison with it")
				return
			}
			b.ReportMetric(float64(f.Nanoseconds())/benchTargets, "fping-cpu-ns/ping")
			b.ReportMetric(float64(e)/float64(f), "of-fping")
			if float64(e) > 0.5*float64(f) {
				b.Errorf("more than half of fping's CPU time")
			}
		})
	}
}
