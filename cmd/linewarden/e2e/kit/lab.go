package kit

import (
	"os"
	"testing"
	"time"

	"github.com/linewarden/linewarden/deploy/lab"
	"github.com/linewarden/linewarden/deploy/lab/world"
)

// Lab is a simulated carrier's network, which the daemon watches from within.
type Lab struct {
	lab.Client
	T testing.TB
}

// StartLab brings a network up until the test ends. A test binary that calls it
// calls lab.Reexec first thing in its TestMain.
func StartLab(t testing.TB, lines int, seed uint64) *Lab {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "lwe2e-") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	p, err := lab.Start(lab.Options{Dir: dir, Lines: lines, Seed: seed}, false)
	if err != nil {
		t.Fatalf("start the lab: %v", err)
	}
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Errorf("stop the lab: %v", err)
		}
	})
	return &Lab{Client: lab.Client{Dir: dir}, T: t}
}

// Hurt does something to the network, and returns when.
func (l *Lab) Hurt(f world.Fault) time.Time {
	l.T.Helper()
	began := time.Now()
	if _, err := l.Inject(f); err != nil {
		l.T.Fatalf("%s %s: %v", f.Action, f.Subject, err)
	}
	return began
}

// Cut cuts a link or a cable.
func (l *Lab) Cut(subject string) time.Time {
	l.T.Helper()
	return l.Hurt(world.Fault{Subject: subject, Action: world.Cut})
}

// Heal mends everything, and returns when.
func (l *Lab) Heal() time.Time {
	l.T.Helper()
	began := time.Now()
	if _, err := l.HealAll(); err != nil {
		l.T.Fatal(err)
	}
	return began
}

// Things are all that it consists of.
func (l *Lab) Things() []world.Thing {
	l.T.Helper()
	all, err := l.List()
	if err != nil {
		l.T.Fatal(err)
	}
	return all
}

// All are the things that fit; there must be one.
func (l *Lab) All(what string, fits func(world.Thing) bool) (all []world.Thing) {
	l.T.Helper()
	for _, th := range l.Things() {
		if fits(th) {
			all = append(all, th)
		}
	}
	if len(all) == 0 {
		l.T.Fatalf("the lab has no %s", what)
	}
	return all
}

// Pick is the first thing that fits.
func (l *Lab) Pick(what string, fits func(world.Thing) bool) world.Thing {
	l.T.Helper()
	return l.All(what, fits)[0]
}
