package kit

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/linewarden/linewarden/deploy/lab"
	"github.com/linewarden/linewarden/deploy/lab/wait"
)

// Exec runs a command to its end, in some place, and passes signals on to it.
type Exec func(cmd lab.Command, signals <-chan os.Signal) (code int, err error)

// OnHost runs a command beside the test. It ends when the test's process ends.
func OnHost(cmd lab.Command, signals <-chan os.Signal) (int, error) {
	c := exec.Command(cmd.Args[0], cmd.Args[1:]...)
	c.Env, c.Dir = cmd.Env, cmd.Dir
	c.Stdin, c.Stdout, c.Stderr, c.ExtraFiles = cmd.Files[0], cmd.Files[1], cmd.Files[2], cmd.Files[3:]
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := c.Start(); err != nil {
		return 127, err
	}
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		for {
			select {
			case s := <-signals:
				_ = c.Process.Signal(s) // that it has ended is told by Wait
			case <-ended:
				return
			}
		}
	}()
	err := c.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		status := exit.Sys().(syscall.WaitStatus)
		if status.Signaled() {
			return 128 + int(status.Signal()), nil
		}
		return exit.ExitCode(), nil
	}
	return 0, err
}

// InNamespace runs commands in a named network namespace.
func InNamespace(name string) Exec {
	return func(cmd lab.Command, signals <-chan os.Signal) (int, error) {
		cmd.Args = append([]string{"ip", "netns", "exec", name}, cmd.Args...)
		return OnHost(cmd, signals)
	}
}

// Process is a program that runs until it is stopped, and its log.
type Process struct {
	T     testing.TB // the story that is being told; a subtest puts itself here
	Name  string
	Args  []string
	Env   []string // beside the test's own
	Dir   string   // "": the test's
	Log   string   // the file that its output is appended to
	Files []*os.File
	Exec  Exec

	signals chan os.Signal
	ended   chan struct{}
	code    int
	err     error
	owned   bool
}

// Launch starts the program and does not wait until it serves. It is stopped
// when the test that launched it first ends.
func (p *Process) Launch() {
	p.T.Helper()
	log, err := os.OpenFile(p.Log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o666)
	if err != nil {
		p.T.Fatal(err)
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		p.T.Fatal(err)
	}
	signals, ended := make(chan os.Signal, 1), make(chan struct{})
	p.signals, p.ended = signals, ended
	cmd := lab.Command{Args: p.Args, Dir: p.Dir, Env: p.environment(),
		Files: append([]*os.File{null, log, log}, p.Files...)}
	go func() {
		defer close(ended)
		defer log.Close()
		defer null.Close()
		p.code, p.err = p.Exec(cmd, signals)
	}()
	if !p.owned { // a subtest may start it again, and does not take it along
		p.owned = true
		p.T.Cleanup(p.Stop)
	}
}

// environment is the test's own without what systemd may have told it.
func (p *Process) environment() []string {
	var all []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "LISTEN_") {
			all = append(all, v)
		}
	}
	return append(all, p.Env...)
}

// Await waits for a condition, and ends the test if the program ends instead.
func (p *Process) Await(what string, check func() error) {
	p.T.Helper()
	wait.Until(p.T, what, func() error {
		if p.Ended() {
			p.T.Fatalf("%s ended with exit code %d: %v\n%s", p.Name, p.code, p.err, p.LogTail(30))
		}
		return check()
	})
}

// AwaitLog waits until the log has a line with all of these words after the
// given number of bytes.
func (p *Process) AwaitLog(after int, words ...string) {
	p.T.Helper()
	p.Await(fmt.Sprintf("%s logs a line with %q", p.Name, words), func() error {
		text := p.LogText()
		for line := range strings.Lines(text[min(after, len(text)):]) {
			if containsAll(line, words) {
				return nil
			}
		}
		return fmt.Errorf("its last lines are\n%s", p.LogTail(5))
	})
}

func containsAll(line string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(line, w) {
			return false
		}
	}
	return true
}

// Ended tells whether the program has ended.
func (p *Process) Ended() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// Signal sends a signal.
func (p *Process) Signal(s os.Signal) { p.signals <- s }

// ExitCode waits for the end; it is 128 and the signal's number where a signal
// ended the program.
func (p *Process) ExitCode() int {
	p.T.Helper()
	wait.Receive(p.T, p.ended, p.Name+" ends")
	return p.code
}

// Kill ends the program as a power cut would.
func (p *Process) Kill() {
	p.T.Helper()
	p.Signal(unix.SIGKILL)
	p.ExitCode()
}

// Stop ends the program as systemd does. It must end well.
func (p *Process) Stop() {
	p.T.Helper()
	if p.ended == nil || p.Ended() {
		return
	}
	p.Signal(unix.SIGTERM)
	if code := p.ExitCode(); code != 0 {
		p.T.Errorf("%s ended with exit code %d: %v", p.Name, code, p.err)
	}
}

// LogText is all that the program has said, over its restarts.
func (p *Process) LogText() string {
	raw, _ := os.ReadFile(p.Log) // before its first word there is none
	return string(raw)
}

// LogTail is the end of what it has said.
func (p *Process) LogTail(lines int) string {
	all := strings.Split(strings.TrimSpace(p.LogText()), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// StartUntil starts the program and waits until its log says that it serves.
func (p *Process) StartUntil(words ...string) {
	p.T.Helper()
	before := len(p.LogText())
	p.Launch()
	p.AwaitLog(before, words...)
}
