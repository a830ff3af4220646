package console

import (
	"cmp"
	"slices"

	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// waits is what the ticket waits for: the end of a suspension, an answer to a
// request for more time, the next reply to who supervises.
func (s speaker) waits(t ticket.Ticket, wf ticket.Workflow, n names) []pair {
	var out []pair
	if x := t.Suspension; x != nil {
		text := s.reason(wf, x.Reason) + " · " + s.word("ticket.until") + " " + s.when(x.Until) + " · " + s.who(
			n, x.By,
		)
		if x.Approval != "" {
			text += " · " + s.word("approval."+string(x.Approval))
		}
		out = append(out, pair{s.word("ticket.suspension"), text})
	}
	if x := t.Extension; x != nil {
		text := span(x.For) + " · " + s.who(n, x.By) + " · " + s.word("approval."+string(cmp.Or(x.Answer, ticket.AnswerWaiting)))
		out = append(out, pair{s.word("ticket.extension"), text})
	}
	if x := t.Supervision; x != nil {
		out = append(
			out,
			pair{
				s.word("queue.supervised"),
				s.words("ticket.supervised", s.who(n, x.By), span(x.Every), s.when(x.Next)),
			},
		)
	}
	return out
}

// who is a person's name; the daemon itself has one too.
func (s speaker) who(n names, id string) string {
	if id == people.System().ID {
		return s.word("system")
	}
	return n.of(id)
}

// entries is the timeline, newest first.
func (s speaker) entries(t ticket.Ticket, p ticket.Policy, wf ticket.Workflow, n names) []entryView {
	out := make([]entryView, 0, len(t.Timeline))
	for _, e := range t.Timeline {
		v := entryView{
			Entry: e, To: groupTitle(p, e.ToGroup), Values: s.values(p, wf, e.Fields), Who: s.who(n, e.By.ID),
		}
		if e.By.Name != "" {
			v.Who = e.By.Name
		}
		if e.FromGroup != "" && e.FromGroup != e.ToGroup {
			v.From = groupTitle(p, e.FromGroup)
		}
		if e.Reason != "" {
			v.Why = s.reason(wf, e.Reason)
		}
		def, _ := wf.State(e.To)
		v.StateTitle = def.Title
		if a, ok := wf.Actions[e.Action]; ok {
			v.ActionTitle = a.Title
		}
		out = append(out, v)
	}
	slices.Reverse(out)
	return out
}
