// Command linelab is a carrier's network for the laptop: it simulates routers,
// rings, access nodes, transceivers and customers' routers that answer ping and
// SNMP over real sockets, and breaks them on command.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"

	"github.com/linewarden/linewarden/deploy/lab"
)

const about = `A simulated carrier's network that a monitoring daemon can watch over real sockets.

The lab lives in a network namespace: nothing of it is seen on this machine
unless started with "linelab exec". It plays backbone and core routers, MSTP
rings, access nodes, transceiver chassis and customers' routers, writes their
inventory to DIR/inventory, answers ICMP echo and SNMP v2c, and sends traps.

Subjects are device/ID, card/DEVICE/CARD, port/DEVICE/PORT, link/ID, cable/ID,
power/SITE, station/ID, and line/ID (or line/ID/z) for the tail of a line.
"linelab list" shows what there is and which lines run over it.`

func main() {
	lab.Reexec()
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

type cli struct {
	Up   upCmd   `cmd:"" help:"Bring a lab up and stay with it until Ctrl-C; with --detach leave it running."`
	Down downCmd `cmd:"" help:"End the lab and everything that runs in it."`
	Demo demoCmd `cmd:"" help:"Bring a lab up with the linewarden daemon watching it, and suggest faults to try."`
	Exec execCmd `cmd:"" help:"Run a command inside the lab's namespaces; signals and exit code are passed on."`

	List  listCmd  `cmd:"" help:"List what can be broken, and the lines that run over it."`
	Truth truthCmd `cmd:"" help:"Tell what is broken since when, and which lines are down for it."`

	Cut      cutCmd      `cmd:"" help:"Cut a cable, link, port, card or the tail of a line: no signal passes."`
	Poweroff poweroffCmd `cmd:"" help:"Take the power of a device, or of a site; a far end at a customer says its last word (dying gasp)."`
	Degrade  degradeCmd  `cmd:"" help:"Add attenuation, loss or latency to a cable, link or port; loss or latency to a device. Without any, fibre loses light until errors begin, and the rest 5%."`
	Flap     flapCmd     `cmd:"" help:"Let a cable, link, port, card, device or power/SITE go down and up again and again."`
	Reboot   rebootCmd   `cmd:"" help:"Reboot a device: off for a second, then its boot time, then coldStart."`
	Isolate  isolateCmd  `cmd:"" help:"Cut a monitoring station off from the network."`
	Mute     muteCmd     `cmd:"" help:"Kill a device's management alone: its address is dead, traffic passes. Of a transceiver's far end: its OAM."`
	Shut     shutCmd     `cmd:"" help:"Shut a port as an administrator does."`
	Play     playCmd     `cmd:"" help:"Play a scenario against the running lab: a YAML list of {at, do, subject, ...}."`
	Heal     healCmd     `cmd:"" help:"Mend a subject, or everything with --all. What gets its power back has to boot first."`
}

// output is where commands write.
type output struct{ io.Writer }

// exitCode ends the program with a code and no message.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

func run(args []string, stdout, stderr io.Writer) (code int) {
	var c cli
	exited := -1
	parser, err := kong.New(&c, kong.Name("linelab"), kong.Description(about), kong.UsageOnError(),
		kong.Writers(stdout, stderr), kong.Exit(func(code int) { exited = code; panic(kongExit{}) }))
	if err != nil {
		fmt.Fprintln(stderr, "linelab:", err)
		return 1
	}
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(kongExit); !ok {
				panic(r)
			}
			code = exited
		}
	}()
	ctx, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintln(stderr, "linelab:", err)
		return 2
	}
	err = ctx.Run(output{stdout})
	if err == nil {
		return 0
	}
	if e := exitCode(0); errors.As(err, &e) {
		return int(e)
	}
	fmt.Fprintln(stderr, "linelab:", err)
	return 1
}

// kongExit unwinds when kong has printed help.
type kongExit struct{}
