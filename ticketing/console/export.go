package console

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// exportTickets writes what the queue shows as CSV with a BOM, which
// spreadsheets need to see that it is UTF-8.
func (c *Console) exportTickets(w http.ResponseWriter, r *http.Request, name string, rows []ticketRow) {
	lang := c.lang(r)
	word := func(key string) string { return c.pages.word(lang, key) }
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="tickets-`+url.PathEscape(name)+`.csv"`)
	w.Write([]byte("\ufeff"))
	out := csv.NewWriter(w)
	out.Write(
		[]string{word("col.ticket"), word("col.title"), word("col.kind"), word("col.severity"), word("col.domain"),
			word(
				"col.state",
			), word("col.owner"), word("col.assignee"), word("col.lines"), word("col.opened"), word("col.due"), word("col.closed")},
	)
	for _, t := range rows {
		out.Write(
			[]string{
				t.ID, plain(speaker{c.pages, lang}.ticket(t.Ticket)), word("kind." + string(t.Kind)),
				word("severity." + string(t.Severity)), word("domain." + string(t.Fault.Domain)), t.StateTitle.In(lang),
				t.GroupTitle.In(lang), plain(t.Handler), strconv.Itoa(len(t.Lines)), c.pages.clockTime(t.Opened),
				c.pages.clockTime(t.Due), c.pages.clockTime(t.Closed),
			},
		)
	}
	out.Flush()
}

// plain keeps a spreadsheet from taking text for a formula.
func plain(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
