package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
)

// Window is planned work: what begins on its subjects between From and To is
// no fault, and what outlives it is.
type Window struct {
	ID       string            `json:"id"`
	Subjects []symptom.Subject `json:"subjects"`
	From     time.Time         `json:"from"`
	To       time.Time         `json:"to"`
}

// Validate names what is wrong with the window.
func (w Window) Validate() error {
	switch {
	case w.ID == "":
		return errors.New("maintenance window without an id")
	case len(w.Subjects) == 0:
		return fmt.Errorf("maintenance window %s: no subjects", w.ID)
	case w.From.IsZero() || w.To.IsZero():
		return fmt.Errorf("maintenance window %s: from and to are wanted", w.ID)
	case !w.To.After(w.From):
		return fmt.Errorf("maintenance window %s: ends at %s, before it begins at %s",
			w.ID, w.To.Format(time.RFC3339), w.From.Format(time.RFC3339))
	}
	for _, s := range w.Subjects {
		if _, err := symptom.ParseSubject(string(s)); err != nil {
			return fmt.Errorf("maintenance window %s: %w", w.ID, err)
		}
	}
	return nil
}

// ParseWindow reads one window and refuses unknown fields.
func ParseWindow(b []byte) (Window, error) {
	var w Window
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.DisallowUnknownFields()
	if err := d.Decode(&w); err != nil {
		return Window{}, fmt.Errorf("maintenance window: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Window{}, errors.New("maintenance window: more follows the object")
	}
	return w, w.Validate()
}
