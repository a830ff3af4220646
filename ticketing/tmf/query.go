package tmf

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// query is a list request: which attributes to return, which window, in which
// order, and the conditions. Conditions are conjoined; a condition's values are
// alternatives.
type query struct {
	fields     []string
	offset     int
	limit      int
	sort       string // an attribute; "" is the resource's own order
	descending bool
	conditions []condition
}

// condition is one parameter of a list request. Two conditions on parts of the
// same attribute (relatedParty.id, relatedParty.role) speak of one and the same
// element, unless their groups differ.
type condition struct {
	attribute string
	op        string // eq, gt, gte, lt, lte
	values    []string
	group     string
}

const (
	defaultLimit = 100
	maxLimit     = 1000
)

// queryOf reads the request's query; what cannot be read is not left out.
func queryOf(r *http.Request) (query, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return query{}, badRequest("invalid query", err.Error())
	}
	return parseQuery(values)
}

// parseQuery reads a list request. A comma or a repeated attribute is OR; an
// attribute may end in .gt, .gte, .lt or .lte.
func parseQuery(values url.Values) (query, error) {
	q := query{limit: defaultLimit}
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		all := values[name]
		if slices.ContainsFunc(all, func(v string) bool { return strings.ContainsRune(v, 0) }) {
			return q, badRequest("invalid "+strconv.Quote(name), "a value holds a zero byte")
		}
		switch name {
		case "fields":
			q.fields = split(all)
		case "offset", "limit":
			n, err := strconv.Atoi(all[len(all)-1])
			if err != nil || n < 0 || name == "limit" && n > maxLimit || n > 1<<31 {
				most := "0 up"
				if name == "limit" {
					most = fmt.Sprintf("0 to %d", maxLimit)
				}
				return q, badRequest(
					"invalid "+name, fmt.Sprintf("%s=%s: want a whole number from %s", name, all[len(all)-1], most),
				)
			}
			if name == "offset" {
				q.offset = n
			} else {
				q.limit = n
			}
		case "sort":
			q.sort, q.descending = strings.CutPrefix(all[len(all)-1], "-")
			q.sort = strings.TrimLeft(q.sort, "+ ") // a plus sign that nobody escaped arrives as a space
		default:
			c := condition{attribute: name, op: "eq", values: split(all)}
			for _, op := range []string{"gt", "gte", "lt", "lte"} {
				if attribute, ok := strings.CutSuffix(name, "."+op); ok {
					c.attribute, c.op = attribute, op
				}
			}
			c.group, _, _ = strings.Cut(c.attribute, ".")
			if len(c.values) == 0 {
				return q, badRequest("empty filter", name+": want a value")
			}
			q.conditions = append(q.conditions, c)
		}
	}
	return q, nil
}

// window is the part of a list that the query asks for.
func window[T any](q query, all []T) []T {
	from := min(q.offset, len(all))
	return all[from:min(from+q.limit, len(all))]
}

func split(all []string) []string {
	var out []string
	for _, s := range all {
		for _, word := range strings.Split(s, ",") {
			if word = strings.TrimSpace(word); word != "" {
				out = append(out, word)
			}
		}
	}
	return out
}

// moment reads a date-time, quoted or not, as RFC 3339 or as a plain date.
func moment(s string) (time.Time, error) {
	s = strings.Trim(s, `"'`)
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
		// A plus sign that nobody escaped arrives as a space.
		if t, err := time.Parse(layout, strings.Replace(s, " ", "+", 1)); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, badRequest(
		"invalid date-time", fmt.Sprintf("%q: want RFC 3339, such as 2026-11-22T08:00:00Z", s),
	)
}

// span narrows [from, to) by a condition on a time. Database times are whole
// microseconds, so that the next one is one microsecond later.
func (c condition) span(from, to *time.Time) error {
	if len(c.values) != 1 {
		return badRequest("invalid filter", c.attribute+": want one date-time")
	}
	at, err := moment(c.values[0])
	if err != nil {
		return err
	}
	low, high := time.Time{}, time.Time{}
	switch c.op {
	case "gt":
		low = at.Add(time.Microsecond)
	case "gte":
		low = at
	case "lt":
		high = at
	case "lte":
		high = at.Add(time.Microsecond)
	case "eq":
		low, high = at, at.Add(time.Microsecond)
	}
	if !low.IsZero() && low.After(*from) {
		*from = low
	}
	if !high.IsZero() && (to.IsZero() || high.Before(*to)) {
		*to = high
	}
	return nil
}

// choose keeps id, href and the fields asked for; without any, everything.
func choose(resource object, fields []string) object {
	if len(fields) == 0 {
		return resource
	}
	chosen := object{"id": resource["id"], "href": resource["href"]}
	for _, f := range fields {
		if v, ok := resource[f]; ok {
			chosen[f] = v
		}
	}
	return chosen
}
