package tables

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/linewarden/linewarden/ticketing/store"
)

// where is a filter as a condition on "tickets t". While tallied holds, the
// same condition may be put to "tallies t".
type where struct {
	d       *Dialect
	conds   []string
	args    []any
	tallied bool
	open    bool // only open tickets
	gathers bool // finds all that match before it can sort them
}

// whereOf builds the condition of a filter.
func whereOf(d *Dialect, f store.Filter) *where {
	w := &where{d: d, open: f.Open != nil && *f.Open}
	w.oneOf("t.kind", texts(f.Kinds))
	w.oneOf("t.state", texts(f.States))
	w.oneOf("t.status", texts(f.Statuses))
	w.oneOf("t.severity", f.Severities)
	w.oneOf("t.domain", f.Domains)
	w.oneOf("t.region", f.Regions)
	w.oneOf("t.grp", f.Groups)
	w.is("t.open", f.Open)
	w.is("t.visible", f.Visible)
	w.must("t.breached", f.Breached)

	tallied := len(w.conds)
	w.oneOf("t.id", f.IDs)
	w.named("t.assignee", f.Assignees, "")
	w.named("t.opener", f.Openers, "system")
	w.named("t.parent", f.Parents, "")
	w.named("t.external_id", f.ExternalIDs, "")
	w.named("t.verdict", f.Verdicts, "")
	w.must("t.assignee = ''", f.Unassigned)
	w.must("t.urged", f.Urged)
	w.must("t.supervised", f.Supervised)
	w.must("t.warned", f.Warned)
	w.linked(relActor, f.Actors)
	w.linked(relWatcher, f.Watchers)
	w.linked(relCustomer, f.Customers)
	w.linked(relManager, f.Managers)
	w.linked(relLine, f.Lines)
	w.linked(relRoot, f.Roots)
	w.time("t.due <", f.DueBefore)
	w.time("t.opened >=", f.OpenedFrom)
	w.time("t.opened <", f.OpenedTo)
	w.time("t.updated >=", f.UpdatedFrom)
	w.time("t.updated <", f.UpdatedTo)
	w.time("t.closed >=", f.ClosedFrom)
	w.time("t.closed <", f.ClosedTo)
	w.text(f.Text, f.Open)
	w.tallied = len(w.conds) == tallied
	return w
}

// String is the WHERE clause, or nothing.
func (w *where) String() string {
	if len(w.conds) == 0 {
		return ""
	}
	return "WHERE " + strings.Join(w.conds, " AND ")
}

// arg adds an argument and returns its parameter.
func (w *where) arg(v any) string {
	w.args = append(w.args, v)
	return fmt.Sprintf("$%d", len(w.args))
}

func (w *where) oneOf(column string, values []string) {
	switch len(values) {
	case 0:
	case 1:
		w.conds = append(w.conds, column+" = "+w.arg(values[0]))
	default:
		w.conds = append(w.conds, w.d.AnyOf(column, w.arg(values)))
	}
}

// named is oneOf for a column whose index leaves out its most common value.
// SQLite takes such an index only if the condition says so in words.
func (w *where) named(column string, values []string, common string) {
	w.oneOf(column, values)
	if len(values) > 0 && !slices.Contains(values, common) {
		w.conds = append(w.conds, column+" <> '"+common+"'")
	}
}

// linked demands a link to any of the values.
func (w *where) linked(rel string, values []string) {
	if len(values) == 0 {
		return
	}
	value := "value = "
	if len(values) == 1 {
		value += w.arg(values[0])
	} else {
		value = w.d.AnyOf("value", w.arg(values))
	}
	w.gathers = true
	w.conds = append(w.conds,
		"t.n IN (SELECT ticket FROM ticket_links WHERE rel = '"+rel+"' AND "+value+")")
}

func (w *where) is(column string, want *bool) {
	switch {
	case want == nil:
	case *want:
		w.conds = append(w.conds, column)
	default:
		w.conds = append(w.conds, "NOT "+column)
	}
}

func (w *where) must(cond string, demanded bool) {
	if demanded {
		w.conds = append(w.conds, cond)
	}
}

func (w *where) time(compare string, at time.Time) {
	if !at.IsZero() {
		w.conds = append(w.conds, compare+" "+w.arg(at))
	}
}

// text demands every word. It looks in the newest tickets that the index of
// pieces leads to, and if these are not all, in the open ones: a word that half
// of all tickets have finds no more than anybody reads, and a page is not kept
// waiting for the rest. Words too short for the index are looked for in the
// newest and the open tickets.
func (w *where) text(text string, open *bool) {
	words := strings.Fields(normal(text))
	if len(words) == 0 {
		return
	}
	w.gathers = true
	candidates := "SELECT n FROM tickets"
	if pieces := grams(strings.Join(words, "\n")); len(pieces) > 0 {
		candidates = w.d.Match(w.arg(w.d.Pieces(pieces)))
	}
	if open == nil || !*open {
		w.conds = append(w.conds, fmt.Sprintf(`t.n IN (
			WITH newest AS MATERIALIZED (SELECT n FROM (%s ORDER BY n DESC LIMIT %d) c)
			SELECT n FROM newest UNION ALL
			SELECT n FROM tickets WHERE open AND (SELECT count(*) FROM newest) = %[2]d)`,
			candidates, candidatesOfText))
	}
	var has []string
	for _, word := range words {
		has = append(has, w.d.Contains("x.search", w.arg(word)))
	}
	w.conds = append(w.conds,
		"EXISTS (SELECT 1 FROM ticket_texts x WHERE x.n = t.n AND "+strings.Join(has, " AND ")+")")
}

func texts[T ~string](values []T) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}

// order is the ORDER BY of a page: the sort column and, to be exact, n. The
// column is one of a fixed list, so it may stand in the SQL.
func order(sort string) (column string, descending bool, err error) {
	if sort == "" {
		sort = "-opened"
	}
	name, descending := strings.CutPrefix(sort, "-")
	switch name {
	case "opened", "updated", "due", "since", "id":
		return name, descending, nil
	case "severity":
		return "severity_rank", descending, nil
	}
	return "", false, fmt.Errorf("sort by %q: want opened, updated, due, since, severity or id", name)
}
