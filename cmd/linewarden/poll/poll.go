// Package poll is `linewarden poll`: the production SNMP engine over a few
// devices, once, showing what is abnormal and every value that was read. It
// publishes nothing and keeps nothing.
package poll

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/linewarden/linewarden/collector/probe/snmp"
)

// Cmd is the sub-command.
type Cmd struct {
	Targets     []string      `arg:"" optional:"" name:"target" help:"Addresses or names, HOST or HOST:PORT; with an inventory also ids of devices."`
	Config      string        `type:"existingfile" placeholder:"FILE" help:"linewarden.yaml: where inventory, credentials and profiles are."`
	Inventory   string        `type:"existingdir" placeholder:"DIR" help:"Poll the devices of this inventory, and only ports that it names."`
	Device      []string      `placeholder:"ID" help:"Only this device of the inventory. Repeatable."`
	Secrets     string        `type:"existingfile" placeholder:"FILE" help:"Secrets file with the credentials that the inventory names."`
	Community   string        `env:"LINEWARDEN_COMMUNITY" placeholder:"TEXT" help:"Community, instead of the secrets file's. On the command line other users of this machine can see it: prefer the environment."`
	SNMPVersion string        `name:"snmp-version" enum:"1,2c" default:"2c" help:"Version that goes with --community (${enum})."`
	Profile     string        `placeholder:"NAME" help:"Use this profile, whatever sysObjectID says."`
	Profiles    string        `type:"existingdir" placeholder:"DIR" help:"Directory with profiles beside the built-in ones."`
	Timeout     time.Duration `default:"1s" help:"Wait this long for the first answer of a device."`
	Tries       int           `default:"3" help:"Datagrams sent before a device counts as silent."`
	JSON        bool          `name:"json" help:"One JSON object a line for each device."`
}

// Help is the long help.
func (c *Cmd) Help() string {
	return "Exit status: 0 every device answered, 1 some did not, 2 wrong usage or unusable input."
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
	atOnce     = 200 // devices polled at the same time
)

// Run is what kong calls. Any error is an Exit.
func (c *Cmd) Run(ctx context.Context, stdout io.Writer) error {
	targets, profiles, err := c.plan(ctx)
	if err != nil {
		return Exit{unable, err}
	}
	results, err := c.ask(ctx, targets, profiles)
	if err != nil {
		return Exit{unable, err}
	}
	silent := 0
	p := printer{out: stdout, json: c.JSON}
	for i, r := range results {
		if !r.Answered {
			silent++
			r.Err = explain(ctx, targets[i], r.Err)
		}
		if err := p.print(targets[i], r); err != nil {
			return Exit{unable, fmt.Errorf("write the result: %w", err)}
		}
	}
	if silent > 0 {
		return Exit{someSilent, fmt.Errorf("%d of %d devices gave no answer", silent, len(targets))}
	}
	return nil
}

// ask polls all targets, with the engine that the daemon uses.
func (c *Cmd) ask(ctx context.Context, targets []snmp.Target, profiles *snmp.Profiles) ([]snmp.Result, error) {
	config := snmp.DefaultConfig()
	config.Tries = c.Tries
	config.Timeouts.Initial = c.Timeout
	config.Timeouts.Min = min(config.Timeouts.Min, c.Timeout)
	config.Timeouts.Max = max(config.Timeouts.Max, c.Timeout)
	engine, err := snmp.New(config, profiles, nil, nil, nil, zap.NewNop())
	if err != nil {
		return nil, err
	}
	if err := engine.Set(targets); err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	running := make(chan error, 1)
	go func() { running <- engine.Run(ctx) }()

	results := make([]snmp.Result, len(targets))
	polls, pollCtx := errgroup.WithContext(ctx)
	polls.SetLimit(atOnce)
	for i, t := range targets {
		polls.Go(func() (err error) {
			results[i], err = engine.Poll(pollCtx, t.ID)
			return err
		})
	}
	polled := make(chan error, 1)
	go func() { polled <- polls.Wait() }()
	select {
	case err = <-polled:
		stop()
		return results, errors.Join(err, <-running)
	case err = <-running: // no socket, or interrupted
		stop()
		<-polled //nolint:errcheck // that of the engine says more
		if err == nil {
			err = ctx.Err()
		}
		return nil, err
	}
}
