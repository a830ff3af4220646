package console_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/deploy/lab/wait"
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// do takes an action on the ticket page that is open, through its form.
func (b *browser) do(action, text string, fields map[string]string) {
	b.t.Helper()
	form := fmt.Sprintf(`details:has(> summary[data-action=%q])`, action)
	b.until(action+" is offered", func() bool { return b.has(form) })
	b.run("open the form of "+action, chromedp.Click(chromedp.CSS(`summary[data-action="`+action+`"]`)))
	var steps []chromedp.Action[chromedp.Void]
	for name, value := range fields {
		steps = append(steps, chromedp.SetValue(chromedp.CSS(form+fmt.Sprintf(` [name="f.%s"]`, name)), value))
	}
	if text != "" {
		steps = append(steps, chromedp.SendKeys(chromedp.CSS(form+" textarea"), text))
	}
	b.run("fill in and send "+action, append(steps, chromedp.Click(chromedp.CSS(form+" form button")))...)
}

// until waits for a condition on the page.
func (b *browser) until(what string, ok func() bool) {
	b.t.Helper()
	wait.Until(b.t, what, func() error {
		if ok() {
			return nil
		}
		return fmt.Errorf("the page says: %.1500s", b.text("body"))
	})
}

func (b *browser) state(want ticket.State) {
	b.t.Helper()
	b.until("state "+string(want), func() bool {
		return js[string](b, `document.querySelector("#state")?.dataset.state ?? ""`) == string(want)
	})
}

