package icmp

import (
	"github.com/linewarden/linewarden/configs/problem"
)

// Config tunes an engine.
type Config struct {
	// Size is the number of payload bytes in each request. 56, as ping(8)
	// sends, makes 84 bytes of IPv4.
	Size int `yaml:"size" doc:"bytes of payload, 16 to 1400"`
	// Batch is how many requests share one system call and one send time.
	// The last of a batch leaves after its stamp by the time that the others
	// take, about 2 µs each, and its round-trip time is too long by that much.
	Batch int `yaml:"batch" doc:"requests in one system call"`
	// Without CAP_NET_ADMIN the kernel grants at most net.core.rmem_max and
	// wmem_max. What waits for ARP stays in the send buffer, up to 3 s and 1 kB
	// for every on-link target that is dead.
	ReceiveBuffer int `yaml:"receive_buffer" doc:"bytes; 0: what the kernel gives by itself"`
	SendBuffer    int `yaml:"send_buffer" doc:"bytes; 0: what the kernel gives by itself"`
	// ProbeRate and ProbeBurst are the token bucket that all calls of Probe
	// share, in pings a second and pings.
	ProbeRate  float64 `yaml:"probe_rate" doc:"confirmations and questions upstream, a second"`
	ProbeBurst int     `yaml:"probe_burst" doc:"and at once"`
}

// DefaultConfig suits 100,000 targets on two cores.
func DefaultConfig() Config {
	return Config{Size: 56, Batch: 8, ReceiveBuffer: 8 << 20, SendBuffer: 8 << 20, ProbeRate: 5000, ProbeBurst: 1000}
}

// Validate names every value that cannot work.
func (c Config) Validate() []problem.Problem {
	var wrong problem.List
	wrong.Between("size", c.Size, minPayload, 1400)
	wrong.Between("batch", c.Batch, 1, 1024)
	wrong.Between("receive_buffer", c.ReceiveBuffer, 0, 1<<30)
	wrong.Between("send_buffer", c.SendBuffer, 0, 1<<30)
	wrong.Number("probe_rate", c.ProbeRate, 1, 1e6)
	wrong.Between("probe_burst", c.ProbeBurst, 1, 1_000_000)
	return wrong
}
