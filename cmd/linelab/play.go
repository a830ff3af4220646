package main

import (
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/linewarden/linewarden/deploy/lab"
)

type playCmd struct {
	where
	File string `arg:"" type:"existingfile" help:"Such as: [{at: 0s, do: cut, subject: cable/CBL-F-0001}, {at: 90s, do: heal-all}]"`
}

// Run does the steps at their times. A step that fails is told and the rest is
// played all the same: a drill goes on.
func (c *playCmd) Run(out output) error {
	b, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	steps, err := lab.ParseScenario(b)
	if err != nil {
		return err
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt)
	start, failed := time.Now(), 0
	for _, s := range steps {
		select {
		case <-time.After(time.Until(start.Add(s.At))):
		case <-stop:
			return exitCode(130)
		}
		if err := c.client().Play(s); err != nil {
			failed++
			fmt.Fprintf(out, "%s %s: %v\n", since(time.Now()), s, err)
			continue
		}
		fmt.Fprintf(out, "%s %s\n", since(time.Now()), s)
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d steps failed", failed, len(steps))
	}
	return nil
}
