package tmf_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/tmf"
	"github.com/linewarden/linewarden/ticketing/web"
)

// hire makes an account and a token for it.
func (a *api) hire(p people.Person) {
	a.t.Helper()
	now := time.Now().UTC()
	token, hash := web.NewToken()
	if err := a.db.SaveUser(a.t.Context(), now, store.User{Person: p}, true); err != nil {
		a.t.Fatal(err)
	}
	if err := a.db.SaveToken(a.t.Context(), now, store.Token{ID: p.ID, User: p.ID, Hash: hash, Created: now}); err != nil {
		a.t.Fatal(err)
	}
	a.tokens[p.ID] = token
}

func TestMethodsAndMediaTypes(t *testing.T) {
	a := open(t)
	a.cut("V1", time.Now().UTC().Add(-time.Minute))
	id := a.get("root", tickets+"?ticketType=networkFault").many[0]["id"].(string)
	for path, allow := range map[string]string{tickets: "GET, POST, HEAD", tickets + "/" + id: "GET, PATCH, HEAD", alarms: "GET, HEAD", alarms + "/V1": "GET, HEAD", tmf.AlarmAlias + "/alarm": "GET, HEAD"} {
		for _, method := range []string{"PUT", "DELETE", "POST", "PATCH"} {
			if strings.Contains(allow, method) {
				continue
			}
			got := a.send("root", method, path, "{}")
			a.refused(method+" "+path, got, 405, "want "+allow)
			if got.header.Get("Allow") != allow {
				t.Errorf("%s %s: Allow: %q, want %q", method, path, got.header.Get("Allow"), allow)
			}
			a.refused(method+" "+path+" without a token", a.send("", method, path, "{}"), 401, "Bearer")
		}
		a.refused(path+" as XML", a.send("root", "GET", path, "", "Accept", "application/xml, text/html;q=0.9"), 406, "application/json")
		if got := a.send("root", "GET", path, "", "Accept", "text/html, application/*;q=0.5"); got.status != 200 {
			t.Errorf("%s as anything of an application's: %d", path, got.status)
		}
	}
}

// A patch is taken whole or not at all.
func TestAPatchIsTakenWholeOrNotAtAll(t *testing.T) {
	a := open(t)
	a.cut("V1", time.Now().UTC().Add(-time.Minute))
	id := a.get("root", tickets+"?ticketType=networkFault").many[0]["id"].(string)
	patch := func(body string) answer { t.Helper(); return a.send("zhao", "PATCH", tickets+"/"+id, body) }
	if got := patch(`{"action":{"name":"accept","text":"on it"}}`); got.status != 200 {
		t.Fatal(got.raw)
	}
	if got := patch(`{"status":"inProgress"}`); got.status != 200 {
		t.Fatal(got.raw)
	}
	before := a.get("zhao", tickets+"/"+id).raw
	for what, c := range map[string]struct {
		body   string
		status int
		says   string
	}{
		"resolved without a cause":      {`{"severity":"critical","name":"x","note":[{"text":"said"}],"status":"resolved","statusChangeReason":"spliced"}`, 400, "cause"},
		"to somebody whom nobody knows": {`{"severity":"critical","action":{"name":"transfer","text":"x","fields":{"group":"nobody"}}}`, 400, "group"},
		"a field that nobody heeds":     {`{"severity":"critical","action":{"name":"restored","text":"x","fields":{"colour":"red"}}}`, 400, "action.fields.colour"},
		"an attribute taken away":       {`{"externalId":"X","description":null}`, 400, "description: null"},
		"a number":                      {`{"note":[{"text":1}]}`, 400, "note.text: want a string, not number"},
		"an object":                     {`{"severity":{}}`, 400, "severity: want a string, not object"},
		"an id":                         {`{"id":"X","severity":"critical"}`, 400, "id is the server's"},
		"a zero byte":                   {`{"description":"a\u0000b"}`, 400, "zero byte"},
	} {
		a.refused(what, patch(c.body), c.status, c.says)
	}
	if after := a.get("zhao", tickets+"/"+id).raw; after != before {
		t.Errorf("what was refused left a trace:\n%s\n%s", before, after)
	}
	// What the ticket has not can be null, and its own notes are no news.
	notes := len(a.get("zhao", tickets+"/"+id).one["note"].([]any))
	first := a.get("zhao", tickets+"/"+id).one["note"].([]any)[0]
	got := patch(fmt.Sprintf(`{"externalId":null,"channel":null,"name":"renamed","note":[{"id":%q,"text":%q},{"text":"news"}]}`, field(first, "id"), field(first, "text")))
	if got.status != 200 || got.one["name"] != "renamed" || len(got.one["note"].([]any)) != notes+1 {
		t.Errorf("its own notes and a new one: %d %s", got.status, got.raw)
	}
}

func TestAListTellsTheRecordWhenAsked(t *testing.T) {
	a := open(t)
	made := a.send("zhao", "POST", tickets, `{"description":"slow","severity":"minor","ticketType":"declaration","note":[{"text":"first"},{"text":"second"}],"channel":null,"externalId":null}`)
	if made.status != 201 {
		t.Fatal(made.raw)
	}
	got := a.get("root", tickets+"?fields=note,statusChange")
	if len(got.many) != 1 || len(got.many[0]) != 4 || len(got.many[0]["note"].([]any)) < 2 || len(got.many[0]["statusChange"].([]any)) == 0 {
		t.Errorf("a list with its record: %s", got.raw)
	}
}

