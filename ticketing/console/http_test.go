package console_test

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// client is somebody with cookies but without a screen.
type client struct {
	t    testing.TB
	n    *noc
	http *http.Client
}

func (n *noc) client() *client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		n.t.Fatal(err)
	}
	return &client{n.t, n, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

type page struct {
	status int
	header http.Header
	body   string
}

func (c *client) send(method, path string, form url.Values, header map[string]string) page {
	c.t.Helper()
	r, err := http.NewRequest(method, c.n.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		c.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for k, v := range header {
		r.Header.Set(k, v)
	}
	answer, err := c.http.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return page{answer.StatusCode, answer.Header, string(body)}
}

func (c *client) get(path string) page { c.t.Helper(); return c.send("GET", path, nil, nil) }

func (c *client) post(path string, pairs ...string) page {
	c.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return c.send("POST", path, form, nil)
}

func (n *noc) as(name string) *client {
	n.t.Helper()
	c := n.client()
	if p := c.post("/login", "name", name, "password", password, "next", "/lines"); p.status != http.StatusSeeOther || p.header.Get("Location") != "/lines" {
		n.t.Fatalf("sign in as %s: %d to %q", name, p.status, p.header.Get("Location"))
	}
	return c
}

func TestSignIn(t *testing.T) {
	n := open(t, labInventory(t, 20), zap.NewNop())
	c := n.client()
	for _, path := range []string{"/", "/faults", "/tickets?queue=mine", "/lines", "/lines/LN-0001", "/tickets/new"} {
		p := c.get(path)
		if p.status != http.StatusSeeOther || p.header.Get("Location") != "/login?next="+url.QueryEscape(path) {
			t.Errorf("%s without signing in: %d to %q", path, p.status, p.header.Get("Location"))
		}
	}
	if p := c.get("/events"); p.status != http.StatusUnauthorized {
		t.Errorf("/events without signing in: %d", p.status)
	}
	for range 5 {
		if p := c.post("/login", "name", "wu", "password", "not this one"); p.status != http.StatusUnauthorized || !strings.Contains(p.body, "用户名或密码错误") || strings.Contains(p.body, "not this one") {
			t.Errorf("a wrong password: %d", p.status)
		}
	}
	if p := c.post("/login", "name", "wu", "password", password); p.status != http.StatusTooManyRequests {
		t.Errorf("the sixth try within a minute, with the right password: %d", p.status)
	}
	if p := n.client().post("/login", "name", "zhao", "password", password); p.status != http.StatusSeeOther {
		t.Errorf("somebody else meanwhile: %d", p.status)
	}
	n.skew.Add(int64(61 * time.Second))
	p := c.post("/login", "name", "wu", "password", password, "next", "//evil.example/x")
	if p.status != http.StatusSeeOther || p.header.Get("Location") != "/" {
		t.Errorf("a minute later: %d to %q", p.status, p.header.Get("Location"))
	}
	if p := c.get("/faults"); p.status != http.StatusOK {
		t.Errorf("signed in: %d", p.status)
	}
	if p := c.post("/logout"); p.status != http.StatusSeeOther {
		t.Errorf("sign out: %d", p.status)
	}
	if p := c.get("/faults"); p.status != http.StatusSeeOther {
		t.Errorf("signed out: %d", p.status)
	}
	for _, next := range []string{"//evil.example", "/\\evil.example", "/\t/evil.example", "/\n/evil.example", "https://evil.example", "/login"} {
		if p := n.client().post("/login", "name", "zhao", "password", password, "next", next); p.header.Get("Location") != "/" {
			t.Errorf("%q leads to %q", next, p.header.Get("Location"))
		}
	}
	c = n.as("wu")
	n.skew.Add(int64(10 * time.Hour))
	if p := c.get("/faults"); p.status != http.StatusSeeOther {
		t.Errorf("a session left alone for ten hours: %d", p.status)
	}
}

func TestNoPageActsForAnotherSite(t *testing.T) {
	n := open(t, labInventory(t, 60), zap.NewNop())
	v := n.shift()
	nt := n.network(v.ID)
	c := n.as("zhao")
	for name, header := range map[string]map[string]string{
		"another site, told by the browser": {"Sec-Fetch-Site": "cross-site"},
		"another origin":                    {"Origin": "https://evil.example"},
	} {
		form := url.Values{"action": {"accept"}, "text": {"x"}}
		if p := c.send("POST", "/tickets/"+nt.ID, form, header); p.status != http.StatusForbidden {
			t.Errorf("%s: %d", name, p.status)
		}
	}
	if got := n.network(v.ID); got.State != ticket.Dispatched {
		t.Errorf("the ticket is %s", got.State)
	}
	if p := c.post("/tickets/"+nt.ID, "action", "accept"); p.status != http.StatusSeeOther {
		t.Errorf("from our own page: %d", p.status)
	}
	h := c.get("/faults").header
	for key, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cache-Control": "no-store"} {
		if h.Get(key) != want {
			t.Errorf("%s: %q", key, h.Get(key))
		}
	}
	if csp := h.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'self'") || strings.Contains(csp, "script-src") {
		t.Errorf("content security policy %q", csp)
	}
}

