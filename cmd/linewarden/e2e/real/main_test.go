// Package real tells end-to-end stories against software that nobody here
// wrote: kernels in network namespaces, FRR's OSPF and net-snmp's agent. The
// daemon runs unchanged, as its own process, and is asked through its public
// API only.
//
// It simulates nothing, looks at no log to decide anything, and leaves nothing
// behind: the tests run in a PID and a mount namespace of their own, with which
// every process and every network namespace ends, whatever happens to them.
package real

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/linewarden/linewarden/cmd/linewarden/e2e/kit"
)

const (
	insideEnv = "LINEWARDEN_E2E_REAL" // directory of the run, set in the inner process
	loudly    = "*** linewarden e2e/real NOT RUN: network namespaces, snmpd and FRR need root; run `sudo make e2e` ***"
)

// workDir holds the daemon and everything that the run writes.
var workDir = os.Getenv(insideEnv)

func TestMain(m *testing.M) {
	switch {
	case workDir != "":
		os.Exit(inside(m))
	case os.Geteuid() == 0:
		os.Exit(outside())
	}
	fmt.Fprintln(os.Stderr, loudly)
	if os.Getenv("CI") != "" {
		fmt.Fprintln(os.Stderr, "CI must run them: giving up")
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// outside builds the daemon and starts this same test binary again where it may
// do as it likes.
func outside() int {
	dir, err := kit.Programs("linewarden")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	runtime.LockOSThread() // Pdeathsig is the death of this thread
	again := exec.Command("/proc/self/exe", os.Args[1:]...)
	again.Env = append(os.Environ(), insideEnv+"="+dir)
	again.Stdin, again.Stdout, again.Stderr = os.Stdin, os.Stdout, os.Stderr
	again.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	if err := again.Run(); err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return max(exit.ExitCode(), 1)
		}
		fmt.Fprintln(os.Stderr, "start the tests in namespaces of their own:", err)
		return 1
	}
	return 0
}

// inside is process 1 of the PID namespace: the kernel kills all others with it.
func inside(m *testing.M) int {
	for _, step := range []struct {
		what string
		err  error
	}{
		{"make mounts private", unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")},
		{"mount /proc", unix.Mount("proc", "/proc", "proc", 0, "")},
		{"mount /run", unix.Mount("tmpfs", "/run", "tmpfs", 0, "")},
		{"mount /var/tmp", unix.Mount("tmpfs", "/var/tmp", "tmpfs", 0, "")}, // FRR's crash logs, by process id
		{"make /run/netns", os.Mkdir("/run/netns", 0o755)},
	} {
		if step.err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", step.what, step.err)
			return 1
		}
	}
	return m.Run()
}
