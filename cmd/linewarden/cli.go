package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"

	"github.com/alecthomas/kong"

	"github.com/linewarden/linewarden/cmd/linewarden/check"
	"github.com/linewarden/linewarden/cmd/linewarden/ping"
	"github.com/linewarden/linewarden/cmd/linewarden/poll"
	"github.com/linewarden/linewarden/cmd/linewarden/records"
	"github.com/linewarden/linewarden/cmd/linewarden/replay"
	"github.com/linewarden/linewarden/cmd/linewarden/user"
)

// cli is every sub-command.
type cli struct {
	Serve   serveCmd       `cmd:"" help:"Run the daemon: watch the lines, locate faults, keep tickets."`
	Check   check.Cmd      `cmd:"" help:"Check a configuration or an inventory, and say what is wrong with it."`
	Replay  replay.Cmd     `cmd:"" help:"Run recorded symptoms through the engine and print its verdicts."`
	Ping    ping.Cmd       `cmd:"" help:"Ping many targets with the production engine."`
	Poll    poll.Cmd       `cmd:"" help:"Poll devices by SNMP with the production engine."`
	User    user.Cmd       `cmd:"" help:"People, their passwords and tokens."`
	Audit   records.Audit  `cmd:"" help:"Who signed in and who changed what, newest first."`
	Outbox  records.Outbox `cmd:"" help:"Notices and re-tests that could not be delivered."`
	Health  healthCmd      `cmd:"" help:"Ask a running daemon whether it is ready."`
	Version versionCmd     `cmd:"" help:"Print the version."`
}

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(out io.Writer) error { //nolint:unparam // kong calls it
	fmt.Fprintf(out, "linewarden %s %s %s/%s\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}

// exited is how kong's help and version end: without an error of ours.
type exited struct{ code int }

func (e exited) Error() string { return "" }

// ExitCode is the process's exit status.
func (e exited) ExitCode() int { return e.code }

func dispatch(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) (err error) {
	defer func() {
		if e, ok := recover().(exited); ok {
			err = e
		}
	}()
	var c cli
	parser, err := kong.New(&c,
		kong.Name("linewarden"),
		kong.Description("Watches dedicated lines, decides where a fault lies, and opens, routes and times the tickets."),
		kong.Writers(stdout, stderr),
		kong.UsageOnError(),
		kong.Vars{"roles": user.RoleNames()},
		kong.Exit(func(code int) { panic(exited{code}) }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.BindTo(stdin, (*io.Reader)(nil)),
		kong.BindTo(stdout, (*io.Writer)(nil)),
		kong.Bind(user.Open(openStore), user.Groups(groupsOf), records.Open(openStore)),
		kong.Bind(replay.Notes{Writer: stderr}),
	)
	if err != nil {
		return err
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		return usage{err}
	}
	return parsed.Run()
}

// usage is a mistake on the command line.
type usage struct{ error }

func (usage) ExitCode() int { return 2 }

func exitCode(err error) int {
	var coded interface{ ExitCode() int }
	if errors.As(err, &coded) {
		return coded.ExitCode()
	}
	return 1
}
