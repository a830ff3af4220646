package tmf

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/linewarden/linewarden/ticketing/sla"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// TicketType is our extension of TMF621's TroubleTicket.
const TicketType = "LinewardenTroubleTicket"

// The types of ticket, as ticketType says them.
var ticketTypes = map[ticket.Kind]string{
	ticket.Network:     "networkFault",
	ticket.Service:     "serviceFault",
	ticket.Declaration: "declaration",
}

type object = map[string]any

// renderTicket is a ticket in TMF621's shape. Times are RFC 3339, clocks in seconds.
func renderTicket(t ticket.Ticket, p ticket.Policy, now time.Time) object {
	href := TicketBase + "/troubleTicket/" + url.PathEscape(t.ID)
	o := object{
		"id": t.ID, "href": href,
		"@type": TicketType, "@baseType": "TroubleTicket", "@schemaLocation": TicketBase + "/schema/" + TicketType + ".schema.json",
		"name": t.Title, "description": cmp.Or(t.Description, t.Title),
		"severity": t.Severity, "priority": priority(t), "ticketType": ticketTypes[t.Kind],
		"status": t.Status, "statusChangeDate": stamp(t.Since),
		"creationDate": stamp(t.Opened), "lastUpdate": stamp(t.Updated),
		"state": t.State,
		"clock": clocks(t, p, now),
	}
	if t.ExternalID != "" {
		o["externalId"] = t.ExternalID
	}
	for _, c := range t.Clocks {
		if c.Name == sla.Restore && !c.Due.IsZero() {
			o["expectedResolutionDate"] = stamp(c.Due)
		}
	}
	if !t.Restored.IsZero() {
		o["resolutionDate"] = stamp(t.Restored)
	}
	if f := t.Fault; f.Verdict != "" {
		o["faultDomain"], o["confidence"], o["verdict"] = string(f.Domain), f.Confidence, f.Verdict
	}
	o["relatedEntity"] = entities(t)
	o["relatedParty"] = parties(t, p)
	history(o, t, p)
	if rel := relations(t); len(rel) > 0 {
		o["troubleTicketRelationship"] = rel
	}
	return o
}

// priority comes from how bad it is and how near the clock is.
func priority(t ticket.Ticket) string {
	switch {
	case !t.Open:
		return "low"
	case t.Breached || t.Severity == "critical":
		return "critical"
	case t.Warned || t.Severity == "major":
		return "high"
	case t.Severity == "minor":
		return "medium"
	}
	return "low"
}

func clocks(t ticket.Ticket, p ticket.Policy, now time.Time) []object {
	out := []object{}
	for _, c := range t.Clocks {
		o := object{
			"name": c.Name, "budget": c.Budget.Seconds(), "started": stamp(c.Started),
			"pausedSeconds": c.PausedFor(p.SLA, now).Seconds(), "breached": c.Breached,
		}
		if !c.Due.IsZero() {
			o["due"] = stamp(c.Due)
		}
		if !c.Stopped.IsZero() {
			o["stopped"] = stamp(c.Stopped)
		}
		out = append(out, o)
	}
	return out
}

func entities(t ticket.Ticket) []object {
	out := []object{}
	for _, r := range t.Fault.Roots {
		out = append(
			out,
			object{
				"id": string(r.Subject), "name": string(r.Subject), "role": "rootCause",
				"@type": "RelatedEntity", "@referredType": "Resource",
			},
		)
	}
	for _, l := range t.Lines {
		out = append(
			out,
			object{
				"id": l.ID, "name": cmp.Or(l.Name, l.Circuit, l.ID),
				"role": "affectedLine", "@type": "RelatedEntity", "@referredType": "Service",
			},
		)
	}
	return out
}

func parties(t ticket.Ticket, p ticket.Policy) []object {
	out := []object{}
	seen := map[string]bool{}
	for _, l := range t.Lines {
		if l.Customer != "" && !seen[l.Customer] {
			seen[l.Customer] = true
			out = append(
				out,
				object{
					"id": l.Customer, "name": cmp.Or(l.CustomerName, l.Customer),
					"role": "customer", "@type": "RelatedParty", "@referredType": "Customer",
				},
			)
		}
	}
	if t.Group != "" {
		name := t.Group
		for _, g := range p.Groups {
			if g.ID == t.Group {
				name = g.Title.In("zh-CN")
			}
		}
		out = append(
			out,
			object{
				"id": t.Group, "name": name, "role": "owner",
				"@type": "RelatedParty", "@referredType": "Organization",
			},
		)
	}
	if t.Assignee != "" {
		out = append(
			out,
			object{
				"id": t.Assignee, "name": t.Assignee, "role": "handler",
				"@type": "RelatedParty", "@referredType": "Individual",
			},
		)
	}
	return out
}

// history tells the changes of status and what was said. A list without
// timelines says neither.
func history(o object, t ticket.Ticket, p ticket.Policy) {
	if len(t.Timeline) == 0 {
		return
	}
	wf, _ := p.Workflow(t.Workflow)
	status := func(s ticket.State) ticket.Status { def, _ := wf.State(s); return def.Status }
	changes, notes := []object{}, []object{}
	for _, e := range t.Timeline {
		if e.From == "" || status(e.From) != status(e.To) {
			reason := cmp.Or(e.Text, e.Reason, string(e.Action))
			changes = append(
				changes,
				object{
					"status": status(e.To), "changeDate": stamp(e.At), "changeReason": reason,
					"@type": "StatusChange",
				},
			)
			o["statusChangeReason"] = reason
		}
		if e.Text != "" {
			notes = append(
				notes,
				object{
					"id": noteID(t, e), "author": cmp.Or(e.By.Name, e.By.ID), "date": stamp(e.At),
					"text": e.Text, "@type": "Note",
				},
			)
		}
	}
	o["statusChange"], o["note"] = changes, notes
}

func noteID(t ticket.Ticket, e ticket.Entry) string { return t.ID + "/" + strconv.Itoa(e.Seq) }

func relations(t ticket.Ticket) []object {
	var out []object
	add := func(id, kind string) {
		if id != "" {
			out = append(
				out,
				object{
					"id": id, "href": TicketBase + "/troubleTicket/" + url.PathEscape(id),
					"relationshipType": kind, "@type": "TroubleTicketRelationship",
				},
			)
		}
	}
	add(t.Parent, "parent")
	for _, id := range slices.Sorted(slices.Values(t.Children)) {
		add(id, "child")
	}
	add(t.MergedInto, "mergedInto")
	add(t.SplitFrom, "splitFrom")
	return out
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

func lower(values []string) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = strings.ToLower(v)
	}
	return out
}
