package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// holderName is what a process is called that Reexec turns into a holder.
const holderName = "linelab-holder"

// orders are what a holder is told by the process that starts it.
type orders struct {
	Options
	Outside string
}

// report is what it says when it is ready, or why it cannot be.
type report struct {
	Info       *Info  `json:"info,omitempty"`
	Error      string `json:"error,omitempty"`
	Permission bool   `json:"permission,omitempty"`
}

// Reexec turns the process into a holder if Start has started it as one, and
// does not return then. A program that calls Start calls this first.
func Reexec() {
	if os.Args[0] != holderName || len(os.Args) != 2 {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), unix.SIGTERM, unix.SIGINT, unix.SIGHUP)
	code := 0
	if err := reexec(ctx, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "linelab:", err)
		code = 1
	}
	stop()
	os.Exit(code)
}

func reexec(ctx context.Context, text string) error {
	var o orders
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return fmt.Errorf("holder's orders: %w", err)
	}
	pipe := os.NewFile(3, "ready")
	told := false
	say := func(r report) error {
		told = true
		defer pipe.Close()
		return json.NewEncoder(pipe).Encode(r)
	}
	err := Hold(ctx, o.Options, o.Outside, func(i Info) error { return say(report{Info: &i}) })
	if err != nil && !told {
		return say(report{Error: err.Error(), Permission: errors.As(err, new(refusal))})
	}
	return err
}

// Process is a holder that Start started.
type Process struct {
	Info Info
	cmd  *exec.Cmd
	end  chan error
}

// Start brings a lab up in Options.Dir and returns when it answers. A detached
// one stays when the caller ends and writes to DIR/holder.log; any other ends
// with the caller. As root it lives in a plain network namespace, otherwise
// (and where root may not have that) inside a user namespace.
func Start(o Options, detach bool) (*Process, error) {
	var err error
	if o.Dir, err = filepath.Abs(o.Dir); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, err
	}
	var last error
	for _, flags := range attempts(os.Geteuid()) {
		p, err := start(o, detach, flags)
		if err == nil {
			return p, nil
		}
		if !errors.Is(err, errForbidden) {
			return nil, err
		}
		last = err
	}
	return nil, fmt.Errorf("%w\n%s", last, advice(os.Geteuid() == 0, sysctl))
}

// attempts are the kinds of namespace to try, as clone(2) flags.
func attempts(uid int) []uintptr {
	unprivileged := uintptr(unix.CLONE_NEWUSER | unix.CLONE_NEWNET)
	if uid == 0 {
		return []uintptr{unix.CLONE_NEWNET, unprivileged}
	}
	return []uintptr{unprivileged}
}

// refusal is an error of a holder that lacks the rights in its namespaces,
// rather than, say, in its directory.
type refusal struct{ error }

func (r refusal) Unwrap() error { return r.error }

// refused marks an error in setting up the namespaces, where it is one of rights.
func refused(err error) error {
	if errors.Is(err, os.ErrPermission) {
		return refusal{err}
	}
	return err
}

// errForbidden says that the system does not let us have the namespaces.
var errForbidden = errors.New("the system does not allow a network namespace")

func start(o Options, detach bool, flags uintptr) (*Process, error) {
	text, err := json.Marshal(orders{o, namespace("self")})
	if err != nil {
		return nil, err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	attr := &syscall.SysProcAttr{Setsid: true, Cloneflags: flags}
	if flags&unix.CLONE_NEWUSER != 0 {
		attr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}}
	}
	cmd := &exec.Cmd{Path: "/proc/self/exe", Args: []string{holderName, string(text)}, Stderr: os.Stderr,
		ExtraFiles: []*os.File{w}, SysProcAttr: attr}
	if detach {
		out, err := os.OpenFile(filepath.Join(o.Dir, logFile), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
		if err != nil {
			w.Close()
			return nil, err
		}
		defer out.Close()
		cmd.Stdout, cmd.Stderr = out, out
	} else {
		attr.Pdeathsig = unix.SIGTERM
	}
	p := &Process{cmd: cmd, end: make(chan error, 1)}
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // Pdeathsig is sent when the starting thread ends
		err := cmd.Start()
		started <- err
		if err == nil {
			p.end <- cmd.Wait()
		}
	}()
	err = <-started
	w.Close()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errForbidden, err)
	}
	return p, p.await(r)
}

// await reads the holder's report.
func (p *Process) await(r io.Reader) error {
	var got report
	if err := json.NewDecoder(r).Decode(&got); err != nil {
		if err := p.Wait(); err != nil {
			return fmt.Errorf("the holder ended before it was ready: %w", err)
		}
		return errors.New("the holder ended before it was ready")
	}
	if got.Info != nil {
		p.Info = *got.Info
		return nil
	}
	_ = p.Wait() // its report says it all
	if got.Permission {
		return fmt.Errorf("%w: %s", errForbidden, got.Error)
	}
	return errors.New(got.Error)
}

// Wait returns when the holder has ended.
func (p *Process) Wait() error {
	err := <-p.end
	p.end <- err
	return err
}

// Stop ends the lab and everything that runs in it.
func (p *Process) Stop() error {
	if err := p.cmd.Process.Signal(unix.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return p.Wait()
}
