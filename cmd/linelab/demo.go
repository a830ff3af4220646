package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/linewarden/linewarden/deploy/lab"
	"github.com/linewarden/linewarden/deploy/lab/plan"
)

type demoCmd struct {
	where
	what
	Listen string        `help:"Address of the console." default:"127.0.0.1:8080"`
	Daemon string        `help:"The linewarden binary; by default the one next to linelab, or in PATH." type:"path"`
	Wait   time.Duration `help:"How long the daemon may take to be ready." default:"2m"`
}

// Run brings everything up, and down again at Ctrl-C.
func (c *demoCmd) Run(out output) error {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, unix.SIGINT, unix.SIGTERM, unix.SIGHUP)
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return err
	}
	binary, err := findDaemon(c.Daemon)
	if err != nil {
		return err
	}
	d := &daemon{binary: binary, dir: c.Dir}
	if err := d.suits(c.what); err != nil {
		return err
	}
	console, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("open the console's address: %w (another one: --listen 127.0.0.1:0)", err)
	}
	defer console.Close()
	c.Listen = reachable(console.Addr())

	p, err := lab.Start(lab.Options{Dir: c.Dir, Lines: c.Lines, Seed: c.Seed}, false)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "A simulated network of %d lines and %d devices is up.\n", p.Info.Lines, p.Info.Devices)
	err = c.watch(out, d, console, p, signals)
	if stopped := p.Stop(); err == nil {
		err = stopped
	}
	return err
}

// watch starts the daemon and stays until it ends or somebody ends it.
func (c *demoCmd) watch(out output, d *daemon, console net.Listener, p *lab.Process, signals <-chan os.Signal) error {
	if err := lab.WriteConfig(c.Dir, c.Listen); err != nil {
		return err
	}
	if err := d.admit(c.what); err != nil {
		return err
	}
	if err := d.start(console); err != nil {
		return err
	}
	lost := make(chan error, 1)
	go func() { lost <- p.Wait() }()
	ready := make(chan error, 1)
	go func() { ready <- d.await("http://"+c.Listen+"/readyz", c.Wait) }()
	for {
		select {
		case err := <-ready:
			if err != nil {
				_ = d.stop() // the first error is the one to tell
				return err
			}
			c.greet(out, d)
		case <-d.ended:
			select { // it may have ended because the lab does
			case err := <-lost:
				return labEnded(out, err)
			case <-time.After(time.Second):
				return d.failure()
			}
		case err := <-lost:
			return labEnded(out, err)
		case <-signals:
			fmt.Fprintln(out, "Stopping.")
			return d.stop()
		}
	}
}

// labEnded tells of a lab that has ended and taken the daemon with it: because
// somebody brought it down, or by an error.
func labEnded(out output, err error) error {
	if err != nil {
		return fmt.Errorf("the lab has ended, and the daemon with it: %w", err)
	}
	fmt.Fprintln(out, "The lab was brought down, and the daemon with it.")
	return nil
}

// greet tells where everything is and what to try.
func (c *demoCmd) greet(out output, d *daemon) {
	fmt.Fprintf(out, "\n  console   http://%s/\n  user      admin\n  password  %s\n  API token %s\n  log       %s\n",
		c.Listen, d.password, filepath.Join(c.Dir, "token"), filepath.Join(c.Dir, daemonLog))
	n, err := plan.Generate(c.Lines, c.Seed)
	if err != nil {
		return
	}
	me := quote(os.Args[0])
	fmt.Fprint(out, "\nThree faults to try, in another terminal:\n")
	for _, s := range lab.Suggest(n) {
		fmt.Fprintf(out, "\n  %s %s --dir %s %s\n      %s\n", me, s.Verb, quote(relative(c.Dir)), s.Subject, s.Expect)
	}
	fmt.Fprintf(out, "\nand to mend everything:\n\n  %s heal --dir %s --all\n\nCtrl-C ends the daemon and the network.\n",
		me, quote(relative(c.Dir)))
}

// reachable is the address under which this machine finds a listener, which
// may listen on all of them.
func reachable(a net.Addr) string {
	tcp, ok := a.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return a.String()
	}
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(tcp.Port))
}

// relative is a path as one would type it from here.
func relative(path string) string {
	if here, err := os.Getwd(); err == nil {
		if r, err := filepath.Rel(here, path); err == nil && len(r) < len(path) {
			return r
		}
	}
	return path
}

// findDaemon looks for linewarden where it may be.
func findDaemon(given string) (string, error) {
	if given != "" {
		return exec.LookPath(given)
	}
	if me, err := os.Executable(); err == nil {
		if path, err := exec.LookPath(filepath.Join(filepath.Dir(me), "linewarden")); err == nil {
			return path, nil
		}
	}
	path, err := exec.LookPath("linewarden")
	if err != nil {
		return "", fmt.Errorf("no linewarden next to linelab or in PATH: build it with make build, or name it with --daemon")
	}
	return filepath.Abs(path)
}
