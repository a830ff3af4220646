package console

import (
	"fmt"
	"net/http"
	"time"

	"github.com/linewarden/linewarden/ticketing/people"
)

// events tells a page what has changed, by server-sent events: "topic id" a
// line. The page then reads itself anew, so it never shows a state that the
// database does not hold.
func (c *Console) events(w http.ResponseWriter, r *http.Request, _ people.Person) {
	rc := http.NewResponseController(w)
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	changes := c.Subscribe(r.Context())
	fmt.Fprint(w, "retry: 2000\nevent: hello\ndata: \n\n")
	if rc.Flush() != nil {
		return
	}
	alive := time.NewTicker(15 * time.Second)
	defer alive.Stop()
	for {
		select {
		case change, ok := <-changes:
			if !ok {
				return
			}
			fmt.Fprintf(w, "event: change\ndata: %s %s\n\n", change.Topic, change.ID)
		case <-alive.C:
			fmt.Fprint(w, "event: alive\ndata: \n\n")
		case <-r.Context().Done():
			return
		}
		if rc.Flush() != nil {
			return
		}
	}
}
