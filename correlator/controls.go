package correlator

import (
	"encoding/json"

	"go.uber.org/zap"

	"github.com/linewarden/linewarden/correlator/infer"
)

// Controls is the part of what people have planned that concerns the
// correlator. The whole is one document on the bus.
type Controls struct {
	Windows []infer.Window `json:"windows"` // maintenance
}

// DecodeControls reads the document, and passes over what concerns others.
func DecodeControls(_ string, value []byte) (Controls, error) {
	var c Controls
	if err := json.Unmarshal(value, &c); err != nil {
		return Controls{}, err
	}
	return c, nil
}

// takeControls takes over planned work. A window that is not right is passed
// over with a word; the others count.
func (c *Correlator) takeControls(all *Controls, _ bool) error {
	if all == nil {
		return nil // the present state has been told
	}
	var kept []infer.Window
	for _, w := range all.Windows {
		if err := w.Validate(); err != nil {
			c.log.Warn("maintenance window passed over", zap.Error(err))
			continue
		}
		kept = append(kept, w)
	}
	c.mu.Lock()
	c.windows, c.replan = kept, true
	c.mu.Unlock()
	c.kick()
	return nil
}
