package icmp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	probing "github.com/prometheus-community/pro-bing"
	"golang.org/x/sys/unix"
)

// Stats is the result of Test.
type Stats struct {
	Sent, Received         int
	Min, Mean, Max, StdDev time.Duration // 0 if nothing came back
}

// Test pings one address count times on a socket of its own: a re-test, or
// somebody's "test now". A reply later than timeout is not received. It works
// without an Engine, costs twenty times as much a ping and on a raw socket
// reads everybody's replies; bulk goes through Engine.Probe.
func Test(ctx context.Context, addr netip.Addr, count int, interval, timeout time.Duration) (Stats, error) {
	plan := Plan{Count: count, Gap: interval, Timeout: timeout}
	if err := plan.validate(); err != nil {
		return Stats{}, fmt.Errorf("ping %s: %w", addr, err)
	}
	if !addr.IsValid() {
		return Stats{}, errors.New("ping: no address")
	}
	addr = addr.Unmap()
	privileged, err := needsRaw(addr)
	if err != nil {
		return Stats{}, fmt.Errorf("ping %s: %w", addr, err)
	}
	p := probing.New(addr.String())
	p.SetIPAddr(&net.IPAddr{IP: addr.AsSlice(), Zone: addr.Zone()})
	p.SetPrivileged(privileged)
	p.SetLogger(probing.NoopLogger{})
	p.Count, p.Interval, p.RecordTTLs = count, max(interval, time.Millisecond), false
	p.Timeout = time.Duration(count-1)*interval + timeout
	if err := p.RunWithContext(ctx); err != nil {
		return Stats{}, fmt.Errorf("ping %s: %w", addr, err)
	}
	s := p.Statistics()
	var rtt RTT
	received := 0
	for _, d := range s.Rtts {
		if d <= timeout {
			rtt.add(d)
			received++
		}
	}
	return Stats{
		Sent: s.PacketsSent, Received: received,
		Min: rtt.Min, Mean: rtt.Mean(), Max: rtt.Max, StdDev: rtt.StdDev(),
	}, ctx.Err()
}

// needsRaw prefers an unprivileged socket, to which the kernel delivers its
// own replies only; beside a busy Engine a raw one would get all of those.
func needsRaw(addr netip.Addr) (bool, error) {
	f := ipv4
	if addr.Is6() {
		f = ipv6
	}
	fd, err := unix.Socket(f.domain, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, f.proto)
	if err == nil {
		unix.Close(fd)
		return false, nil
	}
	fd, err = unix.Socket(f.domain, unix.SOCK_RAW|unix.SOCK_CLOEXEC, f.proto)
	if err == nil {
		unix.Close(fd)
		return true, nil
	}
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		return false, ErrPermission
	}
	return false, fmt.Errorf("open %s ICMP socket: %w", f.name, err)
}
