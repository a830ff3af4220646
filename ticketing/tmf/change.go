package tmf

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/ticket"
	"github.com/linewarden/linewarden/ticketing/web"
)

const maxBody = 1 << 20

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
	Name   string            `json:"name"`
	Text   string            `json:"text"`
	Fields map[string]string `json:"fields"`
}

var severities = []string{"critical", "major", "minor", "warning"}

func (a *API) createTicket(r *http.Request, by people.Person) (answer, error) {
	var body createBody
	if err := decodeBody(r, &body, "application/json"); err != nil {
		return answer{}, err
	}
	for _, need := range []struct{ name, value string }{{"description", body.Description}, {"severity", body.Severity}, {"ticketType", body.TicketType}} {
		if strings.TrimSpace(need.value) == "" {
			return answer{}, badRequest("missing attribute", need.name+" is required")
		}
	}
	severity := strings.ToLower(body.Severity)
	if !slices.Contains(severities, severity) {
		return answer{}, badRequest("invalid severity", fmt.Sprintf("%q: want %s", body.Severity, strings.Join(severities, ", ")))
	}
	kind, ok := kindNamed(body.TicketType)
	if !ok {
		return answer{}, badRequest("invalid ticketType", fmt.Sprintf("%q: want networkFault, serviceFault or declaration", body.TicketType))
	}
	if body.Status != "" && !strings.EqualFold(body.Status, string(ticket.StatusAcknowledged)) {
		return answer{}, badRequest("invalid status", "a ticket begins as acknowledged; its workflow moves it on")
	}
	opening := ticket.Opening{
		Kind: kind, Source: "api", By: by, Title: body.Name, Description: body.Description,
		Severity: severity, ExternalID: body.ExternalID,
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
		line, ok := a.desk.Inventory().Line(id)
		switch {
		case ok && web.SeesLine(by, a.desk.Inventory(), line):
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
	t, err := a.desk.Open(r.Context(), by, opening)
	if err != nil {
		return answer{}, err
	}
	for _, text := range notes(body.Note, remarks) {
		if t, err = a.desk.Act(r.Context(), by, t.ID, 0, "note", text, nil); err != nil {
			return answer{}, err
		}
	}
	p, err := a.desk.PolicyOf(r.Context(), t)
	if err != nil {
		return answer{}, err
	}
	o := renderTicket(web.Narrow(by, t), p, a.now())
	return answer{status: http.StatusCreated, body: o, location: o["href"].(string)}, nil
}

func (a *API) patchTicket(r *http.Request, by people.Person) (answer, error) {
	var body patchBody
	if err := decodeBody(r, &body, "application/json", "application/merge-patch+json"); err != nil {
		return answer{}, err
	}
	t, p, err := a.visible(r, by)
	if err != nil {
		return answer{}, err
	}
	steps, err := patchSteps(body, t, p, by)
	if err != nil {
		return answer{}, err
	}
	if len(steps) == 0 && body.Status == "" {
		return answer{}, badRequest("nothing to change", "say status, note, action, name, description, severity or externalId")
	}
	// The steps are taken one after the other; what the first would be refused
	// for is found out before any is taken.
	for _, s := range steps {
		if ok, why := t.May(p, by, s.Name); !ok && s.Name != "note" {
			return answer{}, &ticket.Refusal{Action: s.Name, Reason: why}
		}
	}
	expect := t.Version
	for _, s := range steps {
		if t, err = a.desk.Act(r.Context(), by, t.ID, expect, s.Name, s.Text, s.Fields); err != nil {
			return answer{}, err
		}
		expect = 0
	}
	return answer{body: renderTicket(web.Narrow(by, t), p, a.now())}, nil
}

// patchSteps says which actions a patch asks for: what is described first, then
// the step, then what was said about it.
func patchSteps(body patchBody, t ticket.Ticket, p ticket.Policy, by people.Person) ([]actionBody, error) {
	var steps []actionBody
	edit := map[string]string{}
	for name, value := range map[string]string{"title": body.Name, "description": body.Description, "severity": strings.ToLower(body.Severity), "external_id": body.ExternalID} {
		if strings.TrimSpace(value) != "" {
			edit[name] = value
		}
	}
	if s := edit["severity"]; s != "" && !slices.Contains(severities, s) {
		return nil, badRequest("invalid severity", fmt.Sprintf("%q: want %s", body.Severity, strings.Join(severities, ", ")))
	}
	if len(edit) > 0 {
		steps = append(steps, actionBody{Name: "edit", Fields: edit})
	}
	step, err := body.step(t, p, by)
	if err != nil {
		return nil, err
	}
	reason := body.StatusChangeReason
	if step != nil {
		steps = append(steps, *step)
		reason = "" // the step says it
	}
	remarks, err := body.remarks(reason)
	if err != nil {
		return nil, err
	}
	for _, text := range notes(body.Note, remarks) {
		steps = append(steps, actionBody{Name: "note", Text: text})
	}
	return steps, nil
}

// step is the action that the patch's status or action asks for, if any.
func (body patchBody) step(t ticket.Ticket, p ticket.Policy, by people.Person) (*actionBody, error) {
	switch {
	case body.Action != nil && body.Status != "":
		return nil, badRequest("two steps at once", "say status or action, not both")
	case body.Action != nil:
		return body.Action, nil
	case body.Status == "":
		return nil, nil
	}
	want, ok := statusNamed(body.Status)
	if !ok {
		return nil, badRequest("invalid status", fmt.Sprintf("%q: want acknowledged, inProgress, pending, held, resolved, closed, rejected or cancelled", body.Status))
	}
	if want == t.Status {
		return nil, nil
	}
	names := stepsTo(want, t, p, by)
	switch len(names) {
	case 0:
		return nil, fail(http.StatusConflict, "conflict", "no such transition", fmt.Sprintf("from %s (%s) no step that you may take leads to %s", t.Status, t.State, want))
	case 1:
		return &actionBody{Name: names[0], Text: body.StatusChangeReason}, nil
	}
	return nil, fail(http.StatusConflict, "conflict", "several transitions", fmt.Sprintf("from %s to %s lead %s: name one in action", t.State, want, strings.Join(names, ", ")))
}

// stepsTo lists the actions from the ticket's state to states of a status; the
// ordinary way alone, where the workflow marks one.
func stepsTo(want ticket.Status, t ticket.Ticket, p ticket.Policy, by people.Person) []string {
	wf, _ := p.Workflow(t.Workflow)
	def, _ := wf.State(t.State)
	var names []string
	for _, tr := range def.Actions {
		if tr.To == "" {
			continue
		}
		to, ok := wf.State(tr.To)
		for ok && to.Then != "" {
			to, ok = wf.State(to.Then)
		}
		if may, _ := by.May(tr.Action, tr.By, t.Case()); ok && may && to.Status == want && !slices.Contains(names, tr.Action) {
			names = append(names, tr.Action)
		}
	}
	for _, name := range names {
		if wf.Actions[name].Style == "primary" {
			return []string{name}
		}
	}
	return names
}

// decodeBody reads a JSON object strictly: an attribute that would have no
// effect is refused rather than lost.
func decodeBody(r *http.Request, into any, types ...string) error {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || !slices.Contains(types, media) {
		return fail(http.StatusUnsupportedMediaType, "unsupportedMediaType", "unsupported content type", fmt.Sprintf("%q: want %s", r.Header.Get("Content-Type"), strings.Join(types, " or ")))
	}
	raw, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	if err != nil {
		var big *http.MaxBytesError
		if errors.As(err, &big) {
			return fail(http.StatusRequestEntityTooLarge, "tooLarge", "body too large", fmt.Sprintf("at most %d bytes", maxBody))
		}
		return badRequest("unreadable body", err.Error())
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return badRequest("invalid body", strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := d.Token(); err != io.EOF {
		return badRequest("invalid body", "want one JSON object and nothing after it")
	}
	return nil
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	if r := []rune(line); len(r) > 80 {
		return string(r[:79]) + "…"
	}
	return line
}
