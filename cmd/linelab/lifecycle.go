package main

import (
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/linewarden/linewarden/deploy/lab"
)

// where is the directory of a lab.
type where struct {
	Dir string `help:"Directory of the lab." default:".linelab" type:"path"`
}

func (w where) client() lab.Client { return lab.Client{Dir: w.Dir} }

// what is the network that is asked for.
type what struct {
	Lines int    `help:"Number of lines." default:"200"`
	Seed  uint64 `help:"Another seed gives another network." default:"1"`
}

type upCmd struct {
	where
	what
	Detach bool `help:"Return when the lab answers, and leave it running."`
}

func (c *upCmd) Run(out output) error {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, unix.SIGINT, unix.SIGTERM, unix.SIGHUP)
	p, err := lab.Start(lab.Options{Dir: c.Dir, Lines: c.Lines, Seed: c.Seed}, c.Detach)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "The lab is up: %d lines, %d devices, station %s. Inventory in %s/inventory.\n",
		p.Info.Lines, p.Info.Devices, strings.Join(p.Info.Stations, ", "), c.Dir)
	if c.Detach {
		return nil
	}
	ended := make(chan error, 1)
	go func() { ended <- p.Wait() }()
	select {
	case err := <-ended:
		return err
	case <-signals:
		return p.Stop()
	}
}

type downCmd struct{ where }

func (c *downCmd) Run(output) error { return c.client().Down() }

type execCmd struct {
	where
	Command []string `arg:"" passthrough:"" help:"After --: command and arguments."`
}

func (c *execCmd) Run(output) error {
	args := c.Command
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		return fmt.Errorf("exec: no command; write linelab exec -- COMMAND")
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT, unix.SIGUSR1, unix.SIGUSR2,
		unix.SIGWINCH, unix.SIGCONT)
	code, err := c.client().Exec(lab.Command{Args: args, Files: []*os.File{os.Stdin, os.Stdout, os.Stderr}}, signals)
	if err != nil {
		fmt.Fprintln(os.Stderr, "linelab:", err)
	}
	if code != 0 {
		return exitCode(code)
	}
	return nil
}

// since tells a time as people do.
func since(t time.Time) string { return t.Local().Format("15:04:05") }
