package life

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/linewarden/linewarden/correlator/infer/infertest"
	"github.com/linewarden/linewarden/correlator/infer/search"
	"github.com/linewarden/linewarden/correlator/infer/state"
)

// desk is a book with what it needs, driven by hand.
type desk struct {
	*infertest.Scene
	book *Book
}

func newDesk(t *testing.T) *desk {
	x := infertest.NewScene(t, "use street\nuse street_lines\n")
	_, points, _ := x.M.Size()
	return &desk{x, NewBook(x.M, x.S, state.NewChanges(points), Defaults())}
}

// look searches all that is raised and lets the book say what is due; it gives the
// stages of its faults and the versions that it said.
func (d *desk) look() string {
	t := d.T()
	for p := range int32(len(d.book.faultOf)) {
		d.book.Touch(p, t)
	}
	d.book.EndRecoveries(t)
	d.book.Recover(t)
	s := search.New(d.M, d.S)
	var claims []*search.Claim
	var touched []int32
	for _, pts := range s.Regions(false, d.book.Recovers) {
		touched = append(touched, pts...)
		claims = append(claims, s.Search(pts, false, nil)...)
	}
	d.book.Match(t, claims, touched)
	d.book.changes.Reset()
	said := d.book.Publish(t)
	var out []string
	for _, f := range d.book.faults {
		out = append(out, []string{"new", "held", "open", "recovering", "ending", "cleared"}[f.stage])
	}
	for _, v := range said {
		out = append(out, fmt.Sprintf("%s.%d", v.State, v.Version))
	}
	return strings.Join(out, " ")
}

func TestTheLifeOfAFault(t *testing.T) {
	d := newDesk(t)
	tail := func(change func(kinds, subjects string)) {
		change("los", "port/CH/1 port/CH/2 port/CH/3")
		change("unreachable", "line/L1 line/L2 line/L3")
	}
	for _, c := range []struct {
		says  string
		wait  time.Duration
		story func()
		want  string
	}{
		{"nothing is known", 0, func() {}, ""},
		{"a management address concerns nobody", time.Second, func() { d.Raise("unreachable", "device/CE4") }, "new"},
		{"with its service it is held", time.Second, func() { d.Raise("unreachable", "line/L4") }, "held"},
		{"after the hold it is said", 3 * time.Second, func() {}, "open open.1"},
		{"and said once", 3 * time.Second, func() {}, "open"},
		{"a part of it is well again: it concerns nobody", time.Second,
			func() { d.Clear("unreachable", "line/L4") }, "ending"},
		{"it fails again", time.Second, func() { d.Raise("unreachable", "line/L4") }, "open"},
		{"all of it is well again", time.Second, func() { d.Clear("unreachable", "line/L4 device/CE4") }, "ending"},
		{"when that has stood it is over", 5 * time.Second, func() {}, "cleared.2"},
		{"a sure cut is said at once", time.Minute, func() { tail(d.Raise) }, "open open.1"},
		{"one tail of it is back", time.Second, func() {
			d.Clear("los", "port/CH/1")
			d.Clear("unreachable", "line/L1")
		}, "recovering open.2"},
		{"the others are too", time.Second, func() { tail(d.Clear) }, "ending"},
		{"it is over", 5 * time.Second, func() {}, "cleared.3"},
		{"it comes back within minutes, under its name", time.Minute, func() { tail(d.Raise) }, "open open.4"},
	} {
		d.Wait(c.wait)
		c.story()
		if got := strings.TrimSpace(d.look()); got != c.want {
			t.Errorf("%s: %q, want %q", c.says, got, c.want)
		}
	}
	if d.book.Open() != 1 {
		t.Errorf("%d are open", d.book.Open())
	}
}
