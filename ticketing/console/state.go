package console

import (
	"sync"
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/ticketing/board"
)

// statesFor is how long the states of all lines are kept. It is less than a
// page waits after it was told of a change before it reads itself anew, so
// that what it then reads is never from before the change.
const statesFor = 150 * time.Millisecond

// lineStatesNow are the states of all lines, looked up once for many pages.
type lineStatesNow struct {
	mu     sync.Mutex
	at     time.Time
	inv    *inventory.Inventory
	states []board.State // as inv.Lines
}

// states of all lines, in the order of the inventory.
func (c *Console) states(inv *inventory.Inventory) []board.State {
	now := &c.state
	now.mu.Lock()
	defer now.mu.Unlock()
	if now.inv == inv && time.Since(now.at) < statesFor {
		return now.states
	}
	began := time.Now()
	states := c.Board.Lines(inv)
	now.inv, now.states, now.at = inv, states, began
	return states
}
