package storetest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// childEnv tells a test binary to be the writer that is going to be killed,
// and where.
const childEnv = "LINEWARDEN_STORE_WRITER"

// Child makes this process the writer, if it was started as one: call it first
// in TestMain. It does not return then.
func Child(open func(ctx context.Context, where string) (store.Store, error)) {
	where, is := os.LookupEnv(childEnv)
	if !is {
		return
	}
	ctx := context.Background()
	s, err := open(ctx, where)
	if err == nil {
		err = Write(ctx, s, func(id string, version int64) { fmt.Println(id, version) })
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// KillWriters kills a writing process several times, in the middle of whatever
// it does, and checks each time what is there.
func KillWriters(t *testing.T, where string, open func(ctx context.Context, where string) (store.Store, error)) {
	for range 5 {
		saved := killOne(t, where)
		s, err := open(t.Context(), where)
		must(t, err)
		CheckWritten(t, s, saved)
		must(t, s.Close())
	}
}

// killOne starts a writer, kills it after some saves, and returns what it had
// reported as saved.
func killOne(t *testing.T, where string) map[string]int64 {
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+where)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	saved := map[string]int64{}
	lines := bufio.NewReader(out)
	for enough := 20 + rand.IntN(60); ; enough-- {
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) { // half a line was not yet a report
			break
		}
		must(t, err)
		var id string
		var version int64
		if _, err := fmt.Sscan(line, &id, &version); err != nil {
			t.Fatalf("report %q: %v", line, err)
		}
		saved[id] = version
		if enough == 0 {
			must(t, cmd.Process.Kill())
		}
	}
	err = cmd.Wait()
	if len(saved) == 0 || err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the writer ended by itself: %v\n%s", err, stderr.String())
	}
	return saved
}

// writtenTickets is among how many tickets a writer takes turns.
const writtenTickets = 5

// Write steps tickets in turn, each with an outage, an effect, a verdict and
// its number in one batch, and reports each commit. It goes on until ctx ends
// or something but an unreachable database stops it.
func Write(ctx context.Context, s store.Store, report func(id string, version int64)) error {
	for turn := 0; ; turn++ {
		id := plain(turn % writtenTickets).ID
		version, err := writeOne(ctx, s, turn%writtenTickets)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, store.ErrUnavailable):
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(10 * time.Millisecond):
			}
		case err != nil:
			return fmt.Errorf("write %s: %w", id, err)
		default:
			report(id, version)
		}
	}
}

func writeOne(ctx context.Context, s store.Store, n int) (int64, error) {
	tk, err := s.Ticket(ctx, plain(n).ID)
	expect := tk.Version
	switch {
	case errors.Is(err, store.ErrNotFound):
		tk, expect = plain(n), 0
	case err != nil:
		return 0, err
	default:
		tk = step(tk, func(t *ticket.Ticket) { t.Group = fmt.Sprint(t.Version % 3) })
	}
	o := outage(n)
	o.Version = tk.Version
	return tk.Version, s.Save(ctx, at(0), store.Batch{
		Tickets: []store.SaveTicket{{Ticket: tk, Expect: expect}},
		Outages: []store.SaveOutage{{Outage: o, Expect: expect}},
		Effects: []ticket.Effect{effect(tk.ID, int(tk.Version), "email", at(0))},
		Applied: []store.Applied{{Verdict: tk.ID, Epoch: 1, Version: uint64(tk.Version), At: at(0)}},
	})
}

// CheckWritten demands that everything reported as saved is there, and nothing
// half.
func CheckWritten(t *testing.T, s store.Store, saved map[string]int64) {
	t.Helper()
	there := 0
	for n := range writtenTickets {
		id := plain(n).ID
		tk, err := s.Ticket(t.Context(), id)
		if errors.Is(err, store.ErrNotFound) && saved[id] == 0 {
			continue
		}
		must(t, err)
		there++
		if tk.Version < saved[id] {
			t.Fatalf("%s is in version %d, but %d was reported as saved", id, tk.Version, saved[id])
		}
		equal(t, "lines of timeline", int64(len(tk.Timeline)), tk.Version)
		o, err := s.Outage(t.Context(), outage(n).ID)
		must(t, err)
		equal(t, "outage's version", o.Version, tk.Version)
		effects, err := s.EffectsOf(t.Context(), id, 1e6)
		must(t, err)
		equal(t, "effects", int64(len(effects)), tk.Version)
		a, _, err := s.Applied(t.Context(), id)
		must(t, err)
		equal(t, "verdict's version", int64(a.Version), tk.Version)
	}
	filters := []store.Filter{{}, {Groups: []string{"support"}}, {Groups: []string{"0"}}, {Groups: []string{"1"}}, {Groups: []string{"2"}}}
	counts, err := s.Counts(t.Context(), filters)
	must(t, err)
	equal(t, "counted", counts[0], there)
	equal(t, "counted by group", counts[1]+counts[2]+counts[3]+counts[4], there)
}
