// Command linewarden watches a carrier's dedicated lines, decides where a fault
// lies, and opens, routes and times the fault tickets.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // zones can be named also where the machine has no database of them
)

// version is set by the linker.
var version = "devel"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal is not waited for: it ends the process at once
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the whole program, so that a test can start it in its own process.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if err := dispatch(ctx, args, stdin, stdout, stderr); err != nil {
		if text := err.Error(); text != "" {
			fmt.Fprintln(stderr, "linewarden: "+text)
		}
		return exitCode(err)
	}
	return 0
}
