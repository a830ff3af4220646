package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/linewarden/linewarden/ticketing/board"
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
	out := newStream(w)
	changes := c.Subscribe()
	defer changes.Close()
	if !out.open() {
		return
	}
	alive := time.NewTicker(streamAlive)
	defer alive.Stop()
	for {
		said := true
		select {
		case <-web.Closing(r.Context()):
			return
		case <-r.Context().Done():
			return
		case <-changes.Wake():
			said = c.tellChanges(r.Context(), out, by, changes)
		case <-alive.C:
			var still bool
			if by, still = web.PersonNow(r.Context()); !still {
				return
			}
			said = out.say("alive", "")
		}
		if !said {
			return
		}
	}
}

// tellChanges passes on what concerns the person; false if he reads no more.
func (c *Console) tellChanges(ctx context.Context, out stream, by people.Person, changes Changes) bool {
	for ctx.Err() == nil {
		change, ok := changes.Next()
		if !ok {
			return true
		}
		if c.concerns(ctx, by, change) && !out.say("change", string(change.Topic)+" "+change.ID) {
			return false
		}
	}
	return false
}

// stream is an answer of server-sent events.
type stream struct {
	w  http.ResponseWriter
	rc *http.ResponseController
}

func newStream(w http.ResponseWriter) stream {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	return stream{w, http.NewResponseController(w)}
}

// open says how soon a browser may come back, and that the stream lives.
func (s stream) open() bool {
	// A stream outlives the time-outs of a page; each write has its own.
	s.rc.SetReadDeadline(time.Time{})
	fmt.Fprint(s.w, "retry: 2000\n")
	return s.say("hello", "")
}

func (s stream) say(event, data string) bool {
	s.rc.SetWriteDeadline(time.Now().Add(streamWrite))
	fmt.Fprintf(s.w, "event: %s\ndata: %s\n\n", event, data)
	return s.rc.Flush() == nil
}

// concerns reports whether the change is of something that the person may see:
// a page of his can look different only then, and an id tells by itself that
// there is something. What cannot be read now may be his.
func (c *Console) concerns(ctx context.Context, by people.Person, change board.Change) bool {
	see := c.scope(by)
	if see.Everything() || change.ID == "" {
		return true
	}
	switch change.Topic {
	case board.LineChanged:
		return see.Line(change.ID)
	case board.FaultChanged:
		v, err := c.Desk.Fault(ctx, change.ID)
		if err != nil {
			return !errors.Is(err, store.ErrNotFound)
		}
		_, ok := see.Fault(v)
		return ok
	case board.TicketChanged:
		t, err := c.Desk.Ticket(ctx, change.ID)
		if err != nil {
			return !errors.Is(err, store.ErrNotFound)
		}
		return t.ShownTo(by)
	}
	return false
}
