// Package ping is `linewarden ping`: the production ping engine over a list of
// targets, once, with a line of figures for each. It judges nothing beyond
// answered and silent, and needs neither configuration nor inventory.
package ping

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"time"

	"github.com/alecthomas/kong"
	"golang.org/x/sync/errgroup"

	"github.com/linewarden/linewarden/collector/probe/icmp"
)

// Cmd is the sub-command.
type Cmd struct {
	File     []string      `short:"f" placeholder:"FILE" help:"Read targets from FILE, one a line, # starts a comment; - is standard input. Repeatable."`
	Count    int           `short:"c" default:"1" help:"Pings to each target."`
	Interval time.Duration `short:"i" default:"1s" help:"Time between two pings to the same target; with several pings each, the targets are spread evenly over it."`
	Timeout  time.Duration `short:"t" default:"1s" help:"A later reply does not count."`
	Rate     int           `default:"100000" help:"Pings a second that are never exceeded, all targets together (100000 are 78 Mbit/s)."`
	JSON     bool          `name:"json" help:"A JSON object a line for each target: target, sent, received, rtt_min, rtt_avg, rtt_max, rtt_stddev (seconds; null if nothing came back), and error if there is one to tell."`
	Targets  []string      `arg:"" optional:"" name:"target" help:"Addresses or names."`
}

// Help is the long help.
func (c *Cmd) Help() string {
	return "Exit status: 0 every target answered, 1 some did not, 2 wrong usage, a name that does not resolve, or no permission to ping."
}

// Run is what kong calls. Its error has an ExitCode method.
func (c *Cmd) Run(ctx context.Context, stdin io.Reader, stdout io.Writer, k *kong.Context) error {
	return Run(ctx, *c, stdin, stdout, k.Stderr)
}

// Exit is an error with the exit status that goes with it.
type Exit struct {
	Code int
	Err  error
}

func (e Exit) Error() string { return e.Err.Error() }
func (e Exit) Unwrap() error { return e.Err }

// ExitCode is the status for the shell.
func (e Exit) ExitCode() int { return e.Code }

const (
	someSilent = 1
	unable     = 2
)

// Run pings what c says and prints a line per target, in their order. Nil
// means that all answered; any other error is an Exit.
func Run(ctx context.Context, c Cmd, stdin io.Reader, stdout, stderr io.Writer) error {
	if err := c.validate(); err != nil {
		return Exit{unable, err}
	}
	// A few bytes a target, and the process ends with them: collecting what
	// little garbage there is would cost more than keeping it.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	targets, err := read(c.File, c.Targets, stdin)
	if err != nil {
		return Exit{unable, err}
	}
	resolve(ctx, targets)
	unresolved := 0
	for _, t := range targets {
		if t.err != nil {
			unresolved++
			fmt.Fprintf(stderr, "%s: %v\n", t.where, t.err)
		}
	}
	tallies, err := c.probe(ctx, targets)
	interrupted := err != nil && ctx.Err() != nil
	if err != nil && !interrupted {
		return Exit{unable, err}
	}
	summary, err := c.print(stdout, targets, tallies)
	switch {
	case err != nil:
		return Exit{unable, fmt.Errorf("write the result: %w", err)}
	case interrupted:
		return Exit{unable, fmt.Errorf("interrupted: %s", summary)}
	case unresolved > 0:
		return Exit{unable, fmt.Errorf("%d of %d targets have no usable address", unresolved, len(targets))}
	case summary.silent > 0:
		return Exit{someSilent, errors.New(summary.String())}
	}
	return nil
}

func (c Cmd) validate() error {
	switch {
	case len(c.File) == 0 && len(c.Targets) == 0:
		return errors.New("ping: nothing to ping: name targets, or a file with -f")
	case c.Count < 1 || c.Count > 1_000_000:
		return fmt.Errorf("ping: count %d is not within 1 and 1000000", c.Count)
	case c.Interval < 10*time.Millisecond:
		return fmt.Errorf("ping: interval %v is below 10ms", c.Interval)
	case c.Timeout < time.Millisecond || c.Timeout > 10*time.Minute:
		return fmt.Errorf("ping: time-out %v is not within 1ms and 10m", c.Timeout)
	case c.Rate < 1 || c.Rate > 1_000_000:
		return fmt.Errorf("ping: rate %d is not within 1 and 1000000", c.Rate)
	}
	return nil
}

// pace is how many pings leave in a second. One ping each goes out as fast as
// it may: sleeping in between costs more than the pings do. Several are spread
// over the interval, but few targets not slower than a hundred a second.
func (c Cmd) pace(targets int) float64 {
	const brisk = 100
	if c.Count == 1 {
		return float64(c.Rate)
	}
	return min(max(float64(targets)/c.Interval.Seconds(), brisk), float64(c.Rate))
}

// probe runs an engine for as long as the pings take. Tallies are in the order
// of the targets, whose index they carry as key.
func (c Cmd) probe(ctx context.Context, targets []target) ([]icmp.Tally, error) {
	known := make([]icmp.Target, 0, len(targets))
	for i, t := range targets {
		if t.err == nil {
			known = append(known, icmp.Target{Key: uint32(i), Addr: t.addr})
		}
	}
	cfg := icmp.DefaultConfig()
	cfg.ProbeRate, cfg.ProbeBurst = c.pace(len(known)), 1

	engine := icmp.New(cfg, nil, func([]icmp.Result) {})
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var tallies []icmp.Tally
	var g errgroup.Group
	g.Go(func() error { return engine.Run(running) })
	g.Go(func() error {
		defer stop()
		var err error
		tallies, err = engine.Probe(ctx, known, icmp.Plan{Count: c.Count, Gap: c.Interval, Timeout: c.Timeout})
		if errors.Is(err, icmp.ErrStopped) {
			return nil // Run says why
		}
		return err
	})
	return tallies, g.Wait()
}
