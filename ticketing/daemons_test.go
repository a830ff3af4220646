package ticketing_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing"
	"github.com/linewarden/linewarden/ticketing/notify"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/store/pgtest"
	"github.com/linewarden/linewarden/ticketing/store/postgres"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// receiver counts what a webhook gets, by idempotency key.
type receiver struct {
	mu    sync.Mutex
	calls map[string]int
	order map[string][]string // events of a ticket
}

func (r *receiver) ServeHTTP(_ http.ResponseWriter, req *http.Request) {
	var body struct{ Event, Ticket string }
	json.NewDecoder(req.Body).Decode(&body)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls[req.Header.Get("Idempotency-Key")]++
	r.order[body.Ticket] = append(r.order[body.Ticket], body.Event)
}

// TestTwoDaemonsOnOneDatabase feeds both the same verdicts, and stops the
// database in between: no ticket, outage or effect is lost or doubled.
func TestTwoDaemonsOnOneDatabase(t *testing.T) {
	cluster, err := pgtest.Start(t.Context(), pgtest.Options{})
	pgtest.Need(t, err)
	t.Cleanup(func() {
		if err := cluster.Close(); err != nil {
			t.Error(err)
		}
	})
	got := &receiver{calls: map[string]int{}, order: map[string][]string{}}
	server := httptest.NewServer(got)
	defer server.Close()
	var daemons []*world
	for range 2 {
		db, err := postgres.Open(t.Context(), cluster.DSN("postgres"), zap.NewNop())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		w := worldOn(t, db, ticketing.Channel{Kind: "webhook", Name: "webhook/oss", Send: notify.NewWebhook(notify.WebhookConfig{Name: "oss", URL: server.URL})})
		w.run()
		daemons = append(daemons, w)
	}
	const faults = 8
	say := func(version uint64, state verdict.State) {
		for i := range faults {
			v := cut(fmt.Sprintf("V%d", i), version, state)
			v.Roots[0].Subject = symptom.Cable(fmt.Sprintf("C-%d", i))
			v.Lines.Down = []string{fmt.Sprintf("LN-X%da", i), fmt.Sprintf("LN-X%db", i)}
			for _, w := range daemons {
				w.wire.PutVerdict(t.Context(), &v)
			}
		}
	}
	w := daemons[0]
	say(1, verdict.Open)
	w.within("every fault has its ticket", func() bool { return len(w.tickets(ticket.Network)) == faults })

	if err := cluster.Stop(); err != nil {
		t.Fatal(err)
	}
	say(2, verdict.Cleared)
	w.within("both say that the database is away", func() bool { return daemons[0].Problem() != "" && daemons[1].Problem() != "" })
	if err := cluster.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.within("both say that it is back", func() bool { return daemons[0].Problem() == "" && daemons[1].Problem() == "" })
	w.within("every ticket is re-tested and told of", func() bool {
		for _, tk := range w.tickets(ticket.Network) {
			if tk.State != ticket.Observing {
				return false
			}
		}
		got.mu.Lock()
		defer got.mu.Unlock()
		for _, tk := range w.tickets(ticket.Network) {
			if len(got.order[tk.ID]) < 2 {
				return false
			}
		}
		return true
	})

	all := w.tickets(ticket.Network)
	if len(all) != faults {
		t.Errorf("%d tickets for %d faults", len(all), faults)
	}
	outages, err := w.Outages(t.Context(), store.OutageFilter{}, 100)
	if err != nil || len(outages) != 2*faults {
		t.Errorf("%d outages (%v), want %d", len(outages), err, 2*faults)
	}
	for _, o := range outages {
		if o.Ended.IsZero() || o.Ended.Sub(o.Started) > time.Minute {
			t.Errorf("outage %s: %v to %v", o.ID, o.Started, o.Ended)
		}
	}
	got.mu.Lock()
	defer got.mu.Unlock()
	for _, tk := range all {
		if events := fmt.Sprint(got.order[tk.ID]); events != "[dispatched restored]" {
			t.Errorf("%s was told as %s", tk.ID, events)
		}
	}
	for key, n := range got.calls {
		if n != 1 {
			t.Errorf("%s arrived %d times", key, n)
		}
	}
}
