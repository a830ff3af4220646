package lab

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/linewarden/linewarden/deploy/lab/world"
)

// The control protocol: a client connects to DIR/control.sock, sends one byte
// with which file descriptors may travel, and one request as JSON. The answer
// is one reply as JSON. For exec, signals may follow the request, and the
// reply comes when the command ends; a client that goes away before takes the
// command with it.
type request struct {
	Op      string       `json:"op"`
	Fault   *world.Fault `json:"fault,omitempty"`
	Subject string       `json:"subject,omitempty"`
	Command *command     `json:"command,omitempty"`
}

type command struct {
	Args []string `json:"args"`
	Env  []string `json:"env"`
	Dir  string   `json:"dir"`
}

type signalled struct {
	Signal int `json:"signal"`
}

type reply struct {
	Error  string        `json:"error,omitempty"`
	Faults []world.Fault `json:"faults,omitempty"`
	Things []world.Thing `json:"things,omitempty"`
	Truth  *world.Truth  `json:"truth,omitempty"`
	Stats  *Stats        `json:"stats,omitempty"`
	Info   *Info         `json:"info,omitempty"`
	Exit   int           `json:"exit,omitempty"`
}

// Info is what DIR/holder.json says about a running lab.
type Info struct {
	PID       int      `json:"pid"`
	Lines     int      `json:"lines"`
	Seed      uint64   `json:"seed"`
	Devices   int      `json:"devices"`
	Stations  []string `json:"stations"` // addresses, on lw0 in the namespace
	Namespace string   `json:"namespace"`
	User      bool     `json:"user_namespace"`
}

// Files of a lab's directory.
const (
	socketFile = "control.sock"
	infoFile   = "holder.json"
	lockFile   = "holder.lock"
	logFile    = "holder.log"
)

// ErrNotUp is returned for a directory in which no lab is up.
var ErrNotUp = errors.New("no lab is up")

// dial connects to the holder of dir. The socket is reached through the
// directory's descriptor, since a socket's name may not be longer than 107
// bytes, and directories are.
func dial(dir string) (*net.UnixConn, error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("%w in %s: %w", ErrNotUp, dir, err)
	}
	defer d.Close()
	c, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: within(d, socketFile), Net: "unix"})
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ECONNREFUSED) {
		return nil, fmt.Errorf("%w in %s: start one with linelab up --dir %s", ErrNotUp, dir, dir)
	}
	if err != nil {
		return nil, fmt.Errorf("reach the lab in %s: %w", dir, err)
	}
	return c, nil
}

func listen(dir string) (*net.UnixListener, error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	path := filepath.Join(dir, socketFile)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: within(d, socketFile), Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	l.SetUnlinkOnClose(false)
	return l, os.Chmod(path, 0o600)
}

func within(dir *os.File, name string) string {
	return "/proc/self/fd/" + strconv.Itoa(int(dir.Fd())) + "/" + name
}

// Up reports whether a lab is up in dir.
func Up(dir string) bool {
	c, err := dial(dir)
	if err != nil {
		return false
	}
	c.Close()
	return true
}
