package tables

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/linewarden/linewarden/ticketing/ticket"
)

// row is a ticket as the tables hold it: columns to select and sort by, links
// of which it has many, text to find it by, and the whole in JSON without the
// record, which grows in tables of its own.
type row struct {
	ticket  ticket.Ticket // times truncated
	body    string
	search  string
	links   []link
	domain  string
	verdict string
	rank    int
	dims    dims
}

// link ties a ticket to a value that a filter may ask for.
type link struct{ rel, value string }

// The relations of links.
const (
	relActor    = "actor"
	relWatcher  = "watcher"
	relCustomer = "customer"
	relManager  = "manager"
	relLine     = "line"
	relRoot     = "root"
)

// rowOf derives the row of a ticket. A save derives the stored ticket's too, to
// see what changes: whoever changes what is derived here migrates the tables.
func rowOf(t ticket.Ticket) (row, error) {
	r := row{ticket: truncated(t)}
	bare := r.ticket
	bare.Timeline, bare.Ledger = nil, nil
	body, err := json.Marshal(bare)
	if err != nil {
		return row{}, fmt.Errorf("ticket %s as JSON: %w", t.ID, err)
	}
	r.body = string(body)
	r.search = searchText(t)
	r.links = linksOf(t)
	r.rank = rank(string(t.Severity))
	r.domain, r.verdict = string(t.Fault.Domain), t.Fault.Verdict
	r.dims = dimsOf(t)
	return r, nil
}

// rank orders severities, worst highest.
func rank(severity string) int {
	switch severity {
	case "critical":
		return 4
	case "major":
		return 3
	case "minor":
		return 2
	case "warning":
		return 1
	}
	return 0
}

func linksOf(t ticket.Ticket) []link {
	var out []link
	add := func(rel string, values ...string) {
		for _, v := range values {
			if v != "" {
				out = append(out, link{rel, v})
			}
		}
	}
	add(relActor, t.Actors...)
	add(relWatcher, t.Watchers...)
	add(relCustomer, t.Customers...)
	add(relManager, t.Managers...)
	for _, l := range t.Lines {
		add(relLine, l.ID)
	}
	for _, root := range t.Fault.Roots {
		add(relRoot, string(root.Subject))
	}
	slices.SortFunc(out, compareLinks)
	return slices.Compact(out)
}

func compareLinks(a, b link) int {
	if a.rel != b.rel {
		if a.rel < b.rel {
			return -1
		}
		return 1
	}
	switch {
	case a.value < b.value:
		return -1
	case a.value > b.value:
		return 1
	}
	return 0
}

// without is the links of a that b lacks; both are sorted.
func without(a, b []link) []link {
	var out []link
	for _, l := range a {
		if _, found := slices.BinarySearchFunc(b, l, compareLinks); !found {
			out = append(out, l)
		}
	}
	return out
}

// bodyOf reads a ticket back, without its record.
func bodyOf(body []byte) (ticket.Ticket, error) {
	var t ticket.Ticket
	if err := json.Unmarshal(body, &t); err != nil {
		return t, fmt.Errorf("a stored ticket does not read as JSON: %w", err)
	}
	return t, nil
}
