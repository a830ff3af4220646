package tmf_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/configs"
	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing"
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/store/sqlite"
	"github.com/linewarden/linewarden/ticketing/tmf"
	"github.com/linewarden/linewarden/ticketing/web"
)

const (
	tickets = tmf.TicketBase + "/troubleTicket"
	alarms  = tmf.AlarmBase + "/alarm"
	cableID = "CBL-EAST-7"
)

// api is the API on a real database, with the sample inventory.
type api struct {
	t      *testing.T
	desk   *ticketing.Desk
	http   *httptest.Server
	tokens map[string]string
	db     store.Store
	inv    *inventory.Inventory
}

type noBus struct{}

func (noBus) Follow(ctx context.Context, f func(*verdict.Verdict, bool) error) error {
	if err := f(nil, true); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}
func (noBus) Create(context.Context, verdict.Verdict) (bool, error) { return true, nil }
func (noBus) Drop(context.Context, verdict.Verdict, func(verdict.Verdict) bool) error {
	return nil
}
func (noBus) Test(_ context.Context, _ string, r symptom.TestRequest) symptom.TestResult {
	return symptom.TestResult{ID: r.ID, Outcome: symptom.Pass, At: time.Now()}
}

func open(t *testing.T) *api {
	t.Helper()
	inv, err := inventory.Load(configs.Sample())
	if err != nil {
		t.Fatal(err)
	}
	policy, err := configs.LoadPolicy(configs.Rules())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	db, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "lw.db"), zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	a := &api{t: t, tokens: map[string]string{}, db: db, inv: inv}
	now := func() time.Time { return time.Now().UTC() }
	a.desk = ticketing.New(ticketing.Deps{Store: db, Verdicts: noBus{}, Tests: noBus{}, Policy: policy, Now: now, Log: zap.NewNop(),
		Inventory: func() *inventory.Inventory { return inv }, Registry: prometheus.NewRegistry()})
	if err := a.desk.Prepare(ctx); err != nil {
		t.Fatal(err)
	}
	server := web.New(web.DefaultConfig(), web.Deps{Accounts: db, Now: now, Log: zap.NewNop()})
	tmf.New(a.desk, a.desk.Board, now, zap.NewNop()).Register(server.Mux)
	a.http = httptest.NewServer(server.Handler())
	var running sync.WaitGroup
	running.Go(func() { a.desk.Run(ctx) })
	t.Cleanup(func() { a.http.Close(); stop(); running.Wait(); db.Close() })
	for _, p := range []people.Person{
		{ID: "root", Roles: []people.Role{people.Admin}},
		{ID: "zhao", Roles: []people.Role{people.Support}, Groups: []string{"support"}},
		{ID: "qian", Roles: []people.Role{people.QC}, Groups: []string{"qc"}},
		{ID: "wang", Name: "王经理", Roles: []people.Role{people.Manager}},
		{ID: "li", Name: "李经理", Roles: []people.Role{people.Manager}},
	} {
		if err := db.SaveUser(ctx, now(), store.User{Person: p}, true); err != nil {
			t.Fatal(err)
		}
		token, hash := web.NewToken()
		if err := db.SaveToken(ctx, now(), store.Token{ID: p.ID, User: p.ID, Hash: hash, Created: now()}); err != nil {
			t.Fatal(err)
		}
		a.tokens[p.ID] = token
	}
	return a
}

