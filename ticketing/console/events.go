package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/web"
)

const (
	streamWrite = 10 * time.Second // how long a reader may take for one event
	streamAlive = 15 * time.Second // how often it hears that the stream lives, and is looked up anew
)

// events tells a page what has changed, by server-sent events: "topic id" a
// line. The page then reads itself anew, so it never shows a state that the
// database does not hold.
func (c *Console) events(w http.ResponseWriter, r *http.Request, by people.Person) {
	rc := http.NewResponseController(w)
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	// A stream outlives the time-outs of a page; each write has its own.
	rc.SetReadDeadline(time.Time{})
	rc.SetWriteDeadline(time.Now().Add(streamWrite))
	changes := c.Subscribe(r.Context())
	fmt.Fprint(w, "retry: 2000\nevent: hello\ndata: \n\n")
	if rc.Flush() != nil {
		return
	}
	alive := time.NewTicker(streamAlive)
	defer alive.Stop()
	ok := true
	for {
		select {
		case <-web.Closing(r.Context()):
			return
		case change, open := <-changes:
			if !open {
				return
			}
			if !c.concerns(r.Context(), by, change) {
				continue
			}
			rc.SetWriteDeadline(time.Now().Add(streamWrite))
			fmt.Fprintf(w, "event: change\ndata: %s %s\n\n", change.Topic, change.ID)
		case <-alive.C:
			if by, ok = web.Still(r.Context()); !ok {
				return
			}
			rc.SetWriteDeadline(time.Now().Add(streamWrite))
			fmt.Fprint(w, "event: alive\ndata: \n\n")
		case <-r.Context().Done():
			return
		}
		if rc.Flush() != nil {
			return
		}
	}
}

// concerns reports whether the change is of something that the person may see:
// a page of his can look different only then, and an id tells by itself that
// there is something. What cannot be read now may be his.
func (c *Console) concerns(ctx context.Context, by people.Person, change Event) bool {
	see := c.eyes(by)
	if see.All() || change.ID == "" {
		return true
	}
	switch change.Topic {
	case "line":
		return see.Line(change.ID)
	case "fault":
		v, err := c.Desk.Fault(ctx, change.ID)
		if err != nil {
			return !errors.Is(err, store.ErrNotFound)
		}
		_, ok := see.Fault(v)
		return ok
	case "ticket":
		t, err := c.Desk.Ticket(ctx, change.ID)
		if err != nil {
			return !errors.Is(err, store.ErrNotFound)
		}
		ok, _ := t.Sees(by)
		return ok && t.Visible
	}
	return false
}