// TestBrowserWorksATicketFromOpenToArchived is a whole life: a cable is cut,
// support accepts and works, the fault heals, and the ticket goes through
// re-test, observation, confirmation and quality check to the archive, each
// step taken by whose it is, in his own browser window.
func TestBrowserWorksATicketFromOpenToArchived(t *testing.T) {
	n := open(t, labInventory(t, 60), testLog(t))
	v, cable := n.cut("V000000000000000000000000C1", n.now().Add(-2*time.Minute))

	support := n.window(chromium(t))
	support.signIn("zhao")
	support.open("/faults")
	support.sees("目前没有故障")
	js[int](support, `window.same = 1`)

	n.say(v)
	support.sees("光缆 " + cable + " 中断")
	if js[int](support, `window.same ?? 0`) != 1 {
		t.Error("the page was loaded anew to show a new fault")
	}
	nt := n.network(v.ID)
	support.open("/tickets/" + nt.ID)
	if !support.has(".mark-broken .wire b") {
		t.Error("the break is not drawn")
	}
	support.do("accept", "马上处理", nil)
	support.state(ticket.Accepted)
	support.do("stage_reply", "OTDR 测得断点距局端 3.2 km", nil)
	support.state(ticket.Working)
	support.sees("OTDR 测得断点距局端 3.2 km")

	// An empty cause is refused by the browser itself; a refusal of the
	// workflow keeps what was typed.
	js[int](support, `document.querySelectorAll("[required]").forEach(e => e.required = false), 1`)
	support.do("suspend", "客户要求等到晚上", map[string]string{"reason": "customer_asked", "until": "2020-01-01T08:00"})
	support.sees("填写有误")
	if got := js[string](support, `document.querySelector("details[open] textarea").value`); got != "客户要求等到晚上" {
		t.Errorf("after a refusal the form says %q", got)
	}
	support.open("/tickets/" + nt.ID)
	js[int](support, `window.same = 1`)

	// Somebody urges elsewhere; the page says so by itself, and so it does when
	// the fault heals.
	n.act("wu", nt.ID, "urge", "客户来电", nil)
	support.sees("催单 1")
	for _, line := range v.Lines.Down {
		for _, s := range n.desk.Board.Of(symptom.Line(line)) {
			s.State, s.ClearedAt, s.At = symptom.Cleared, n.now(), n.now()
			n.raise(s)
		}
	}
	n.beat()
	n.say(cleared(v, n.now()))
	support.state(ticket.Observing)
	n.skew.Add(int64(6 * time.Minute))
	support.state(ticket.Confirming)
	if js[int](support, `window.same ?? 0`) != 1 {
		t.Error("the ticket's page was loaded anew")
	}
	support.do("confirm", "", map[string]string{"cause": "cable", "responsibility": "third_party", "contact": "王工"})
	support.state(ticket.Checking)

	qc := support.another()
	qc.signIn("qian")
	qc.open("/tickets/" + nt.ID)
	if qc.has(`summary[data-action="archive"]`) || qc.has(`summary[data-action="confirm"]`) {
		t.Error("the quality check is offered what is not its own")
	}
	qc.do("quality_pass", "回单完整", nil)
	qc.state(ticket.Archiving)

	monitor := support.another()
	monitor.signIn("wu")
	monitor.open("/tickets/" + nt.ID)
	monitor.do("archive", "", nil)
	monitor.state(ticket.Archived)
	monitor.sees("已归档")
	support.state(ticket.Archived) // live, in the first window

	got, err := n.desk.Ticket(context.Background(), nt.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got.Cause != "cable" || got.Responsibility != "third_party" || got.Retest == nil || got.Retest.Result != ticket.RetestPassed ||
		got.Confirmation == nil || got.Confirmation.Person != "王工" || got.Quality == nil || got.Quality.Result != "passed" || got.Open {
		t.Errorf("the record at the end: cause %q, responsibility %q, retest %+v, confirmation %+v, quality %+v", got.Cause, got.Responsibility, got.Retest, got.Confirmation, got.Quality)
	}
	for _, b := range []*browser{support, qc, monitor} {
		b.quiet()
	}
}

func TestBrowserKeysAlone(t *testing.T) {
	n := open(t, labInventory(t, 60), testLog(t))
	n.shift()
	b := n.window(chromium(t))
	b.signIn("wu")
	at := func(path string) {
		t.Helper()
		b.until("at "+path, func() bool { return strings.HasPrefix(js[string](b, `location.pathname`), path) })
		b.until("page read", func() bool { return js[string](b, `document.readyState`) == "complete" })
	}
	press := func(keys string) { t.Helper(); b.run("press "+keys, chromedp.KeyEvent(keys)) }
	at("/faults")
	press("t")
	at("/tickets")
	press("/")
	b.until("/ leads to the search", func() bool { return js[string](b, `document.activeElement.name ?? ""`) == "q" })
	press("ft") // letters in a field are letters
	if got := js[string](b, `document.activeElement.value`); got != "ft" {
		t.Errorf("the field says %q", got)
	}
	b.open("/lines")
	press("j")
	press("j")
	press("k")
	press("\r")
	at("/lines/")
	press("f")
	at("/faults")
	// Everything that can be clicked can be reached and shows it.
	press("\t")
	if got := js[string](b, `getComputedStyle(document.activeElement).outlineStyle + " " + document.activeElement.className`); got != "solid skip" && got != "auto skip" {
		t.Errorf("the first stop is %q", got)
	}
	b.quiet()
}

func TestBrowserComesBackWithTheServer(t *testing.T) {
	n := open(t, labInventory(t, 60), testLog(t))
	v, cable := n.cut("V000000000000000000000000C1", n.now())
	b := n.window(chromium(t))
	b.signIn("wu")
	b.open("/faults")
	light := func(on bool) {
		t.Helper()
		b.until(fmt.Sprint("light on: ", on), func() bool { return js[bool](b, `document.getElementById("live").classList.contains("on")`) == on })
	}
	light(true)
	js[int](b, `window.same = 1`)
	n.stop()
	light(false)
	n.say(v) // while nobody could hear of it
	n.serve()
	light(true)
	b.sees(cable)
	if js[int](b, `window.same ?? 0`) != 1 {
		t.Error("the page was loaded anew")
	}
}

const evil = `<script>window.hacked=1</script><img src=x onerror="window.hacked=2">`

func TestBrowserShowsForeignTextAsText(t *testing.T) {
	inv := labInventory(t, 60)
	for i := range inv.Customers {
		inv.Customers[i].Name = evil
	}
	for i := range inv.Lines {
		inv.Lines[i].Name = evil
	}
	for i := range inv.Devices {
		inv.Devices[i].Name = evil
	}
	if err := inv.Build(); err != nil {
		t.Fatal(err)
	}
	n := open(t, inv, testLog(t))
	v := n.shift()
	nt := n.network(v.ID)
	n.act("zhao", nt.ID, "edit", "", map[string]string{"title": evil, "description": evil, "contact": evil})
	n.act("zhao", nt.ID, "note", evil, nil)
	n.hire(people.Person{ID: "eve", Name: evil, Roles: []people.Role{people.Admin}})
	b := n.window(chromium(t))
	b.signIn("eve")
	for _, path := range []string{"/faults", "/faults/" + v.ID, "/tickets", "/tickets/" + nt.ID, "/lines", "/lines/" + v.Lines.Down[0],
		"/tickets/new?line=" + v.Lines.Down[0], "/tickets?q=" + evil, "/lines?q=" + evil, "/" + evil, "/login?next=" + evil, "/faults?line=" + evil} {
		b.open(strings.ReplaceAll(path, " ", "%20"))
		if got := js[int](b, `window.hacked ?? 0`); got != 0 {
			t.Errorf("%s: script %d of the text has run", path, got)
		}
	}
	b.open("/lines/" + v.Lines.Down[0])
	b.sees("<script>window.hacked=1</script>")
}