// cut applies a verdict: the cable of both sample lines.
func (a *api) cut(id string, started time.Time) verdict.Verdict {
	a.t.Helper()
	v := verdict.Verdict{ID: id, Epoch: 1, Version: 1, State: verdict.Open, Outcome: verdict.Root, FaultDomain: verdict.Tail,
		Domains: []verdict.DomainShare{{Domain: verdict.Tail, P: 0.98}}, Roots: []verdict.RootCause{{Subject: symptom.Cable(cableID), Kind: "cable", Mode: verdict.Down, P: 0.98}},
		Technology: "access", Confidence: 0.98, Severity: verdict.Major, Started: started, Decided: started.Add(4 * time.Second), Rivals: []verdict.Rival{},
		Lines:    verdict.Lines{Down: []string{"LN-0001", "LN-0002"}, Degraded: []string{}, AtRisk: []string{}},
		Evidence: verdict.Evidence{For: []verdict.Fact{}, Against: []verdict.Fact{}, Missing: []verdict.Fact{}}}
	for _, line := range v.Lines.Down {
		s := symptom.Symptom{Observer: "collector/c1", Subject: symptom.Line(line), Kind: symptom.Unreachable, State: symptom.Raised, Since: started, At: started.Add(2 * time.Second)}
		a.desk.Board.Report(symptom.Report{Symptom: &s})
		v.Evidence.For = append(v.Evidence.For, verdict.Fact{Observer: s.Observer, Subject: s.Subject, Kind: s.Kind, State: "raised", Since: s.Since, Weight: 4})
	}
	if err := a.desk.Apply(a.t.Context(), v); err != nil {
		a.t.Fatal(err)
	}
	return v
}

type answer struct {
	status int
	header http.Header
	raw    string
	one    map[string]any
	many   []map[string]any
}

