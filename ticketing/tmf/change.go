package tmf

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// createBody is what may be said when a ticket is made.
type createBody struct {
	Description   string          `json:"description"`
	Name          string          `json:"name"`
	Severity      string          `json:"severity"`
	TicketType    string          `json:"ticketType"`
	ExternalID    string          `json:"externalId"`
	Status        string          `json:"status"`
	RelatedEntity []relatedEntity `json:"relatedEntity"`
	RelatedParty  []relatedParty  `json:"relatedParty"`
	Note          []note          `json:"note"`
	standard
}

// patchBody is a merge-patch. Status moves the ticket along its workflow;
// action names the step outright.
type patchBody struct {
	Description string      `json:"description"`
	Name        string      `json:"name"`
	Severity    string      `json:"severity"`
	ExternalID  string      `json:"externalId"`
	Status      string      `json:"status"`
	Note        []note      `json:"note"`
	Action      *actionBody `json:"action"`
	standard
}

type actionBody struct {
	Name   ticket.Action     `json:"name"`
	Text   string            `json:"text"`
	Fields map[string]string `json:"fields"`
}

var severities = []string{"critical", "major", "minor", "warning"}

func (a *API) createTicket(r *http.Request, by people.Person) (answer, error) {
	var body createBody
	if _, err := decodeBody(r, &body, "application/json"); err != nil {
		return answer{}, err
	}
	for _, need := range []struct{ name, value string }{{"description", body.Description}, {"severity", body.Severity}, {"ticketType", body.TicketType}} {
		if strings.TrimSpace(need.value) == "" {
			return answer{}, badRequest("missing attribute", need.name+" is required")
		}
	}
	severity := strings.ToLower(body.Severity)
	if !slices.Contains(severities, severity) {
		return answer{}, badRequest(
			"invalid severity", fmt.Sprintf("%q: want %s", body.Severity, strings.Join(severities, ", ")),
		)
	}
	kind, ok := kindNamed(body.TicketType)
	if !ok {
		return answer{}, badRequest(
			"invalid ticketType", fmt.Sprintf("%q: want networkFault, serviceFault or declaration", body.TicketType),
		)
	}
	if body.Status != "" && !strings.EqualFold(body.Status, string(ticket.StatusAcknowledged)) {
		return answer{}, badRequest("invalid status", "a ticket begins as acknowledged; its workflow moves it on")
	}
	opening := ticket.Opening{
		Kind: kind, Source: ticket.FromAPI, By: by, Title: body.Name, Description: body.Description,
		Severity: verdict.Severity(severity), ExternalID: body.ExternalID,
	}
	if opening.Title == "" {
		opening.Title = firstLine(body.Description)
	}
	remarks, err := body.remarks(body.StatusChangeReason)
	if err != nil {
		return answer{}, err
	}
	for _, e := range body.RelatedEntity {
		id := strings.TrimPrefix(e.ID, "line/")
		_, ok := a.desk.Inventory().Line(id)
		switch {
		case ok && a.scope(by).Line(id):
			if !slices.ContainsFunc(opening.Lines, func(l ticket.Line) bool { return l.ID == id }) {
				opening.Lines = append(opening.Lines, ticket.Line{ID: id, State: ticket.LineDown})
			}
		case !ok && e.Role != "" && !strings.EqualFold(e.Role, "affectedLine"):
			// Another thing that the writer knows of: for people to read.
			remarks = append(remarks, strings.TrimSpace("relatedEntity "+e.Role+": "+e.ID+" "+e.Name))
		default:
			return answer{}, badRequest("unknown relatedEntity", fmt.Sprintf("%q is no line of the inventory", e.ID))
		}
	}
	for _, p := range body.RelatedParty {
		if strings.EqualFold(p.Role, "contact") {
			opening.Contact = strings.TrimSpace(p.Name + " " + p.ID)
		} else {
			remarks = append(remarks, strings.TrimSpace("relatedParty "+p.Role+": "+p.ID+" "+p.Name))
		}
	}
	var said []ticket.Act
	for _, text := range notes(body.Note, remarks) {
		said = append(said, ticket.Act{Action: "note", Text: text})
	}
	t, err := a.desk.Open(r.Context(), by, opening, said...)
	if err != nil {
		return answer{}, err
	}
	o, err := a.render(r.Context(), a.scope(by), t)
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusCreated, body: o, location: o["href"].(string)}, nil
}

func (a *API) patchTicket(r *http.Request, by people.Person) (answer, error) {
	var body patchBody
	nulls, err := decodeBody(r, &body, "application/json", "application/merge-patch+json")
	if err != nil {
		return answer{}, err
	}
	t, err := a.visible(r, by)
	if err != nil {
		return answer{}, err
	}
	p, err := a.desk.PolicyOf(r.Context(), t)
	if err != nil {
		return answer{}, err
	}
	have := renderTicket(t, p, a.now())
	for _, name := range nulls {
		// In a merge-patch null takes an attribute away.
		if have[name] != nil {
			return answer{}, badRequest("invalid "+name, name+": null; a ticket keeps what it has")
		}
	}
	steps, err := patchSteps(body, t, p, by)
	if err != nil {
		return answer{}, err
	}
	if len(steps) == 0 && body.Status == "" {
		return answer{}, badRequest(
			"nothing to change", "say status, note, action, name, description, severity or externalId",
		)
	}
	if len(steps) > 0 {
		if t, err = a.desk.ActAll(r.Context(), by, t.ID, t.Version, steps...); err != nil {
			return answer{}, err
		}
	}
	return answer{body: renderTicket(t.Within(a.scope(by)), p, a.now())}, nil
}

