package ticketing

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/linewarden/linewarden/ticketing/notify"
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

const sendDeadline = time.Minute

// callingSuffix marks the queue of what waits for calling hours: it keeps its
// order, but nothing that is urgent waits behind it.
const callingSuffix = "/calling"

// spread makes of a notice one effect for each channel that is configured, so
// that one that fails is tried again alone. A notice for which there is no
// channel is dropped: the timeline says all that it would have said.
func (d *Desk) spread(e ticket.Effect) []ticket.Effect {
	if e.Kind != ticket.Notify {
		return []ticket.Effect{e}
	}
	var out []ticket.Effect
	for _, c := range d.channels {
		if !slices.Contains(e.Notice.Channels, c.Kind) ||
			len(c.Events) > 0 && !slices.Contains(c.Events, e.Notice.Key) {
			continue
		}
		one := e
		one.ID, one.Channel = e.ID+"/"+c.Name, c.Name
		if e.Channel == ticket.CallingChannel {
			one.Channel += callingSuffix
		}
		out = append(out, one)
	}
	return out
}

// tell sends a notice on its channel.
func (d *Desk) tell(ctx context.Context, e store.PendingEffect) error {
	name := strings.TrimSuffix(e.Channel, callingSuffix)
	i := slices.IndexFunc(d.channels, func(c Channel) bool { return c.Name == name })
	if i < 0 {
		return notify.Permanent(fmt.Errorf("channel %s is no longer configured", e.Channel))
	}
	m := d.words(e)
	if d.channels[i].Kind != "webhook" {
		to, err := d.addresses(ctx, *e.Notice)
		if err != nil {
			return err
		}
		if len(to) == 0 {
			return nil // nobody with an address: the queue shows it to them
		}
		m.To = to
	}
	ctx, cancel := context.WithTimeout(ctx, sendDeadline)
	defer cancel()
	return d.channels[i].Send.Send(ctx, m)
}

// addresses are the e-mail addresses of those whom a notice is for. A group
// without an address of its own is reached through its members.
func (d *Desk) addresses(ctx context.Context, n ticket.Notice) ([]string, error) {
	var to, members []string
	policy := d.Policy()
	for _, id := range n.Groups {
		if g, ok := policy.Group(id); ok && g.Email != "" {
			to = append(to, g.Email)
		} else {
			members = append(members, id)
		}
	}
	for _, id := range n.Customers {
		if c, ok := d.Inventory().Customer(id); ok {
			to = append(to, c.Email)
		}
	}
	if len(members)+len(n.People)+len(n.Roles)+len(n.Managers) > 0 {
		users, err := d.store.Users(ctx)
		if err != nil {
			return nil, err
		}
		for _, u := range users {
			if u.Disabled {
				continue
			}
			if slices.ContainsFunc(members, u.In) || meant(n, u.Person) {
				to = append(to, u.Email)
			}
		}
	}
	slices.Sort(to)
	return slices.DeleteFunc(slices.Compact(to), func(s string) bool { return s == "" }), nil
}

// meant reports whether the notice is for somebody by name or by role. Imports
// name a manager by account or by name.
func meant(n ticket.Notice, p people.Person) bool {
	return slices.Contains(n.People, p.ID) || p.Has(n.Roles...) ||
		slices.Contains(n.Managers, p.ID) || p.Name != "" && slices.Contains(n.Managers, p.Name)
}
