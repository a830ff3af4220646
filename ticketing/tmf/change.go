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
)

const maxBody = 1 << 20

// createBody is what may be said when a ticket is made.
type createBody struct {
	Description    string          `json:"description"`
	Name           string          `json:"name"`
	Severity       string          `json:"severity"`
	TicketType     string          `json:"ticketType"`
	ExternalID     string          `json:"externalId"`
	Status         string          `json:"status"`
	RelatedEntity  []relatedEntity `json:"relatedEntity"`
	RelatedParty   []relatedParty  `json:"relatedParty"`
	Note           []note          `json:"note"`
	Priority       json.RawMessage `json:"priority"` // ours to say; accepted and not heeded
	Type           string          `json:"@type"`
	BaseType       string          `json:"@baseType"`
	SchemaLocation string          `json:"@schemaLocation"`
}

type relatedEntity struct {
	ID   string `json:"id"`
	Role string `json:"role"`
}

type relatedParty struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Role string `json:"role"`
}

type note struct {
	Text string `json:"text"`
}

// patchBody is a merge-patch. Status moves the ticket along its workflow;
// action names the step outright.
type patchBody struct {
	Status             string      `json:"status"`
	StatusChangeReason string      `json:"statusChangeReason"`
	Note               []note      `json:"note"`
	Action             *actionBody `json:"action"`
	Type               string      `json:"@type"`
	BaseType           string      `json:"@baseType"`
	SchemaLocation     string      `json:"@schemaLocation"`
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
	for _, e := range body.RelatedEntity {
		line, ok := a.desk.Inventory().Line(e.ID)
		if !ok {
			return answer{}, badRequest("unknown relatedEntity", fmt.Sprintf("%q is no line of the inventory", e.ID))
		}
		opening.Lines = append(opening.Lines, ticket.Line{ID: line.ID, State: ticket.LineDown})
	}
	for _, p := range body.RelatedParty {
		if strings.EqualFold(p.Role, "contact") {
			opening.Contact = strings.TrimSpace(p.Name + " " + p.ID)
		}
	}
	t, err := a.desk.Open(r.Context(), by, opening)
	if err != nil {
		return answer{}, err
	}
	for _, n := range body.Note {
		if strings.TrimSpace(n.Text) != "" {
			if t, err = a.desk.Act(r.Context(), by, t.ID, 0, "note", n.Text, nil); err != nil {
				return answer{}, err
			}
		}
	}
	p, err := a.desk.PolicyOf(r.Context(), t)
	if err != nil {
		return answer{}, err
	}
	o := renderTicket(t, p, a.now())
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
	if len(steps) == 0 {
		return answer{}, badRequest("nothing to change", "say status, note or action")
	}
	for _, s := range steps {
		if t, err = a.desk.Act(r.Context(), by, t.ID, t.Version, s.Name, s.Text, s.Fields); err != nil {
			return answer{}, err
		}
	}
	return answer{body: renderTicket(t, p, a.now())}, nil
}

// patchSteps says which actions a patch asks for.
func patchSteps(body patchBody, t ticket.Ticket, p ticket.Policy, by people.Person) ([]actionBody, error) {
	var steps []actionBody
	for _, n := range body.Note {
		if strings.TrimSpace(n.Text) != "" {
			steps = append(steps, actionBody{Name: "note", Text: n.Text})
		}
	}
	switch {
	case body.Action != nil && body.Status != "":
		return nil, badRequest("two steps at once", "say status or action, not both")
	case body.Action != nil:
		steps = append(steps, *body.Action)
	case body.Status != "":
		want, ok := statusNamed(body.Status)
		if !ok {
			return nil, badRequest("invalid status", fmt.Sprintf("%q: want acknowledged, inProgress, pending, held, resolved, closed, rejected or cancelled", body.Status))
		}
		if want == t.Status {
			break
		}
		names := stepsTo(want, t, p, by)
		switch len(names) {
		case 0:
			return nil, fail(http.StatusConflict, "conflict", "no such transition", fmt.Sprintf("from %s (%s) no step that you may take leads to %s", t.Status, t.State, want))
		case 1:
			steps = append(steps, actionBody{Name: names[0], Text: body.StatusChangeReason})
		default:
			return nil, fail(http.StatusConflict, "conflict", "several transitions", fmt.Sprintf("from %s to %s lead %s: name one in action", t.State, want, strings.Join(names, ", ")))
		}
	}
	return steps, nil
}

// stepsTo lists the actions from the ticket's state to states of a status.
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