// patchSteps says which actions a patch asks for: what is described first, then
// the step, then what was said about it.
func patchSteps(body patchBody, t ticket.Ticket, p ticket.Policy, by people.Person) ([]ticket.Act, error) {
	var steps []ticket.Act
	edit := map[string]string{}
	for name, value := range map[string]string{"title": body.Name, "description": body.Description, "severity": strings.ToLower(body.Severity), "external_id": body.ExternalID} {
		if strings.TrimSpace(value) != "" {
			edit[name] = value
		}
	}
	if s := edit["severity"]; s != "" && !slices.Contains(severities, s) {
		return nil, badRequest(
			"invalid severity", fmt.Sprintf("%q: want %s", body.Severity, strings.Join(severities, ", ")),
		)
	}
	if len(edit) > 0 {
		steps = append(steps, ticket.Act{Action: "edit", Fields: edit})
	}
	step, err := body.step(t, p, by)
	if err != nil {
		return nil, err
	}
	reason := body.StatusChangeReason
	if step != nil {
		steps = append(steps, ticket.Act{Action: step.Name, Text: step.Text, Fields: step.Fields})
		reason = "" // the step says it
	}
	remarks, err := body.remarks(reason)
	if err != nil {
		return nil, err
	}
	// What the ticket gave out as its notes is on record already.
	news := slices.DeleteFunc(slices.Clone(body.Note), func(n note) bool { return noted(t, n) })
	for _, text := range notes(news, remarks) {
		steps = append(steps, ticket.Act{Action: "note", Text: text})
	}
	return steps, nil
}

// step is the action that the patch's status or action asks for, if any.
func (body patchBody) step(t ticket.Ticket, p ticket.Policy, by people.Person) (*actionBody, error) {
	switch {
	case body.Action != nil && body.Status != "":
		return nil, badRequest("two steps at once", "say status or action, not both")
	case body.Action != nil:
		return body.Action, body.Action.check(t, p)
	case body.Status == "":
		return nil, nil
	}
	want, ok := statusNamed(body.Status)
	if !ok {
		return nil, badRequest(
			"invalid status",
			fmt.Sprintf(
				"%q: want acknowledged, inProgress, pending, held, resolved, closed, rejected or cancelled",
				body.Status,
			),
		)
	}
	if want == t.Status {
		return nil, nil
	}
	names := stepsTo(want, t, p, by)
	switch len(names) {
	case 0:
		return nil, fail(
			http.StatusConflict, "conflict", "no such transition",
			fmt.Sprintf("from %s (%s) no step that you may take leads to %s", t.Status, t.State, want),
		)
	case 1:
		return &actionBody{Name: names[0], Text: body.StatusChangeReason}, nil
	}
	return nil, fail(
		http.StatusConflict, "conflict", "several transitions",
		fmt.Sprintf("from %s to %s lead %s: name one in action", t.State, want, listed(names)),
	)
}

// check refuses fields that the action would not heed.
func (b actionBody) check(t ticket.Ticket, p ticket.Policy) error {
	wf, _ := p.Workflow(t.Workflow)
	def, ok := wf.Actions[b.Name]
	if !ok {
		return badRequest(
			"invalid action",
			fmt.Sprintf("%q: want %s", b.Name, listed(slices.Sorted(maps.Keys(wf.Actions)))),
		)
	}
	heeds := slices.Concat(def.Need, def.May)
	state, _ := wf.State(t.State)
	for _, tr := range state.Actions {
		if tr.Action == b.Name {
			heeds = append(heeds, tr.Need...)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(b.Fields)) {
		if !slices.Contains(heeds, name) {
			return badRequest(
				"invalid action",
				fmt.Sprintf("action.fields.%s: %s takes [%s]", name, b.Name, strings.Join(heeds, ", ")),
			)
		}
	}
	return nil
}

// noted reports whether the note is one of the ticket's own, as it was given out.
func noted(t ticket.Ticket, n note) bool {
	var id string
	if json.Unmarshal(n.ID, &id) != nil {
		return false
	}
	return slices.ContainsFunc(
		t.Timeline, func(e ticket.Entry) bool { return noteID(t, e) == id && e.Text == n.Text },
	)
}

// listed names actions in a message.
func listed(actions []ticket.Action) string {
	names := make([]string, len(actions))
	for i, a := range actions {
		names[i] = string(a)
	}
	return strings.Join(names, ", ")
}

// stepsTo lists the actions from the ticket's state to states of a status; the
// ordinary way alone, where the workflow marks one.
func stepsTo(want ticket.Status, t ticket.Ticket, p ticket.Policy, by people.Person) []ticket.Action {
	wf, _ := p.Workflow(t.Workflow)
	def, _ := wf.State(t.State)
	var names []ticket.Action
	for _, tr := range def.Actions {
		if tr.To == "" {
			continue
		}
		to, ok := wf.State(tr.To)
		for ok && to.Then != "" {
			to, ok = wf.State(to.Then)
		}
		if may, _ := by.May(string(tr.Action), tr.By, t.Case()); ok && may && to.Status == want &&
			!slices.Contains(names, tr.Action) {
			names = append(names, tr.Action)
		}
	}
	for _, name := range names {
		if wf.Actions[name].Style == "primary" {
			return []ticket.Action{name}
		}
	}
	return names
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	if r := []rune(line); len(r) > 80 {
		return string(r[:79]) + "…"
	}
	return line
}