func TestAManagerSeesHisOwnCustomersOnly(t *testing.T) {
	n := open(t, labInventory(t, 60), zap.NewNop())
	v := n.shift()
	nt := n.network(v.ID)
	mine, other := "", ""
	line, _ := n.inv.Line(v.Lines.Down[0])
	owner, _ := n.inv.Customer(line.Customer)
	for _, id := range v.Lines.Down {
		l, _ := n.inv.Line(id)
		c, _ := n.inv.Customer(l.Customer)
		switch {
		case c.Manager == owner.Manager:
			mine = id
		default:
			other = id
		}
	}
	if mine == "" || other == "" {
		t.Fatal("the cable serves customers of one manager only")
	}
	n.hire(people.Person{ID: "gu", Name: owner.Manager, Roles: []people.Role{people.Manager}})
	n.hire(people.Person{ID: "stranger", Name: "没有客户", Roles: []people.Role{people.Manager}})
	c := n.as("gu")
	for _, path := range []string{"/faults/" + v.ID, "/tickets/" + nt.ID, "/faults/" + v.ID + "?line=" + other, "/lines?q=LN-", "/tickets?queue=transit"} {
		p := c.get(path)
		if p.status != http.StatusOK {
			t.Errorf("%s: %d", path, p.status)
		}
		if strings.Contains(p.body, other+"<") || strings.Contains(p.body, "line/"+other) {
			t.Errorf("%s tells of %s, another manager's line", path, other)
		}
	}
	if p := c.get("/lines/" + mine); p.status != http.StatusOK {
		t.Errorf("own line: %d", p.status)
	}
	if p := c.get("/lines/" + other); p.status != http.StatusNotFound {
		t.Errorf("another's line: %d", p.status)
	}
	if p := c.post("/lines/" + other + "/test"); p.status != http.StatusNotFound {
		t.Errorf("testing another's line: %d", p.status)
	}
	if p := c.post("/tickets", "line", other, "description", "x"); p.status != http.StatusUnprocessableEntity {
		t.Errorf("declaring for another's line: %d", p.status)
	}
	stranger := n.as("stranger")
	for _, path := range []string{"/faults/" + v.ID, "/tickets/" + nt.ID, "/lines/" + mine} {
		if p := stranger.get(path); p.status != http.StatusNotFound {
			t.Errorf("%s for a manager of nobody: %d", path, p.status)
		}
	}
	if p := stranger.get("/faults"); strings.Contains(p.body, v.ID) || !strings.Contains(p.body, "目前没有故障") {
		t.Errorf("the faults of a manager of nobody: %.2000s", p.body)
	}
}

