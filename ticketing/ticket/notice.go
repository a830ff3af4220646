package ticket

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/sla"
)

// tell emits the notices that the intake file asks for.
func (r *run) tell(key string, e Entry) {
	if r.t.Dispatched.IsZero() {
		return // nobody hears of what may heal in its hold, or of a draft
	}
	for _, rule := range r.p.Intake.Notices {
		if rule.On != key || len(rule.Kinds) > 0 && !slices.Contains(rule.Kinds, r.t.Kind) {
			continue
		}
		n := r.notice(strings.TrimPrefix(key, "enter:"), rule.Tell, rule.Channels)
		if e.Text != "" {
			n.Args["text"] = e.Text
		}
		if e.Reason != "" {
			n.Args["reason"] = e.Reason
		}
		if rule.Calling {
			r.send(n, CallingChannel, r.p.Calling(r.now))
		} else {
			r.send(n, noticeChannel, r.now)
		}
	}
}

// tellLadder tells of the steps of one clock that have just been passed.
func (r *run) tellLadder(name sla.Name, passed []sla.Entry) {
	if r.t.Dispatched.IsZero() {
		return
	}
	last := passed[len(passed)-1]
	var tell, channels []string
	for _, e := range passed {
		for _, rung := range r.p.SLA.Rungs(name, e.Step) {
			tell = append(tell, rung.Tell...)
			channels = append(channels, rung.Channels...)
		}
	}
	if len(tell) == 0 {
		return
	}
	key := "clock_warn"
	if last.Kind == sla.Breach {
		key = "clock_breach"
	}
	n := r.notice(key, unique(tell), unique(channels))
	c, _ := r.ledger.Clock(name)
	n.Args["clock"] = string(name)
	n.Args["step"] = strconv.Itoa(last.Step)
	n.Args["budget"] = c.Budget.String()
	n.Args["due"] = c.Due.In(r.p.Zone).Format(time.RFC3339)
	r.send(n, noticeChannel, r.now)
}

// notice addresses a message. The words are those of the notice rules.
func (r *run) notice(key string, tell, channels []string) Notice {
	t := r.t
	n := Notice{Key: key, Channels: channels, Args: map[string]string{
		"ticket": t.ID, "title": t.Title, "kind": string(t.Kind), "state": string(t.State), "group": t.Group,
		"severity": string(t.Severity), "domain": string(t.Fault.Domain), "began": t.Began.In(r.p.Zone).Format(time.RFC3339),
		"lines": strconv.Itoa(len(t.Lines)),
	}}
	if len(t.Lines) == 1 {
		l := t.Lines[0]
		n.Args["line"], n.Args["circuit"], n.Args["customer"] = l.ID, l.Circuit, l.CustomerName
	}
	for _, word := range tell {
		switch word {
		case "owner":
			n.Groups = append(n.Groups, t.Group)
		case "from":
			n.Groups = append(n.Groups, t.From)
		case "assignee":
			if t.Assignee != "" {
				n.People = append(n.People, t.Assignee)
			} else {
				n.Groups = append(n.Groups, t.Group)
			}
		case "opener":
			if t.Opener != people.System() {
				n.People = append(n.People, t.Opener.ID)
			}
		case "watchers":
			n.People = append(n.People, t.Watchers...)
		case "manager":
			n.Managers = append(n.Managers, t.Managers...)
		case "customer":
			n.Customers = append(n.Customers, t.Customers...)
		default:
			n.Roles = append(n.Roles, people.Role(word))
		}
	}
	n.Groups, n.People = unique(n.Groups), unique(n.People)
	return n
}

// The channels of notices, of which the shell makes one for each way out. What
// waits for calling hours has one of its own, since order is kept within each.
const (
	noticeChannel  = "notify"
	CallingChannel = "notify/calling"
)

// send keeps a notice unless it has nobody to go to.
func (r *run) send(n Notice, channel string, at time.Time) {
	if len(n.Groups)+len(n.People)+len(n.Roles)+len(n.Managers)+len(n.Customers) == 0 {
		return
	}
	r.out = append(r.out, Effect{Kind: Notify, Channel: channel, NotBefore: at, Notice: &n})
}

func unique(list []string) []string {
	var out []string
	for _, s := range list {
		if s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}
