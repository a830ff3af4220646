package console

import (
	"fmt"
	"net/http"
	"time"

	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/web"
)

// streamWrite is how long a reader may take for one event.
const streamWrite = 10 * time.Second

// events tells a page what has changed, by server-sent events: "topic id" a
// line. The page then reads itself anew, so it never shows a state that the
// database does not hold.
func (c *Console) events(w http.ResponseWriter, r *http.Request, _ people.Person) {
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
	alive := time.NewTicker(15 * time.Second)
	defer alive.Stop()
	for {
		select {
		case <-web.Closing(r.Context()):
			return
		case change, ok := <-changes:
			if !ok {
				return
			}
			rc.SetWriteDeadline(time.Now().Add(streamWrite))
			fmt.Fprintf(w, "event: change\ndata: %s %s\n\n", change.Topic, change.ID)
		case <-alive.C:
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
