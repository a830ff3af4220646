package tmf

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// ticketAttributes are what tickets can be filtered by.
var ticketAttributes = attributes{
	"id": word, "externalId": word, "name": word, "description": word, "severity": word, "priority": word, "ticketType": word,
	"status": word, "state": word, "faultDomain": word, "verdict": word, "confidence": number,
	"creationDate": date, "lastUpdate": date, "statusChangeDate": date, "expectedResolutionDate": date, "resolutionDate": date,
	"relatedEntity.id": word, "relatedEntity.name": word, "relatedEntity.role": word, "relatedEntity.@referredType": word,
	"relatedParty.id": word, "relatedParty.name": word, "relatedParty.role": word, "relatedParty.@referredType": word,
	"troubleTicketRelationship.id": word, "troubleTicketRelationship.relationshipType": word,
	"clock.name": word, "clock.breached": word, "clock.budget": number, "clock.pausedSeconds": number,
	"clock.started": date, "clock.due": date, "clock.stopped": date,
}

// shortcuts are names for a party in one role.
var shortcuts = map[string]string{"customer": "customer", "owner": "owner", "relatedParty.owner": "owner"}

// search is a list request in the store's terms, as far as the store knows
// them. What it does not is looked for among the tickets that it finds.
type search struct {
	see        people.Scope
	filter     store.Filter
	page       store.Page
	rest       []test
	order      string
	descending bool
}

// most is how many tickets are looked through for what the store cannot look
// for: some tenths of a second.
const most = 10_000

func (a *API) searchOf(q query, by people.Person) (search, error) {
	s := search{see: a.scope(by)}
	var conditions []condition
	for _, c := range q.conditions {
		if role, ok := shortcuts[c.attribute]; ok {
			group := "relatedParty as " + role
			conditions = append(conditions, condition{"relatedParty.role", "eq", []string{role}, group})
			c.attribute, c.group = "relatedParty.id", group
		}
		conditions = append(conditions, c)
	}
	tests, err := ticketAttributes.compile(conditions)
	if err != nil {
		return s, err
	}
	visible := true
	s.filter.Visible = &visible
	groups := map[string][]test{}
	for _, t := range tests {
		groups[t.group] = append(groups[t.group], t)
	}
	for _, t := range tests {
		group := groups[t.group]
		if group == nil {
			continue // was done with its first
		}
		delete(groups, t.group)
		done, err := a.ask(&s, group)
		if err != nil {
			return s, err
		}
		if !done {
			s.rest = append(s.rest, group...)
		}
	}
	s.filter = s.filter.SeenBy(by)
	switch column, ok := sorts[q.sort]; {
	case q.sort == "":
	case ok && q.descending:
		s.page.Sort = "-" + column
	case ok:
		s.page.Sort = column
	case ticketAttributes[q.sort] == word:
		return s, badRequest(
			"invalid sort",
			q.sort+": want creationDate, lastUpdate, statusChangeDate, expectedResolutionDate, resolutionDate, confidence, severity or id, with - before it for descending",
		)
	default:
		s.order, s.descending = q.sort, q.descending
	}
	return s, nil
}

// ask puts a group of tests to the store, and tells whether its answer will be
// exact. Where not, it is a superset.
func (a *API) ask(s *search, group []test) (exact bool, err error) {
	first := group[0].condition
	switch first.group {
	case "creationDate", "lastUpdate":
		from, to := &s.filter.OpenedFrom, &s.filter.OpenedTo
		if first.group == "lastUpdate" {
			from, to = &s.filter.UpdatedFrom, &s.filter.UpdatedTo
		}
		for _, t := range group {
			if len(t.values) > 1 {
				return false, nil
			}
			if err := t.span(from, to); err != nil {
				return false, err
			}
		}
		return true, nil
	case "relatedEntity", "relatedParty", "troubleTicketRelationship":
		return a.askRelated(s, group), nil
	}
	if len(group) == 1 && first.group == first.attribute {
		return askPlain(&s.filter, first)
	}
	if strings.HasPrefix(first.group, "relatedParty") {
		return a.askRelated(s, group), nil
	}
	return false, nil
}

