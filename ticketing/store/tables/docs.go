package tables

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/linewarden/linewarden/ticketing/store"
)

func putDoc(now time.Time, d store.Doc) (Stmt, error) {
	if d.Kind == "" || d.ID == "" || !json.Valid(d.Body) {
		return Stmt{}, fmt.Errorf("document %s/%s: want a kind, an id and JSON", d.Kind, d.ID)
	}
	return Stmt{`
		INSERT INTO docs (kind, id, body, updated) VALUES ($1, $2, $3, $4)
		ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body, updated = excluded.updated`,
		[]any{d.Kind, d.ID, string(d.Body), now}}, nil
}

// PutDoc inserts or replaces; the last writer wins.
func (s *Store) PutDoc(ctx context.Context, now time.Time, d store.Doc) error {
	stmt, err := putDoc(now, d)
	if err == nil {
		_, err = s.db.exec(ctx, stmt.SQL, stmt.Args...)
	}
	if err != nil {
		return fmt.Errorf("put document %s/%s: %w", d.Kind, d.ID, err)
	}
	return nil
}

func scanDoc(r scanner) (d store.Doc, err error) {
	err = one(r, store.ErrNotFound, &d.Kind, &d.ID, (*[]byte)(&d.Body), into(&d.Updated))
	return d, err
}

// Doc finds one.
func (s *Store) Doc(ctx context.Context, kind, id string) (store.Doc, error) {
	d, err := scanDoc(s.db.row(ctx, `SELECT kind, id, body, updated FROM docs WHERE kind = $1 AND id = $2`, kind, id))
	if err != nil {
		return store.Doc{}, fmt.Errorf("document %s/%s: %w", kind, id, err)
	}
	return d, nil
}

// DocsOf lists a kind, by id.
func (s *Store) DocsOf(ctx context.Context, kind string) ([]store.Doc, error) {
	var out []store.Doc
	query := `SELECT kind, id, body, updated FROM docs WHERE kind = $1 ORDER BY id`
	err := s.db.each(ctx, query, []any{kind}, func(r scanner) error {
		d, err := scanDoc(r)
		out = append(out, d)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("documents of kind %s: %w", kind, err)
	}
	return out, nil
}

// DeleteDoc forgets one, if it is there.
func (s *Store) DeleteDoc(ctx context.Context, kind, id string) error {
	if _, err := s.db.exec(ctx, `DELETE FROM docs WHERE kind = $1 AND id = $2`, kind, id); err != nil {
		return fmt.Errorf("delete document %s/%s: %w", kind, id, err)
	}
	return nil
}
