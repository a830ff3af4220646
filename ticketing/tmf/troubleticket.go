package tmf

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
	"github.com/linewarden/linewarden/ticketing/web"
)

func itoa(n int) string { return strconv.Itoa(n) }

// sorts maps TMF's attribute names to the store's.
var sorts = map[string]string{
	"creationDate": "opened", "lastUpdate": "updated", "statusChangeDate": "since",
	"expectedResolutionDate": "due", "severity": "severity", "id": "id",
}

func (a *API) listTickets(r *http.Request, by people.Person) (answer, error) {
	q, err := parseQuery(r.URL.Query())
	if err != nil {
		return answer{}, err
	}
	filter, err := ticketFilter(q.conditions)
	if err != nil {
		return answer{}, err
	}
	visible := true
	filter.Visible = &visible
	page := store.Page{Offset: q.offset, Limit: max(q.limit, 1)}
	if q.sort != "" {
		name, down := strings.CutPrefix(q.sort, "-")
		column, ok := sorts[strings.TrimPrefix(name, "+")]
		if !ok {
			return answer{}, badRequest("invalid sort", q.sort+": want creationDate, lastUpdate, statusChangeDate, expectedResolutionDate, severity or id, with - before it for descending")
		}
		if page.Sort = column; down {
			page.Sort = "-" + column
		}
	}
	tickets, total, err := a.desk.List(r.Context(), web.Scope(by, filter), page)
	if err != nil {
		return answer{}, err
	}
	if q.limit == 0 {
		tickets = nil
	}
	out := make([]object, 0, len(tickets))
	for _, t := range tickets {
		policy, err := a.desk.PolicyOf(r.Context(), t)
		if err != nil {
			return answer{}, err
		}
		out = append(out, choose(renderTicket(web.Narrow(by, t), policy, a.now()), q.fields))
	}
	return answer{body: out, list: true, total: total, returned: len(out)}, nil
}

// ticketFilter turns conditions into the store's filter.
func ticketFilter(conditions []condition) (store.Filter, error) {
	var f store.Filter
	for _, c := range conditions {
		if err := c.onto(&f); err != nil {
			return f, err
		}
	}
	return f, nil
}

func (c condition) onto(f *store.Filter) error {
	switch c.attribute {
	case "creationDate":
		return c.span(&f.OpenedFrom, &f.OpenedTo)
	case "lastUpdate":
		return c.span(&f.UpdatedFrom, &f.UpdatedTo)
	case "expectedResolutionDate":
		if c.op != "lt" && c.op != "lte" {
			return badRequest("invalid filter", c.attribute+": use .lt or .lte")
		}
		at, err := moment(c.values[0])
		f.DueBefore = at
		return err
	}
	if c.op != "eq" {
		return badRequest("invalid filter", c.attribute+"."+c.op+": only times can be compared")
	}
	switch c.attribute {
	case "id":
		f.IDs = c.values
	case "status":
		for _, v := range c.values {
			s, ok := statusNamed(v)
			if !ok {
				return badRequest("invalid filter", fmt.Sprintf("status=%s: want acknowledged, inProgress, pending, held, resolved, closed, rejected or cancelled", v))
			}
			f.Statuses = append(f.Statuses, s)
		}
	case "ticketType":
		for _, v := range c.values {
			kind, ok := kindNamed(v)
			if !ok {
				return badRequest("invalid filter", fmt.Sprintf("ticketType=%s: want networkFault, serviceFault or declaration", v))
			}
			f.Kinds = append(f.Kinds, kind)
		}
	case "state":
		for _, v := range c.values {
			f.States = append(f.States, ticket.State(v))
		}
	case "severity":
		f.Severities = lower(c.values)
	case "externalId":
		f.ExternalIDs = c.values
	case "faultDomain":
		f.Domains = lower(c.values)
	case "verdict":
		f.Verdicts = c.values
	case "relatedEntity.id":
		for _, v := range c.values {
			if strings.Contains(v, "/") {
				f.Roots = append(f.Roots, v)
			} else {
				f.Lines = append(f.Lines, v)
			}
		}
		if len(f.Roots) > 0 && len(f.Lines) > 0 {
			return badRequest("invalid filter", "relatedEntity.id: lines (LN-1) and root causes (cable/C-1) cannot be alternatives of one filter")
		}
	case "relatedParty.id", "customer":
		f.Customers = c.values
	case "owner", "relatedParty.owner":
		f.Groups = c.values
	case "troubleTicketRelationship.id":
		f.Parents = c.values
	default:
		return badRequest("unknown filter", c.attribute+": want id, status, ticketType, state, severity, externalId, faultDomain, verdict, creationDate, lastUpdate, expectedResolutionDate, relatedEntity.id, relatedParty.id, relatedParty.owner or troubleTicketRelationship.id")
	}
	return nil
}

func statusNamed(word string) (ticket.Status, bool) {
	for _, s := range []ticket.Status{ticket.StatusAcknowledged, ticket.StatusInProgress, ticket.StatusPending, ticket.StatusHeld,
		ticket.StatusResolved, ticket.StatusClosed, ticket.StatusRejected, ticket.StatusCancelled} {
		if strings.EqualFold(string(s), word) {
			return s, true
		}
	}
	return "", false
}

func kindNamed(word string) (ticket.Kind, bool) {
	for kind, name := range ticketTypes {
		if strings.EqualFold(name, word) {
			return kind, true
		}
	}
	return "", false
}

// visible loads a ticket that the person may see; another one is not there.
func (a *API) visible(r *http.Request, by people.Person) (ticket.Ticket, ticket.Policy, error) {
	t, err := a.desk.Ticket(r.Context(), r.PathValue("id"))
	if err != nil {
		return t, ticket.Policy{}, err
	}
	if ok, _ := by.Sees(t.Case()); !ok || !t.Visible {
		return t, ticket.Policy{}, store.ErrNotFound
	}
	p, err := a.desk.PolicyOf(r.Context(), t)
	return t, p, err
}

func (a *API) getTicket(r *http.Request, by people.Person) (answer, error) {
	for name := range r.URL.Query() {
		if name != "fields" {
			return answer{}, badRequest("unknown parameter", name+": only fields is understood here")
		}
	}
	t, p, err := a.visible(r, by)
	if err != nil {
		return answer{}, err
	}
	return answer{body: choose(renderTicket(web.Narrow(by, t), p, a.now()), split(r.URL.Query()["fields"]))}, nil
}