func askPlain(f *store.Filter, c condition) (exact bool, err error) {
	switch c.attribute {
	case "id":
		f.IDs = c.values
	case "status":
		for _, v := range c.values {
			s, ok := statusNamed(v)
			if !ok {
				return false, badRequest(
					"invalid filter",
					fmt.Sprintf(
						"status=%s: want acknowledged, inProgress, pending, held, resolved, closed, rejected or cancelled",
						v,
					),
				)
			}
			f.Statuses = append(f.Statuses, s)
		}
	case "ticketType":
		for _, v := range c.values {
			kind, ok := kindNamed(v)
			if !ok {
				return false, badRequest(
					"invalid filter", fmt.Sprintf("ticketType=%s: want networkFault, serviceFault or declaration", v),
				)
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
	default:
		return false, nil
	}
	return true, nil
}

// askRelated puts to the store what a ticket's lines, roots, parties and parent
// are to be. For who does not see every line the answer is never exact, since a
// ticket shows him fewer.
func (a *API) askRelated(s *search, group []test) (exact bool) {
	var ids []string
	role := ""
	for _, t := range group {
		switch t.path[len(t.path)-1] {
		case "id":
			ids = t.values
		case "role", "relationshipType":
			if len(t.values) > 1 || role != "" {
				return false
			}
			role = strings.ToLower(t.values[0])
		default:
			return false
		}
	}
	if ids == nil {
		return false
	}
	f := &s.filter
	put := func(column *[]string) bool {
		if *column != nil { // another group asked for it
			return false
		}
		*column = ids
		return true
	}
	switch what := group[0].path[0]; {
	case what == "relatedEntity" && none(ids, isRoot) && (role == "" || role == "affectedline"):
		return put(&f.Lines) && s.see.Everything()
	case what == "relatedEntity" && none(ids, isLine) && (role == "" || role == "rootcause"):
		return put(&f.Roots)
	case what == "troubleTicketRelationship" && role == "parent":
		return put(&f.Parents)
	case what != "relatedParty":
	case role == "owner", role == "" && none(ids, func(id string) bool { return !a.isGroup(id) }):
		return put(&f.Groups)
	case role == "customer", role == "" && none(ids, func(id string) bool { return !a.isCustomer(id) }):
		return put(&f.Customers) && s.see.Everything()
	case role == "handler":
		return put(&f.Assignees)
	}
	return false
}

func none(ids []string, is func(string) bool) bool { return !slices.ContainsFunc(ids, is) }

func isRoot(id string) bool { return strings.Contains(id, "/") }
func isLine(id string) bool { return !isRoot(id) }

// isGroup and isCustomer tell who alone can be meant by an id.
func (a *API) isGroup(id string) bool {
	_, group := a.desk.Policy().Group(id)
	_, customer := a.desk.Inventory().Customer(id)
	return group && !customer
}

func (a *API) isCustomer(id string) bool {
	_, group := a.desk.Policy().Group(id)
	_, customer := a.desk.Inventory().Customer(id)
	return customer && !group
}

// look goes through all tickets that the store finds.
func (a *API) look(ctx context.Context, s search) ([]ticket.Ticket, error) {
	var found []ticket.Ticket
	var shown []object
	for s.page.Limit = maxLimit; ; s.page.Offset += maxLimit {
		list, total, err := a.desk.List(ctx, s.filter, s.page)
		if err != nil {
			return nil, err
		}
		if total > most {
			return nil, badRequest(
				"too much to look through",
				fmt.Sprintf(
					"%d tickets would have to be read for %s, at most %d are: narrow it down, by status or creationDate for example",
					total, s.sought(), most,
				),
			)
		}
		for _, t := range list {
			o, err := a.render(ctx, s.see, t)
			if err != nil {
				return nil, err
			}
			if matches(o, s.rest) {
				found, shown = append(found, t), append(shown, o)
			}
		}
		if len(list) < maxLimit {
			break
		}
	}
	if s.order == "" {
		return found, nil
	}
	byID := make(map[string]ticket.Ticket, len(found))
	for _, t := range found {
		byID[t.ID] = t
	}
	if err := ticketAttributes.order(shown, s.order, s.descending); err != nil {
		return nil, err
	}
	for i, o := range shown {
		found[i] = byID[text(o["id"])]
	}
	return found, nil
}

// sought names what the store does not look for itself.
func (s search) sought() string {
	var names []string
	for _, t := range s.rest {
		names = append(names, t.attribute)
	}
	if s.order != "" {
		names = append(names, "sort="+s.order)
	}
	return strings.Join(slices.Compact(names), ", ")
}