func TestExport(t *testing.T) {
	n := open(t, labInventory(t, 60), zap.NewNop())
	v := n.shift()
	nt := n.network(v.ID)
	n.act("zhao", nt.ID, "edit", "", map[string]string{"title": `=cmd|'/c calc'!A1, "quoted"`})
	p := n.as("wu").get("/tickets?queue=transit&format=csv")
	if p.status != http.StatusOK || !strings.HasPrefix(p.body, "\ufeff") || !strings.Contains(p.header.Get("Content-Disposition"), "tickets-transit.csv") {
		t.Fatalf("%d %v %.40q", p.status, p.header, p.body)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(p.body, "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, row := range rows[1:] {
		if row[0] == nt.ID {
			found = true
			if row[1] != `'=cmd|'/c calc'!A1, "quoted"` {
				t.Errorf("a title that a spreadsheet would calculate: %q", row[1])
			}
		}
	}
	if !found || rows[0][0] != "工单" {
		t.Errorf("%d rows, header %q", len(rows), rows[0])
	}
}

func TestLanguage(t *testing.T) {
	n := open(t, labInventory(t, 20), zap.NewNop())
	c := n.client()
	if p := c.get("/login"); !strings.Contains(p.body, "登录") || p.header.Get("Content-Language") != "zh-CN" {
		t.Errorf("the default is %q", p.header.Get("Content-Language"))
	}
	if p := c.send("GET", "/login", nil, map[string]string{"Accept-Language": "en-GB,en;q=0.9,zh;q=0.5"}); p.header.Get("Content-Language") != "en" {
		t.Errorf("a browser that asks for English gets %q", p.header.Get("Content-Language"))
	}
	if p := c.post("/language", "lang", "en", "next", "/login"); p.status != http.StatusSeeOther || p.header.Get("Location") != "/" {
		t.Errorf("the switch: %d to %q", p.status, p.header.Get("Location"))
	}
	if p := c.get("/login"); p.header.Get("Content-Language") != "en" || !strings.Contains(p.body, "Sign in") {
		t.Errorf("after the switch: %q", p.header.Get("Content-Language"))
	}
	c.post("/language", "lang", "xx")
	if p := c.get("/login"); p.header.Get("Content-Language") != "en" {
		t.Errorf("a language that there is not: %q", p.header.Get("Content-Language"))
	}
}

func TestWhatWasMissingIsToldWhenItComesIn(t *testing.T) {
	n := open(t, labInventory(t, 60), zap.NewNop())
	v := n.shift()
	missing := v.Evidence.Missing[0]
	c := n.as("zhao")
	if p := c.get("/faults/" + v.ID); strings.Contains(p.body, "其后异常") {
		t.Error("the page knows what nobody has seen yet")
	}
	n.raise(symptom.Symptom{Observer: "collector/col-1", Subject: missing.Subject, End: missing.End, Kind: missing.Kind, State: symptom.Raised,
		Since: v.Started.Add(time.Minute), At: v.Started.Add(time.Minute)})
	n.await("the page tells that it has come in", func() bool { return strings.Contains(c.get("/faults/"+v.ID).body, "其后异常") })
}

func TestDeclaration(t *testing.T) {
	n := open(t, labInventory(t, 60), zap.NewNop())
	v := n.shift()
	c := n.as("zhao")
	p := c.get("/tickets/new?line=" + v.Lines.Down[0])
	if !strings.Contains(p.body, "/faults/"+v.ID) || !strings.Contains(p.body, n.network(v.ID).ID) {
		t.Error("the form does not show the fault and the ticket that there are")
	}
	if p := c.post("/tickets", "line", "LN-9999", "description", "x"); p.status != http.StatusUnprocessableEntity || !strings.Contains(p.body, "清单中没有这条专线") {
		t.Errorf("no such line: %d", p.status)
	}
	if p := c.post("/tickets", "line", v.Lines.Down[0], "description", " "); p.status != http.StatusUnprocessableEntity {
		t.Errorf("nothing said: %d", p.status)
	}
	p = c.post("/tickets", "line", v.Lines.Down[0], "description", "打不开网页", "contact", "王工 0551", "severity", "major")
	where := p.header.Get("Location")
	if p.status != http.StatusSeeOther || !strings.HasPrefix(where, "/tickets/DT-") {
		t.Fatalf("%d to %q", p.status, where)
	}
	if p := c.get(where); p.status != http.StatusOK || !strings.Contains(p.body, "打不开网页") || !strings.Contains(p.body, n.network(v.ID).ID) {
		t.Errorf("the declaration: %d, or it does not name its parent", p.status)
	}
	if p := n.as("qian").post("/tickets", "line", v.Lines.Down[0], "description", "x"); p.status != http.StatusForbidden || !strings.Contains(p.body, "您的角色不能执行此操作") {
		t.Errorf("a declaration by the quality check: %d", p.status)
	}
}

func TestTestNow(t *testing.T) {
	n := open(t, labInventory(t, 20), zap.NewNop())
	c := n.as("zhao")
	if p := c.post("/lines/LN-0001/test"); p.status != http.StatusOK || !strings.Contains(p.body, "通过") || !strings.Contains(p.body, "5/5") || !strings.Contains(p.body, "4.2 ms") {
		t.Errorf("a line that is well: %d", p.status)
	}
	n.tests.set("LN-0001", true)
	if p := c.post("/lines/LN-0001/test"); !strings.Contains(p.body, "未通过") || !strings.Contains(p.body, "0/5") {
		t.Error("a line that is down passes")
	}
	if p := c.post("/lines/LN-9999/test"); p.status != http.StatusNotFound {
		t.Errorf("a line that there is not: %d", p.status)
	}
}

func TestQueues(t *testing.T) {
	n := open(t, labInventory(t, 60), zap.NewNop())
	v := n.shift()
	nt := n.network(v.ID)
	c := n.as("zhao")
	c.post("/tickets/"+nt.ID, "action", "accept")
	c.post("/tickets/"+nt.ID, "action", "watch")
	n.act("wu", nt.ID, "urge", "", nil)
	n.act("wu", nt.ID, "supervise", "", map[string]string{"every": "30m"})
	for _, q := range []string{"group", "mine", "transit", "urged", "supervised", "watched", "done"} {
		if p := c.get("/tickets?queue=" + q); p.status != http.StatusOK || !strings.Contains(p.body, "/tickets/"+nt.ID+`"`) {
			t.Errorf("queue %s lacks the ticket (%d)", q, p.status)
		}
	}
	for _, q := range []string{"history", "overdue", "mine&kind=service", "transit&severity=critical", "transit&domain=core", "transit&group=data", "transit&q=nothing-like-it"} {
		if p := c.get("/tickets?queue=" + q); p.status != http.StatusOK || strings.Contains(p.body, "/tickets/"+nt.ID+`"`) {
			t.Errorf("queue %s has the ticket (%d)", q, p.status)
		}
	}
	if p := c.get("/tickets?queue=transit&sort=-due&offset=-3&q=" + nt.ID); !strings.Contains(p.body, nt.ID) || !strings.Contains(p.body, `aria-sort="descending"`) {
		t.Error("sorted and searched, it is gone")
	}
	late := n.twoDomains("V000000000000000000000000L1", n.now().Add(-20*time.Hour), n.others(v.Lines.Down, 4)[3])
	n.say(late)
	lt := n.network(late.ID)
	if p := c.get("/tickets?queue=overdue"); !strings.Contains(p.body, "/tickets/"+lt.ID+`"`) {
		t.Errorf("overdue lacks the ticket (%d)", p.status)
	}
	if p := c.get("/tickets/" + lt.ID); !strings.Contains(p.body, "clockcard running over") {
		t.Errorf("the page does not show the clock as overdue (%d)", p.status)
	}
	if p := c.get("/faults"); !strings.Contains(p.body, `class="breached"`) {
		t.Error("the fault's row does not stand out")
	}
}

// BenchmarkPages measures pages while 2,000 tickets are open and 5,000 lines watched.
func BenchmarkPages(b *testing.B) {
	n := open(b, labInventory(b, 5000), zap.NewNop())
	v := n.shift()
	nt := n.network(v.ID)
	for i := range 2000 {
		if _, err := n.desk.Open(b.Context(), person("zhao"), ticket.Opening{Kind: ticket.Declaration, Source: "person", By: person("zhao"), Title: fmt.Sprint("申告 ", i),
			Description: "x", Severity: "minor", Lines: []ticket.Line{{ID: n.inv.Lines[i].ID, State: ticket.LineDown}}}); err != nil {
			b.Fatal(err)
		}
	}
	c := n.as("admin")
	for _, path := range []string{"/faults", "/faults/" + v.ID, "/tickets?queue=transit", "/tickets/" + nt.ID, "/lines", "/lines/" + v.Lines.Down[0]} {
		b.Run(strings.Trim(strings.Split(path, "?")[0], "/"), func(b *testing.B) {
			for b.Loop() {
				if p := c.get(path); p.status != http.StatusOK {
					b.Fatal(p.status)
				}
			}
		})
	}
}

// stream is what a person's pages are told, line by line.
func (c *client) stream() *bufio.Scanner {
	c.t.Helper()
	answer, err := c.http.Get(c.n.url + "/events")
	if err != nil || answer.StatusCode != http.StatusOK {
		c.t.Fatalf("the stream: %v %v", answer, err)
	}
	c.t.Cleanup(func() { answer.Body.Close() })
	s := bufio.NewScanner(answer.Body)
	for s.Scan() {
		if s.Text() == "event: hello" {
			return s
		}
	}
	c.t.Fatalf("the stream ended: %v", s.Err())
	return nil
}

// A manager's pages are not told of what he does not see, not even its id.
func TestAStreamTellsOfWhatOneSees(t *testing.T) {
	n := open(t, labInventory(t, 60), zap.NewNop())
	v := n.shift()
	nt := n.network(v.ID)
	line, _ := n.inv.Line(v.Lines.Down[0])
	owner, _ := n.inv.Customer(line.Customer)
	n.hire(people.Person{ID: "gu", Name: owner.Manager, Roles: []people.Role{people.Manager}})
	n.hire(people.Person{ID: "stranger", Name: "没有客户", Roles: []people.Role{people.Manager}})
	n.hire(people.Person{ID: "zhou", Name: "另一位", Roles: []people.Role{people.Support}, Groups: []string{"support"}})
	streams := map[string]*bufio.Scanner{}
	for _, who := range []string{"gu", "stranger", "zhou"} {
		streams[who] = n.as(who).stream()
	}
	raise := func(subject symptom.Subject) {
		n.desk.Board.Report(symptom.Report{Symptom: &symptom.Symptom{Observer: "collector/c1", Subject: subject, Kind: symptom.Loss, State: symptom.Raised, Since: n.now(), At: n.now()}})
	}
	raise(symptom.Line(line.ID))
	if _, err := n.desk.Act(t.Context(), staff()[0], nt.ID, 0, "note", "seen by who sees it", nil); err != nil {
		t.Fatal(err)
	}
	raise(symptom.Device("THE-END")) // of which everybody is told, without an id
	for who, want := range map[string][]string{"gu": {"line " + line.ID, "ticket " + nt.ID}, "stranger": nil, "zhou": {"line " + line.ID, "ticket " + nt.ID}} {
		var told []string
		for s := streams[who]; s.Scan(); {
			data, ok := strings.CutPrefix(s.Text(), "data: ")
			if !ok || data == "" {
				continue
			}
			if data == "line " {
				break
			}
			told = append(told, data)
		}
		if slices.Sort(told); !slices.Equal(told, want) {
			t.Errorf("%s is told of %q, want %q", who, told, want)
		}
	}
}

func TestALackingCalendarYearIsSaidToThoseWhoCanMendIt(t *testing.T) {
	n := open(t, labInventory(t, 20), zap.NewNop())
	for at, says := range map[time.Time]bool{
		time.Date(2024, 10, 31, 0, 0, 0, 0, time.UTC): true, // the year itself is not there
		time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC):  false,
	} {
		n.skew.Store(int64(time.Until(at)))
		if p := n.as("du").get("/faults"); strings.Contains(p.body, "cn-working-days") != says {
			t.Errorf("in %d the supervisor is told: %v, want %v", at.Year(), !says, says)
		}
		if p := n.as("zhao").get("/faults"); strings.Contains(p.body, "cn-working-days") {
			t.Error("support is told of the calendar")
		}
	}
}
