package tables

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/linewarden/linewarden/ticketing/sla"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// Ticket loads one with its whole record.
func (s *Store) Ticket(ctx context.Context, id string) (ticket.Ticket, error) {
	t, err := s.whole(ctx, `
		SELECT t.n, b.body FROM tickets t JOIN ticket_bodies b ON b.n = t.n
		WHERE t.id = $1`, id)
	if err != nil {
		return ticket.Ticket{}, fmt.Errorf("ticket %s: %w", id, err)
	}
	return t, nil
}

// TicketByKey loads the one opened for key.
func (s *Store) TicketByKey(ctx context.Context, key string) (ticket.Ticket, error) {
	t, err := s.whole(ctx, `
		SELECT t.n, b.body FROM tickets t JOIN ticket_bodies b ON b.n = t.n
		WHERE t.key = $1`, key)
	if err != nil {
		return ticket.Ticket{}, fmt.Errorf("ticket for %s: %w", key, err)
	}
	return t, nil
}

// whole reads body and record in one state of the database.
func (s *Store) whole(ctx context.Context, query, arg string) (t ticket.Ticket, err error) {
	err = s.db.view(ctx, func(c conn) error {
		var n int64
		var body []byte
		if err := one(c.row(ctx, query, arg), store.ErrNotFound, &n, &body); err != nil {
			return err
		}
		if t, err = bodyOf(body); err != nil {
			return err
		}
		t.Timeline, err = record[ticket.Entry](ctx, c, `SELECT body FROM ticket_timeline WHERE ticket = $1 ORDER BY seq`, n)
		if err != nil {
			return err
		}
		t.Ledger, err = record[sla.Entry](ctx, c, `SELECT body FROM ticket_ledger WHERE ticket = $1 ORDER BY seq`, n)
		return err
	})
	return t, err
}

// record reads entries; none is nil.
func record[E any](ctx context.Context, c conn, query string, args ...any) ([]E, error) {
	var out []E
	err := c.each(ctx, query, args, func(r scanner) error {
		var body []byte
		if err := r.Scan(&body); err != nil {
			return err
		}
		var e E
		if err := json.Unmarshal(body, &e); err != nil {
			return fmt.Errorf("a stored entry does not read as JSON: %w", err)
		}
		out = append(out, e)
		return nil
	})
	return out, err
}

// Limits of a page.
const (
	defaultLimit = 50
	maxLimit     = 1000
)

// List returns a page and the number of all that match.
func (s *Store) List(ctx context.Context, f store.Filter, p store.Page) (page []ticket.Ticket, total int, err error) {
	column, descending, err := order(p.Sort)
	if err != nil {
		return nil, 0, err
	}
	if p.Offset < 0 || p.Limit < 0 || p.Limit > maxLimit {
		return nil, 0, fmt.Errorf("page of %d from %d: want a limit up to %d and no negative offset",
			p.Limit, p.Offset, maxLimit)
	}
	limit := p.Limit
	if limit == 0 {
		limit = defaultLimit
	}
	w := whereOf(s.d, f)
	err = s.db.view(ctx, func(c conn) error {
		page, total = nil, 0
		if w.gathers {
			page, total, err = w.page(ctx, c, column, descending, p.Offset, limit, -1)
			if err != nil || len(page) > 0 {
				return err
			}
		}
		if total, err = w.count(ctx, c); err != nil {
			return err
		}
		if limit := min(limit, total-p.Offset); limit > 0 {
			page, _, err = w.page(ctx, c, column, descending, p.Offset, limit, total)
		}
		return err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("list tickets: %w", err)
	}
	return page, total, nil
}

// Counts returns how many match each filter.
func (s *Store) Counts(ctx context.Context, fs []store.Filter) ([]int, error) {
	var out []int
	err := s.db.view(ctx, func(c conn) error {
		out = make([]int, len(fs))
		for i, f := range fs {
			n, err := whereOf(s.d, f).count(ctx, c)
			if err != nil {
				return err
			}
			out[i] = n
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count tickets: %w", err)
	}
	return out, nil
}

func (w *where) count(ctx context.Context, c conn) (n int, err error) {
	query := `SELECT count(*) FROM tickets t ` + w.String()
	if w.tallied {
		query = `SELECT CAST(coalesce(sum(t.tickets), 0) AS BIGINT) FROM tallies t ` + w.String()
	}
	err = c.row(ctx, query, w.args...).Scan(&n)
	return n, err
}

// page picks the numbers from the narrow table and only then the wide rows. If
// total is known and the page past the middle, it walks from the other end: an
// offset costs what it skips. If total is negative, it counts as it gathers,
// and knows the total unless the page is empty.
func (w *where) page(
	ctx context.Context, c conn, column string, descending bool, offset, limit, total int,
) ([]ticket.Ticket, int, error) {
	backwards := descending
	if total >= 0 && offset > total/2 {
		offset, backwards = total-offset-limit, !backwards
	}
	by := "t." + column
	if w.open {
		// Open tickets are few: to sort them all is cheaper than to look for
		// them in the order of a million.
		by = w.d.Unindexed(by)
	}
	counted := fmt.Sprint(total)
	if total < 0 {
		counted = "count(*) OVER ()"
	}
	args := append(w.args[:len(w.args):len(w.args)], limit, offset)
	query := fmt.Sprintf(`
		SELECT b.body, p.total
		FROM (SELECT t.n, t.%[1]s AS sorted, %[2]s AS total FROM tickets t %[3]s
			ORDER BY %[4]s %[5]s, t.n %[5]s LIMIT $%[6]d OFFSET $%[7]d) p
		JOIN ticket_bodies b ON b.n = p.n
		ORDER BY p.sorted %[8]s, p.n %[8]s`,
		column, counted, w, by, direction(backwards), len(args)-1, len(args), direction(descending))
	page := make([]ticket.Ticket, 0, min(limit, maxLimit))
	err := c.each(ctx, query, args, func(r scanner) error {
		var body []byte
		if err := r.Scan(&body, &total); err != nil {
			return err
		}
		t, err := bodyOf(body)
		page = append(page, t)
		return err
	})
	return page, total, err
}

func direction(descending bool) string {
	if descending {
		return "DESC"
	}
	return "ASC"
}
