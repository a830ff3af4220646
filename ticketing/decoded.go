package ticketing

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/store"
)

// decoded keeps recorded verdicts as they were read last. The record stays the
// only truth, since other daemons write on it too; but a verdict is decoded once
// for each version and not once for each page.
type decoded struct {
	mu    sync.Mutex
	known map[string]reading
}

type reading struct {
	body    []byte
	verdict verdict.Verdict
}

// list reads all documents of the list of faults, and forgets others.
func (d *decoded) list(docs []store.Doc) ([]verdict.Verdict, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	known := make(map[string]reading, len(docs))
	all := make([]verdict.Verdict, 0, len(docs))
	for _, doc := range docs {
		r, err := d.read(doc)
		if err != nil {
			return nil, err
		}
		known[doc.ID] = r
		all = append(all, r.verdict)
	}
	d.known = known
	return all, nil
}

// one reads one document of the list of faults.
func (d *decoded) one(doc store.Doc) (verdict.Verdict, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r, err := d.read(doc)
	return r.verdict, err
}

func (d *decoded) read(doc store.Doc) (reading, error) {
	if r, ok := d.known[doc.ID]; ok && bytes.Equal(r.body, doc.Body) {
		return r, nil
	}
	v, err := decodeVerdict(doc)
	return reading{doc.Body, v}, err
}

func decodeVerdict(doc store.Doc) (verdict.Verdict, error) {
	var v verdict.Verdict
	if err := json.Unmarshal(doc.Body, &v); err != nil {
		return v, fmt.Errorf("stored %s %s: %w", doc.Kind, doc.ID, err)
	}
	return v, nil
}
