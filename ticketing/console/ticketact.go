package console

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// actions are the forms of what the person may do now.
func (c *Console) actions(t ticket.Ticket, p ticket.Policy, by people.Person) []actionView {
	var out []actionView
	for _, choice := range t.Choices(p, by) {
		v := actionView{Choice: choice}
		for _, f := range choice.Fields {
			field := fieldView{FormField: f, Options: f.Def.Options}
			switch f.Def.Type {
			case "group":
				for _, g := range p.Groups {
					if g.ID != t.Group {
						field.Options = append(field.Options, ticket.Option{Value: g.ID, Title: g.Title})
					}
				}
			case "person":
				if choice.Def.Do == ticket.DoAssign {
					field.Value = cmp.Or(field.Value, t.Assignee)
				}
			case "time":
				if f.Required && f.Value == "" {
					field.Value = c.Now().Add(2 * time.Hour).In(p.Zone).Format("2006-01-02T15:04")
				}
			}
			v.Inputs = append(v.Inputs, field)
		}
		out = append(out, v)
	}
	return out
}

// act takes an action on a ticket from a form.
func (c *Console) act(w http.ResponseWriter, r *http.Request, by people.Person) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<18)
	if err := r.ParseForm(); err != nil {
		c.failed(w, r, err)
		return
	}
	id := r.PathValue("id")
	fields := map[string]string{}
	for name, values := range r.PostForm {
		if key, ok := strings.CutPrefix(name, "f."); ok && len(values) > 0 {
			fields[key] = values[0]
		}
	}
	action := r.PostForm.Get("action")
	// A form is filled in against the state that it was drawn from. Where that
	// has moved on, the workflow decides whether the action still fits.
	_, err := c.Desk.Act(r.Context(), by, id, 0, action, r.PostForm.Get("text"), fields)
	if err == nil {
		http.Redirect(w, r, "/tickets/"+url.PathEscape(id)+"?done="+queryEscape(action), http.StatusSeeOther)
		return
	}
	var refusal *ticket.Refusal
	if !errors.As(err, &refusal) && !errors.Is(err, store.ErrConflict) {
		c.failed(w, r, err)
		return
	}
	view, viewErr := c.ticketView(r, by)
	if viewErr != nil {
		c.failed(w, r, viewErr)
		return
	}
	view.Refused, view.Typed = action, r.PostForm
	view.URL = "/tickets/" + url.PathEscape(id)
	view.Error = c.refused(view, c.lang(r), refusal)
	c.render(w, r, http.StatusUnprocessableEntity, "ticket", view)
}

// refused says why an action was not taken; without a refusal, somebody else
// changed the ticket at the same moment.
func (c *Console) refused(view ticketView, lang string, refusal *ticket.Refusal) string {
	if refusal == nil {
		return c.pages.word(lang, "error.conflict")
	}
	text := c.pages.word(lang, "refused."+refusal.Reason)
	if refusal.Field == "" {
		return text
	}
	title := c.pages.word(lang, "field."+refusal.Field)
	if wf, ok := view.Policy.Workflow(view.Ticket.Workflow); ok &&
		wf.Fields[refusal.Field].Title != (people.Title{}) {
		title = wf.Fields[refusal.Field].Title.In(lang)
	}
	return text + " " + strconv.Quote(title)
}