func (a *api) send(by, method, path, body string, header ...string) answer {
	a.t.Helper()
	r, err := http.NewRequest(method, a.http.URL+path, strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if by != "" {
		r.Header.Set("Authorization", "Bearer "+a.tokens[by])
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		a.t.Fatal(err)
	}
	defer got.Body.Close()
	raw, err := io.ReadAll(got.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	out := answer{status: got.StatusCode, header: got.Header, raw: string(raw)}
	if strings.HasPrefix(strings.TrimSpace(out.raw), "[") {
		err = json.Unmarshal(raw, &out.many)
	} else {
		err = json.Unmarshal(raw, &out.one)
	}
	if err != nil {
		a.t.Fatalf("%s %s: %v in %.300s", method, path, err, raw)
	}
	return out
}

func (a *api) get(by, path string) answer { a.t.Helper(); return a.send(by, "GET", path, "") }

// refused checks that an answer is TMF's error.
func (a *api) refused(what string, got answer, status int, says string) {
	a.t.Helper()
	if got.status != status || got.one["status"] != fmt.Sprint(status) || got.one["code"] == "" || got.one["code"] == nil || got.one["reason"] == nil || !strings.Contains(got.raw, says) {
		a.t.Errorf("%s: %d %s, want %d with %q", what, got.status, got.raw, status, says)
	}
}

func ids(many []map[string]any) []string {
	var out []string
	for _, o := range many {
		out = append(out, o["id"].(string))
	}
	slices.Sort(out)
	return out
}

func field(o any, path ...string) any {
	for _, p := range path {
		switch v := o.(type) {
		case map[string]any:
			o = v[p]
		default:
			return nil
		}
	}
	return o
}

// with returns the parts of a list that have a role.
func with(list any, role string) []string {
	var out []string
	all, _ := list.([]any)
	for _, e := range all {
		if field(e, "role") == role {
			out = append(out, field(e, "id").(string))
		}
	}
	return out
}

func TestATicketInTMFsWords(t *testing.T) {
	a := open(t)
	started := time.Now().UTC().Add(-3 * time.Minute).Truncate(time.Microsecond)
	a.cut("V1", started)
	list := a.get("root", tickets+"?ticketType=networkFault")
	if list.status != 200 || len(list.many) != 1 || list.header.Get("X-Total-Count") != "1" || list.header.Get("X-Result-Count") != "1" {
		t.Fatalf("%d %v %s", list.status, list.header, list.raw)
	}
	id := list.many[0]["id"].(string)
	got := a.get("root", tickets+"/"+id)
	o := got.one
	for path, want := range map[string]any{"id": id, "href": tickets + "/" + id, "ticketType": "networkFault", "severity": "major", "status": "acknowledged", "state": "dispatched",
		"faultDomain": "tail", "confidence": 0.98, "verdict": "V1", "@type": "LinewardenTroubleTicket", "@baseType": "TroubleTicket"} {
		if o[path] != want {
			t.Errorf("%s is %v, want %v", path, o[path], want)
		}
	}
	if roots, lines := with(o["relatedEntity"], "rootCause"), with(o["relatedEntity"], "affectedLine"); !slices.Equal(roots, []string{"cable/" + cableID}) || !slices.Equal(lines, []string{"LN-0001", "LN-0002"}) {
		t.Errorf("root causes %v, lines %v", roots, lines)
	}
	if owner, customers := with(o["relatedParty"], "owner"), with(o["relatedParty"], "customer"); !slices.Equal(owner, []string{"support"}) || !slices.Equal(customers, []string{"CU-001", "CU-002"}) {
		t.Errorf("owner %v, customers %v", owner, customers)
	}
	found := false
	for _, c := range o["clock"].([]any) {
		if field(c, "name") == "restore" {
			found = true
			if field(c, "budget") != 7200.0 || field(c, "started") != started.Format(time.RFC3339Nano) || field(c, "breached") != false || field(c, "pausedSeconds") != 0.0 {
				t.Errorf("restore clock %v", c)
			}
			if o["expectedResolutionDate"] != field(c, "due") {
				t.Errorf("expected resolution %v, due %v", o["expectedResolutionDate"], field(c, "due"))
			}
		}
	}
	if !found {
		t.Error("no restore clock")
	}
	schema := a.send("", "GET", o["@schemaLocation"].(string), "")
	if schema.status != 200 || field(schema.one, "properties", "clock") == nil {
		t.Errorf("the schema: %d", schema.status)
	}
}

func TestListing(t *testing.T) {
	a := open(t)
	a.cut("V1", time.Now().UTC().Add(-3*time.Minute))
	var made []string
	for i := range 7 {
		got := a.send("zhao", "POST", tickets, fmt.Sprintf(`{"description":"slow %d","severity":"%s","ticketType":"declaration","externalId":"EXT-%d"}`, i, []string{"minor", "warning"}[i%2], i))
		if got.status != 201 {
			t.Fatal(got.raw)
		}
		made = append(made, got.one["id"].(string))
	}
	page := a.get("root", tickets+"?ticketType=declaration&limit=3&offset=1&sort=id&fields=severity")
	if page.status != 206 || len(page.many) != 3 || page.header.Get("X-Total-Count") != "7" || page.header.Get("X-Result-Count") != "3" || !slices.Equal(ids(page.many), made[1:4]) {
		t.Errorf("a window: %d %v %s", page.status, page.header, page.raw)
	}
	for _, o := range page.many {
		if len(o) != 3 || o["id"] == nil || o["href"] == nil || o["severity"] == nil {
			t.Errorf("fields=severity gives %v", o)
		}
	}
	if none := a.get("root", tickets+"?limit=0"); none.status != 206 || len(none.many) != 0 || none.header.Get("X-Total-Count") == "0" {
		t.Errorf("limit=0: %d %s", none.status, none.raw)
	}
	if past := a.get("root", tickets+"?offset=500"); past.status != 206 || strings.TrimSpace(past.raw) != "[]" {
		t.Errorf("beyond the end: %d %s", past.status, past.raw)
	}
	now := time.Now().UTC()
	at := func(d time.Duration) string { return url.QueryEscape(now.Add(d).Format(time.RFC3339Nano)) }
	for query, want := range map[string]int{
		"severity=minor&ticketType=declaration":                                  4,
		"severity=minor,warning&ticketType=declaration":                          7,
		"severity=minor&severity=warning":                                        7,
		"externalId=EXT-1,EXT-2":                                                 2,
		"status=acknowledged&ticketType=declaration":                             7,
		"status=closed":                                                          0,
		"relatedEntity.id=LN-0001&ticketType=networkFault":                       1,
		"relatedEntity.id=cable/" + cableID:                                      2,
		"relatedParty.id=CU-001&ticketType=serviceFault":                         1,
		"relatedParty.owner=support&ticketType=networkFault":                     1,
		"verdict=V1&faultDomain=tail&ticketType=networkFault":                    1,
		"creationDate.gte=" + at(-time.Minute):                                   9,
		"creationDate.gt=" + at(time.Minute):                                     0,
		"creationDate.lt=" + at(-time.Minute):                                    0,
		"creationDate.lte=" + at(time.Minute):                                    9,
		"expectedResolutionDate.lt=" + at(72*time.Hour):                          9,
		"lastUpdate.gte=2020-01-01&lastUpdate.lt=2020-01-02":                     0,
		"relatedEntity.id=LN-0001,cable/" + cableID + "&ticketType=networkFault": 1,
		"relatedEntity.role=rootCause":                                           2,
		"relatedEntity.id=LN-0001&relatedEntity.role=rootCause":                  0,
		"relatedEntity.id=LN-0001&relatedEntity.role=affectedLine":               2,
		"relatedParty.role=owner&relatedParty.id=support":                        2,
		"relatedParty.role=owner&relatedParty.id=monitor":                        7,
		"relatedParty.role=customer&relatedParty.id=support":                     0,
		"relatedParty.role=customer&relatedParty.id=CU-001":                      2,
		"relatedParty.id=CU-001,support&ticketType=networkFault":                 1,
		"relatedParty.id=support&relatedParty.role=Owner,customer":               2,
		"customer=CU-002&owner=support":                                          1,
		"priority=high&ticketType=networkFault":                                  1,
		"confidence.gte=0.9":                                                     2,
		"clock.name=restore&clock.breached=false":                                9,
		"clock.name=restore&clock.breached=true":                                 0,
		"clock.name=restore&clock.budget.gt=7100&verdict=V1":                     2,
		"description=slow+3":                                                     1,
		"creationDate=2020-01-01,2020-01-02":                                     0,
		"sort=-expectedResolutionDate&externalId=EXT-1,EXT-2":                    2,
		`creationDate.gte="2020-01-01T00:00:00Z"`:                                9,
		"id=" + made[0] + "," + made[1] + "&fields=id":                           2,
		"troubleTicketRelationship.id=" + "NT-0":                                 0,
		"state=dispatched&ticketType=networkFault&sort=-lastUpdate":              1,
	} {
		if got := a.get("root", tickets+"?"+query); got.status != 200 || len(got.many) != want {
			t.Errorf("%s: %d with %d, want %d: %.300s", query, got.status, len(got.many), want, got.raw)
		}
	}
	for query, says := range map[string]string{"limit=-1": "limit", "limit=9999": "limit", "offset=x": "offset", "colour=red": "unknown filter", "severity.gt=minor": "only times", "status=done": "want acknowledged",
		"creationDate.gt=yesterday": "RFC 3339", "severity=": "want a value", "sort=colour": "sort", "clock.name.gt=restore": "only times", "clock.budget=long": "want a number", "lastUpdate.gt=2026-01-01,2026-01-02": "want one value", "a=%zz": "invalid query", "id=a%00": "zero byte", "ticketType=x": "networkFault"} {
		a.refused(query, a.get("root", tickets+"?"+query), 400, says)
	}
}

func TestCreating(t *testing.T) {
	a := open(t)
	got := a.send("zhao", "POST", tickets, `{
		"description": "打不开网页\nsince this morning", "severity": "Major", "ticketType": "declaration", "externalId": "CRM-77",
		"requestedResolutionDate": "2026-12-01T08:00:00+08:00", "priority": "1", "channel": {"id": "10086", "name": "hotline", "@type": "ChannelRef"},
		"relatedEntity": [{"id": "LN-0001", "role": "affectedLine", "@referredType": "Service", "href": "x", "name": "n"}],
		"relatedParty": [{"id": "0574-1", "name": "王工", "role": "contact", "@referredType": "Individual"}, {"id": "CU-001", "role": "customer", "@referredType": "Customer"}],
		"note": [{"author": "crm", "date": "2026-11-22T08:00:00Z", "text": "customer is angry", "@type": "Note"}],
		"attachment": [{"name": "photo", "url": "https://example.com/1.jpg", "attachmentType": "picture", "mimeType": "image/jpeg"}],
		"troubleTicketRelationship": [{"id": "X-1", "relationshipType": "duplicates"}],
		"creationDate": "2026-11-22T08:00:00Z", "@type": "TroubleTicket", "@baseType": "Entity", "@schemaLocation": "https://example.com/s"}`)
	id, _ := got.one["id"].(string)
	if got.status != 201 || !strings.HasPrefix(id, "DT-") || got.header.Get("Location") != tickets+"/"+id {
		t.Fatalf("%d %v %s", got.status, got.header, got.raw)
	}
	for path, want := range map[string]any{"name": "打不开网页", "description": "打不开网页\nsince this morning", "severity": "major", "ticketType": "declaration", "externalId": "CRM-77", "status": "acknowledged"} {
		if got.one[path] != want {
			t.Errorf("%s is %v, want %v", path, got.one[path], want)
		}
	}
	said, _ := json.Marshal(got.one["note"])
	for _, want := range []string{"crm: customer is angry", "requestedResolutionDate: 2026-12-01T00:00:00Z", "priority: 1", "channel: 10086 hotline", "relatedParty customer: CU-001", "photo https://example.com/1.jpg", "duplicates X-1"} {
		if !strings.Contains(string(said), want) {
			t.Errorf("the notes lack %q: %s", want, said)
		}
	}
	if lines := with(got.one["relatedEntity"], "affectedLine"); !slices.Equal(lines, []string{"LN-0001"}) {
		t.Errorf("lines %v", lines)
	}
	whole := func(change string) string {
		return `{"description":"d","severity":"minor","ticketType":"declaration"` + change + `}`
	}
	for name, c := range map[string]struct {
		body   string
		status int
		says   string
	}{
		"no description":           {`{"severity":"minor","ticketType":"declaration"}`, 400, "description is required"},
		"no severity":              {`{"description":"d","ticketType":"declaration"}`, 400, "severity is required"},
		"no type":                  {`{"description":"d","severity":"minor"}`, 400, "ticketType is required"},
		"a severity of its own":    {`{"description":"d","severity":"huge","ticketType":"declaration"}`, 400, "huge"},
		"a type of its own":        {`{"description":"d","severity":"minor","ticketType":"wish"}`, 400, "wish"},
		"a status to begin with":   {whole(`,"status":"closed"`), 400, "acknowledged"},
		"a line that there is not": {whole(`,"relatedEntity":[{"id":"LN-9","role":"affectedLine"}]`), 400, "LN-9"},
		"an attribute of its own":  {whole(`,"colour":"red"`), 400, "colour"},
		"a file":                   {whole(`,"attachment":[{"name":"f","content":"QUJD"}]`), 400, "url"},
		"a date that is none":      {whole(`,"requestedResolutionDate":"soon"`), 400, "RFC 3339"},
		"two objects":              {whole("") + "{}", 400, "nothing after it"},
		"no JSON":                  {"description=d", 400, "invalid"},
		"a list":                   {"[]", 400, "invalid body"},
		"more than a megabyte":     {whole(`,"name":"` + strings.Repeat("x", 1<<20) + `"`), 413, "at most"},
	} {
		a.refused(name, a.send("zhao", "POST", tickets, c.body), c.status, c.says)
	}
	a.refused("a form", a.send("zhao", "POST", tickets, "a=b", "Content-Type", "application/x-www-form-urlencoded"), 415, "application/json")
	a.refused("by the quality check", a.send("qian", "POST", tickets, whole("")), 403, "not_your_role")
	a.refused("by a manager for another's line", a.send("li", "POST", tickets, whole(`,"relatedEntity":[{"id":"LN-0001","role":"affectedLine"}]`)), 400, "LN-0001")
}

func TestPatching(t *testing.T) {
	a := open(t)
	a.cut("V1", time.Now().UTC().Add(-time.Minute))
	id := a.get("root", tickets+"?ticketType=networkFault").many[0]["id"].(string)
	patch := func(body string, header ...string) answer {
		t.Helper()
		return a.send("zhao", "PATCH", tickets+"/"+id, body, header...)
	}
	a.refused("a status that no step leads to", patch(`{"status":"inProgress"}`), 409, "no step")
	a.refused("a status that there is not", patch(`{"status":"done"}`), 400, "want acknowledged")
	a.refused("nothing", patch(`{}`), 400, "nothing to change")
	a.refused("status and action", patch(`{"status":"resolved","action":{"name":"accept"}}`), 400, "not both")
	a.refused("an action that there is not", patch(`{"action":{"name":"fly"}}`), 400, "accept, ")
	a.refused("an action of others", patch(`{"action":{"name":"void","text":"x"}}`), 403, "not_your_role")
	a.refused("what is the server's", patch(`{"id":"X"}`), 400, "id")
	a.refused("a content type of its own", patch(`{}`, "Content-Type", "text/plain"), 415, "merge-patch")
	if got := patch(`{"status":"acknowledged"}`); got.status != 200 {
		t.Errorf("the status that it has: %d %s", got.status, got.raw)
	}
	got := patch(`{"action":{"name":"accept","text":"on it"},"note":[{"text":"called the customer"}],"externalId":"CRM-1","severity":"critical"}`, "Content-Type", "application/merge-patch+json")
	if got.status != 200 || got.one["state"] != "accepted" || got.one["externalId"] != "CRM-1" || got.one["severity"] != "critical" || !strings.Contains(got.raw, "called the customer") || !strings.Contains(got.raw, "on it") {
		t.Errorf("accepted: %d %s", got.status, got.raw)
	}
	if got := patch(`{"status":"inProgress","statusChangeReason":"splicing"}`); got.status != 200 || got.one["status"] != "inProgress" || !strings.Contains(got.raw, "splicing") {
		t.Errorf("in progress: %d %s", got.status, got.raw)
	}
	if got := patch(`{"note":[{"text":"half done"}]}`); got.one["statusChangeReason"] != "splicing" {
		t.Errorf("why the status changed, after a note: %v", got.one["statusChangeReason"])
	}
	a.refused("restored without a cause", patch(`{"status":"resolved","statusChangeReason":"spliced"}`), 400, "cause")
	got = patch(`{"action":{"name":"restored","text":"spliced","fields":{"cause":"cable","responsibility":"third_party"}}}`)
	if got.status != 200 || got.one["status"] != "resolved" || got.one["resolutionDate"] == nil {
		t.Errorf("resolved: %d %s", got.status, got.raw)
	}
	changes, _ := json.Marshal(a.get("root", tickets+"/"+id).one["statusChange"])
	for _, want := range []string{"acknowledged", "inProgress", "resolved"} {
		if !strings.Contains(string(changes), `"status":"`+want+`"`) {
			t.Errorf("the changes of status lack %s: %s", want, changes)
		}
	}
}

func TestWhoMayAsk(t *testing.T) {
	a := open(t)
	a.cut("V1", time.Now().UTC().Add(-time.Minute))
	network := a.get("root", tickets+"?ticketType=networkFault").many[0]["id"].(string)
	for _, path := range []string{tickets, tickets + "/" + network, alarms, alarms + "/V1", tmf.AlarmAlias + "/alarm", "/tmf-api/elsewhere"} {
		got := a.get("", path)
		a.refused(path+" without a token", got, 401, "Bearer")
		if !strings.HasPrefix(got.header.Get("WWW-Authenticate"), "Bearer") {
			t.Errorf("%s: WWW-Authenticate %q", path, got.header.Get("WWW-Authenticate"))
		}
		a.refused(path+" with a bad token", a.send("", "GET", path, "", "Authorization", "Bearer x"), 401, "unauthorized")
	}
	a.refused("a ticket that there is not", a.get("root", tickets+"/NT-1"), 404, "NT-1")
	a.refused("an alarm that there is not", a.get("root", alarms+"/nothing"), 404, "nothing")
	a.refused("a resource that there is not", a.get("root", "/tmf-api/troubleTicket/v4/hub"), 404, "troubleTicket")
	a.refused("a patch of nothing", a.send("root", "PATCH", tickets+"/NT-1", `{"note":[{"text":"x"}]}`), 404, "NT-1")
	a.refused("a parameter of its own", a.get("root", tickets+"/"+network+"?x=1"), 400, "x")

	// Both managers see the network ticket; each his own line in it.
	for who, line := range map[string]string{"wang": "LN-0001", "li": "LN-0002"} {
		got := a.get(who, tickets+"/"+network)
		if lines := with(got.one["relatedEntity"], "affectedLine"); !slices.Equal(lines, []string{line}) {
			t.Errorf("%s sees lines %v", who, lines)
		}
		list := a.get(who, tickets)
		for _, o := range list.many {
			if lines := with(o["relatedEntity"], "affectedLine"); !slices.Equal(lines, []string{line}) {
				t.Errorf("%s sees lines %v in %v", who, lines, o["id"])
			}
		}
		a.refused("alarms for "+who, a.get(who, alarms), 403, "manager")
	}
}

func TestAlarms(t *testing.T) {
	a := open(t)
	started := time.Now().UTC().Add(-time.Minute)
	v := a.cut("V1", started)
	for _, base := range []string{alarms, tmf.AlarmAlias + "/alarm"} {
		list := a.get("root", base)
		if list.status != 200 || len(list.many) != 3 || list.header.Get("X-Total-Count") != "3" {
			t.Fatalf("%s: %d %s", base, list.status, list.raw)
		}
	}
	root := a.get("root", alarms+"/V1").one
	for path, want := range map[string]any{"id": "V1", "isRootCause": true, "perceivedSeverity": "major", "state": "raised", "alarmedObjectType": "cable", "faultDomain": "tail", "alarmType": "communicationsAlarm", "plannedOutageIndicator": "InService"} {
		if root[path] != want {
			t.Errorf("%s is %v, want %v", path, root[path], want)
		}
	}
	if field(root, "alarmedObject", "id") != "cable/"+cableID || len(root["correlatedAlarm"].([]any)) != 2 || len(root["affectedService"].([]any)) != 2 {
		t.Errorf("root alarm %v", root)
	}
	child := field(root["correlatedAlarm"].([]any)[0], "id").(string)
	symptoms := a.get("root", alarms+"/"+url.PathEscape(child))
	if symptoms.status != 200 || symptoms.one["probableCause"] != "unavailable" || field(symptoms.one["parentAlarm"].([]any)[0], "id") != "V1" {
		t.Errorf("its symptom: %d %s", symptoms.status, symptoms.raw)
	}
	for query, want := range map[string]int{"isRootCause=true": 1, "isRootCause=false": 2, "perceivedSeverity=major,critical": 3, "state=cleared": 0, "alarmedObject.id=line/LN-0001": 1,
		"parentAlarm.id=V1": 2, "affectedService.id=LN-0002": 2, "alarmRaisedTime.gt=2020-01-01": 3, `alarmRaisedTime.lt="2020-01-01T00:00:00Z"`: 0, "specificProblem=unreachable&fields=id": 2} {
		if got := a.get("root", alarms+"?"+query); got.status != 200 || len(got.many) != want {
			t.Errorf("%s: %d with %d, want %d", query, got.status, len(got.many), want)
		}
	}
	if got := a.get("root", alarms+"?limit=1&offset=1"); got.status != 206 || len(got.many) != 1 {
		t.Errorf("a window: %d with %d", got.status, len(got.many))
	}
	a.refused("a filter of its own", a.get("root", alarms+"?colour=red"), 400, "unknown filter")
	a.refused("a time that is none", a.get("root", alarms+"?alarmRaisedTime.gt=x"), 400, "RFC 3339")

	v.Version, v.State, v.Cleared = 2, verdict.Cleared, time.Now().UTC()
	if err := a.desk.Apply(t.Context(), v); err != nil {
		t.Fatal(err)
	}
	if got := a.get("root", alarms+"/V1").one; got["perceivedSeverity"] != "cleared" || got["state"] != "cleared" || got["alarmClearedTime"] == nil {
		t.Errorf("cleared: %v", got)
	}
}
