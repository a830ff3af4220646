package icmp

import (
	"errors"
	"fmt"
)

// Config tunes an engine.
type Config struct {
	// Size is the number of payload bytes in each request, 16 to 1400. 56, as
	// ping(8) sends, makes 84 bytes of IPv4.
	Size int
	// Batch is how many requests share one system call and one send time.
	// The last of a batch leaves after its stamp by the time that the others
	// take, about 2 µs each, and its round-trip time is too long by that much;
	// a larger batch is hardly cheaper.
	Batch int
	// ReceiveBuffer and SendBuffer are the sizes in bytes asked for; 0 leaves
	// the kernel's default. Without CAP_NET_ADMIN it grants at most
	// net.core.rmem_max and wmem_max. What waits for ARP stays in the send
	// buffer, up to 3 s and 1 kB for every on-link target that is dead.
	ReceiveBuffer, SendBuffer int
	// ProbeRate and ProbeBurst are the token bucket that all calls of Probe
	// share, in pings a second and pings.
	ProbeRate  float64
	ProbeBurst int
}

// DefaultConfig suits 100,000 targets on two cores.
func DefaultConfig() Config {
	return Config{Size: 56, Batch: 8, ReceiveBuffer: 8 << 20, SendBuffer: 8 << 20, ProbeRate: 5000, ProbeBurst: 1000}
}

// Validate reports every value that cannot work.
func (c Config) Validate() error {
	var errs []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	check(c.Size >= minPayload && c.Size <= 1400, "size: %d is not within %d and 1400", c.Size, minPayload)
	check(c.Batch >= 1 && c.Batch <= 1024, "batch: %d is not within 1 and 1024", c.Batch)
	check(c.ReceiveBuffer >= 0 && c.ReceiveBuffer <= 1<<30, "receive_buffer: %d is not within 0 and 1 GiB", c.ReceiveBuffer)
	check(c.SendBuffer >= 0 && c.SendBuffer <= 1<<30, "send_buffer: %d is not within 0 and 1 GiB", c.SendBuffer)
	check(c.ProbeRate > 0 && c.ProbeRate <= 1e6, "probe_rate: %v is not within 0 and 1000000", c.ProbeRate)
	check(c.ProbeBurst >= 1, "probe_burst: %d is less than 1", c.ProbeBurst)
	return errors.Join(errs...)
}