// The restore clock says when a ticket is expected to be resolved, not the
// clock that runs out first.
func TestExpectedResolution(t *testing.T) {
	a := open(t)
	if got := a.send("zhao", "POST", tickets, `{"description":"slow","severity":"minor","ticketType":"declaration"}`); got.status != 201 {
		t.Fatal(got.raw)
	}
	a.cut("V1", time.Now().UTC().Add(-time.Minute)) // answered within minutes, restored within hours
	at := func(d time.Duration) string { return url.QueryEscape(time.Now().UTC().Add(d).Format(time.RFC3339Nano)) }
	for query, want := range map[string]int{"expectedResolutionDate.lt=" + at(time.Hour): 0, "expectedResolutionDate.gt=" + at(time.Hour): 3, "expectedResolutionDate.lt=" + at(48*time.Hour): 3} {
		if got := a.get("root", tickets+"?"+query); got.status != 200 || len(got.many) != want {
			t.Errorf("%s: %d with %d, want %d", query, got.status, len(got.many), want)
		}
	}
	var due []string
	for _, o := range a.get("root", tickets+"?sort=expectedResolutionDate").many {
		due = append(due, o["expectedResolutionDate"].(string))
	}
	if len(due) != 3 || !slices.IsSorted(due) || due[0] == due[2] {
		t.Errorf("sorted by it: %v", due)
	}
	a.refused("by what has no order", a.get("root", tickets+"?sort=status"), 400, "sort")
}

// Who sees his own lines only cannot ask for others' either.
func TestNobodyAsksForWhatHeDoesNotSee(t *testing.T) {
	a := open(t)
	a.cut("V1", time.Now().UTC().Add(-time.Minute))
	for query, want := range map[string]int{"relatedEntity.id=LN-0001": 2, "relatedEntity.id=LN-0002": 0, "relatedParty.id=CU-001": 2, "relatedParty.id=CU-002": 0, "customer=CU-002": 0, "owner=support": 2} {
		if got := a.get("wang", tickets+"?"+query); got.status != 200 || len(got.many) != want || got.header.Get("X-Total-Count") != fmt.Sprint(want) {
			t.Errorf("the manager of LN-0001 asks %s: %d with %d, want %d", query, got.status, len(got.many), want)
		}
	}
}

func TestAlarmsOfARegion(t *testing.T) {
	a := open(t)
	regions := map[string]string{}
	for _, line := range []string{"LN-0001", "LN-0002"} {
		l, _ := a.inv.Line(line)
		c, _ := a.inv.Customer(l.Customer)
		regions[line] = c.Region
	}
	if regions["LN-0001"] == "" || regions["LN-0001"] == regions["LN-0002"] {
		// The sample's customers are of one region: move one.
		l, _ := a.inv.Line("LN-0002")
		c, _ := a.inv.Customer(l.Customer)
		c.Region = "elsewhere"
	}
	l, _ := a.inv.Line("LN-0001")
	c, _ := a.inv.Customer(l.Customer)
	a.hire(people.Person{ID: "local", Roles: []people.Role{people.Support}, Regions: []string{c.Region}})
	a.cut("V1", time.Now().UTC().Add(-time.Minute))
	got := a.get("local", alarms)
	if len(got.many) != 2 || strings.Contains(got.raw, "LN-0002") || !strings.Contains(got.raw, "LN-0001") {
		t.Errorf("alarms for one region: %s", got.raw)
	}
	for _, o := range a.get("local", tickets).many {
		if lines := with(o["relatedEntity"], "affectedLine"); slices.Contains(lines, "LN-0002") {
			t.Errorf("%s shows %v", o["id"], lines)
		}
	}
}

// What a verdict takes down is explained by it, evidence or not.
func TestSymptomsFindTheirRoot(t *testing.T) {
	a := open(t)
	started := time.Now().UTC().Add(-time.Minute)
	a.cut("V1", started)
	line, _ := a.inv.Line("LN-0001")
	for subject, kind := range map[symptom.Subject]symptom.Kind{symptom.Line("LN-0001"): symptom.Loss, symptom.Device(line.A.Device): symptom.AgentSilent, symptom.Device("NOWHERE"): symptom.AgentSilent} {
		a.desk.Board.Report(symptom.Report{Symptom: &symptom.Symptom{Observer: "collector/c1", Subject: subject, Kind: kind, State: symptom.Raised, Since: started.Add(time.Second), At: started.Add(3 * time.Second)}})
	}
	explained := map[string]bool{}
	for _, o := range a.get("root", alarms+"?parentAlarm.id=V1").many {
		explained[field(o, "alarmedObject", "id").(string)+" "+o["specificProblem"].(string)] = true
	}
	for _, want := range []string{"line/LN-0001 unreachable", "line/LN-0001 loss", "device/" + line.A.Device + " agent_silent"} {
		if !explained[want] {
			t.Errorf("%s has no parent: %v", want, explained)
		}
	}
	if explained["device/NOWHERE agent_silent"] {
		t.Error("a symptom elsewhere is explained")
	}
	if root := a.get("root", alarms+"/V1"); len(root.one["correlatedAlarm"].([]any)) != len(explained) {
		t.Errorf("the root names %s, its symptoms are %v", root.raw, explained)
	}
}

// A filter that nobody understands is refused, whether there are alarms or not.
func TestAlarmFiltersWithoutAlarms(t *testing.T) {
	a := open(t)
	a.refused("a filter of its own", a.get("root", alarms+"?colour=red"), 400, "unknown filter")
	a.refused("a time that is none", a.get("root", alarms+"?alarmRaisedTime.gt=x"), 400, "RFC 3339")
	a.refused("an order of its own", a.get("root", alarms+"?sort=colour"), 400, "sort")
	a.refused("a parameter of its own", a.get("root", alarms+"/V1?x=1"), 400, "x")
}
