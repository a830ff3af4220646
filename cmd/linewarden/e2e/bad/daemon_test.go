package bad

import (
	"fmt"
	"slices"
	"strings"

	"github.com/linewarden/linewarden/cmd/linewarden/e2e/kit"
)

// daemon is a running one.
type daemon struct {
	*site
	*kit.NOC
}

// Serve starts the daemon and waits until it is ready and both lines are up. It
// must still be well at the end of the test, whatever it was given.
func (s *site) Serve() *daemon {
	s.t.Helper()
	d := &daemon{s, kit.NewNOC(s.t, s.path("linewarden.yaml"), kit.OnHost)}
	d.SignIn("noc", "admin")
	d.Start()
	s.t.Cleanup(func() {
		d.Stop()
		if strings.Contains(d.LogText(), "panic") {
			s.t.Errorf("its log speaks of a panic:\n%s", d.LogText())
		}
	})
	d.Await("both lines are up", d.well)
	return d
}

// well: it is ready, and it sees both lines up.
func (d *daemon) well() error {
	if err := d.Ready(); err != nil {
		return err
	}
	for _, line := range []string{"LN-1", "LN-2"} {
		if up, err := d.Metric("linewarden_line_up", `line="`+line+`"`); err != nil || up != 1 {
			return fmt.Errorf("line %s: up %v (%v)", line, up, err)
		}
	}
	return nil
}

// ExpectLog waits for a line of the log with all of these words.
func (d *daemon) ExpectLog(words ...string) {
	d.t.Helper()
	d.AwaitLog(0, words...)
}

// ExpectMetric waits for a sum of samples.
func (d *daemon) ExpectMetric(want float64, name string, labels ...string) {
	d.t.Helper()
	d.Await(fmt.Sprintf("%s %v is %v", name, labels, want), func() error {
		got, err := d.Metric(name, labels...)
		if err == nil && got != want {
			err = fmt.Errorf("it is %v", got)
		}
		return err
	})
}

// symptoms gives the raised ones: kind and subject.
func (d *daemon) symptoms() (all []string, err error) {
	alarms, err := d.Alarms()
	for _, a := range alarms {
		if a.Open() {
			all = append(all, a.SpecificProblem+" "+a.AlarmedObject.ID)
		}
	}
	return all, err
}

// ExpectSymptoms waits until these and no others are raised.
func (d *daemon) ExpectSymptoms(want ...string) {
	d.t.Helper()
	d.Await(fmt.Sprintf("%q and no others are raised", want), func() error {
		got, err := d.symptoms()
		if err == nil && !slices.Equal(got, want) {
			err = fmt.Errorf("raised: %q", got)
		}
		return err
	})
}

// ExpectNobodyCalled: all is well, and there is not one ticket.
func (d *daemon) ExpectNobodyCalled() {
	d.t.Helper()
	d.must(d.well())
	all, err := d.Tickets()
	d.must(err)
	if len(all) > 0 {
		d.t.Errorf("tickets: %v", all)
	}
}
