package icmp

import (
	"context"
	"os"
	"runtime"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// netns is a network namespace of its own with nothing but lo in it.
type netns struct {
	t  *testing.T
	fd int
}

// newNetns makes one. Threads that enter it are locked to their goroutine and
// die with it, so nothing leaks into other tests.
func newNetns(t *testing.T) netns {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED, NOTHING WAS TESTED: network namespaces need root")
	}
	ns := netns{t: t}
	onThread(func() {
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			t.Errorf("unshare: %v", err)
			return
		}
		fd, err := unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			t.Errorf("open namespace: %v", err)
			return
		}
		ns.fd = fd
	})
	if t.Failed() {
		t.FailNow()
	}
	t.Cleanup(func() { unix.Close(ns.fd) })
	ns.do(func() {
		lo, err := netlink.LinkByName("lo")
		if err == nil {
			err = netlink.LinkSetUp(lo)
		}
		if err != nil {
			t.Errorf("lo up: %v", err)
		}
	})
	return ns
}

// onThread runs f on a thread that ends with it.
func onThread(f func()) {
	done := make(chan struct{})
	go func() {
		runtime.LockOSThread()
		defer close(done)
		f()
	}()
	<-done
}

// do runs f inside the namespace and ends the test if it failed. f itself must
// not call t.FailNow.
func (ns netns) do(f func()) {
	ns.t.Helper()
	ns.enter(f)
	if ns.t.Failed() {
		ns.t.FailNow()
	}
}

func (ns netns) enter(f func()) {
	ns.t.Helper()
	onThread(func() {
		if err := unix.Setns(ns.fd, unix.CLONE_NEWNET); err != nil {
			ns.t.Errorf("setns: %v", err)
			return
		}
		f()
	})
}

func (ns netns) sysctl(name, value string) {
	ns.t.Helper()
	ns.do(func() {
		if err := os.WriteFile("/proc/sys/net/ipv4/"+name, []byte(value), 0); err != nil {
			ns.t.Error(err)
		}
	})
}

// engine runs an engine inside the namespace until the test ends. before is
// done on its thread first.
func (ns netns) engine(cfg Config, deliver func([]Result), before func()) (*Engine, *prometheus.Registry) {
	reg := prometheus.NewRegistry()
	e := New(cfg, reg, deliver)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go ns.enter(func() {
		defer close(done)
		before()
		if err := e.Run(ctx); err != nil {
			ns.t.Errorf("Run: %v", err)
		}
	})
	ns.t.Cleanup(func() {
		cancel()
		<-done
	})
	return e, reg
}

// dropNetRaw takes CAP_NET_RAW and CAP_NET_ADMIN from this thread only.
func dropNetRaw(t *testing.T) {
	head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&head, &data[0]); err != nil {
		t.Errorf("capget: %v", err)
	}
	data[0].Effective &^= 1<<unix.CAP_NET_RAW | 1<<unix.CAP_NET_ADMIN
	if err := unix.Capset(&head, &data[0]); err != nil {
		t.Errorf("capset: %v", err)
	}
}

// counter reads one value back from the registry.
func counter(t *testing.T, reg *prometheus.Registry, name string) float64 {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			return f.GetMetric()[0].GetCounter().GetValue()
		}
	}
	t.Fatalf("no metric %s", name)
	return 0
}
