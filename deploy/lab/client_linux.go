package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/gofrs/flock"
	"golang.org/x/sys/unix"

	"github.com/linewarden/linewarden/deploy/lab/world"
)

// Client commands the lab that is up in a directory.
type Client struct{ Dir string }

func (c Client) call(q request) (reply, error) {
	conn, err := dial(c.Dir)
	if err != nil {
		return reply{}, err
	}
	defer conn.Close()
	return ask(conn, q, nil)
}

func ask(conn *net.UnixConn, q request, fds []int) (reply, error) {
	if err := put(conn, q, fds); err != nil {
		return reply{}, fmt.Errorf("ask the lab: %w", err)
	}
	return hear(conn)
}

func put(conn *net.UnixConn, q request, fds []int) error {
	var oob []byte
	if len(fds) > 0 {
		oob = unix.UnixRights(fds...)
	}
	if _, _, err := conn.WriteMsgUnix([]byte{'L'}, oob, nil); err != nil {
		return err
	}
	return json.NewEncoder(conn).Encode(q)
}

func hear(conn *net.UnixConn) (r reply, err error) {
	if err := json.NewDecoder(conn).Decode(&r); err != nil {
		return r, fmt.Errorf("the lab gave no answer: %w", err)
	}
	if r.Error != "" {
		return r, errors.New(r.Error)
	}
	return r, nil
}

// Info tells which lab is up.
func (c Client) Info() (Info, error) {
	r, err := c.call(request{Op: "info"})
	if err != nil {
		return Info{}, err
	}
	return *r.Info, nil
}

// Inject breaks something.
func (c Client) Inject(f world.Fault) (world.Fault, error) {
	r, err := c.call(request{Op: "inject", Fault: &f})
	if err != nil {
		return f, err
	}
	return r.Faults[0], nil
}

// Heal mends what was done to a subject; HealAll everything.
func (c Client) Heal(subject string) ([]world.Fault, error) {
	r, err := c.call(request{Op: "heal", Subject: subject})
	return r.Faults, err
}

// HealAll mends everything.
func (c Client) HealAll() ([]world.Fault, error) {
	r, err := c.call(request{Op: "heal-all"})
	return r.Faults, err
}

// List is everything that can be broken.
func (c Client) List() ([]world.Thing, error) {
	r, err := c.call(request{Op: "list"})
	return r.Things, err
}

// Truth is what is really the matter, and what the lab has counted so far.
func (c Client) Truth() (world.Truth, Stats, error) {
	r, err := c.call(request{Op: "truth"})
	if err != nil {
		return world.Truth{}, Stats{}, err
	}
	return *r.Truth, *r.Stats, nil
}

// Down ends the lab and everything in it, and returns when it is gone.
func (c Client) Down() error {
	if _, err := c.call(request{Op: "down"}); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*grace)
	defer cancel()
	lock := flock.New(filepath.Join(c.Dir, lockFile))
	if _, err := lock.TryLockContext(ctx, 10*time.Millisecond); err != nil {
		return fmt.Errorf("the lab in %s does not end: %w", c.Dir, err)
	}
	return lock.Close()
}

// Command is something to run in the lab's namespaces.
type Command struct {
	Args  []string
	Env   []string // nil: the caller's
	Dir   string   // "": the caller's
	Files []*os.File
}

// Exec runs a command in the lab on the given files: standard input, output
// and error, then descriptors from 3 on. Signals are passed on to the command
// and its children. It returns the exit code, 128 and the signal's number where
// a signal ended it, 126 or 127 and an error where it could not be run.
func (c Client) Exec(cmd Command, signals <-chan os.Signal) (int, error) {
	conn, err := dial(c.Dir)
	if err != nil {
		return exitNotRun, err
	}
	defer conn.Close()
	q := request{Op: "exec", Command: &command{Args: cmd.Args, Env: cmd.Env, Dir: cmd.Dir}}
	if q.Command.Env == nil {
		q.Command.Env = os.Environ()
	}
	if q.Command.Dir == "" {
		if q.Command.Dir, err = os.Getwd(); err != nil {
			return exitNotRun, err
		}
	}
	var fds []int
	for _, f := range cmd.Files {
		fds = append(fds, int(f.Fd()))
	}
	if err := put(conn, q, fds); err != nil {
		return exitNotRun, fmt.Errorf("ask the lab: %w", err)
	}
	done := make(chan struct{})
	defer close(done)
	go pass(conn, signals, done)
	r, err := hear(conn)
	if err != nil && r.Exit == 0 {
		return exitNotRun, err
	}
	return r.Exit, err
}

// pass sends signals on until done.
func pass(conn *net.UnixConn, signals <-chan os.Signal, done <-chan struct{}) {
	out := json.NewEncoder(conn)
	for {
		select {
		case s := <-signals:
			if n, ok := s.(syscall.Signal); ok {
				_ = out.Encode(signalled{int(n)}) // the answer tells when the lab has gone
			}
		case <-done:
			return
		}
	}
}
