package tmf

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/store"
)

// alarm is one alarm, drawn when somebody wants to see it.
type alarm struct {
	id      string
	changed time.Time
	body    func() object
}

// alarms are the symptoms, and above them the verdicts that explain them: a
// verdict is the root cause alarm, its symptoms name it as their parent. They
// are those that the person may see, newest first.
func (a *API) alarms(ctx context.Context, see people.Scope) ([]alarm, error) {
	whole, err := a.desk.Faults(ctx)
	if err != nil {
		return nil, err
	}
	faults, explained := see.Faults(whole), newExplainer(whole, a.desk.Inventory())
	children := map[string][]object{}
	for _, v := range faults {
		children[v.ID] = nil
	}
	var all []alarm
	for _, s := range a.board.Symptoms() {
		if !see.Subject(s.Subject) {
			continue
		}
		id, parent := s.Key().Token(), explained.of(s)
		if _, seen := children[parent]; !seen {
			parent = ""
		} else {
			children[parent] = append(children[parent], alarmRef(id))
		}
		all = append(all, alarm{id, changedAt(s), func() object { return symptomAlarm(s, parent) }})
	}
	for _, v := range faults {
		all = append(all, alarm{v.ID, decidedAt(v), func() object { return verdictAlarm(v, children[v.ID]) }})
	}
	slices.SortFunc(all, func(x, y alarm) int {
		return cmp.Or(y.changed.Compare(x.changed), cmp.Compare(x.id, y.id))
	})
	return all, nil
}

// alarm is one of them, by its id.
func (a *API) alarm(ctx context.Context, see people.Scope, id string) (object, error) {
	whole, err := a.desk.Faults(ctx)
	if err != nil {
		return nil, err
	}
	explained := newExplainer(whole, a.desk.Inventory())
	if key, err := symptom.ParseToken(id); err == nil {
		s, ok := a.board.Symptom(key)
		if !ok || !see.Subject(s.Subject) {
			return nil, store.ErrNotFound
		}
		v, found := faultNamed(whole, explained.of(s))
		if _, seen := see.Fault(v); !found || !seen {
			v.ID = ""
		}
		return symptomAlarm(s, v.ID), nil
	}
	v, found := faultNamed(whole, id)
	v, seen := see.Fault(v)
	if !found || !seen {
		return nil, store.ErrNotFound
	}
	var children []object
	for _, s := range a.board.Symptoms() {
		if see.Subject(s.Subject) && explained.of(s) == id {
			children = append(children, alarmRef(s.Key().Token()))
		}
	}
	return verdictAlarm(v, children), nil
}

func faultNamed(all []verdict.Verdict, id string) (verdict.Verdict, bool) {
	i := slices.IndexFunc(all, func(v verdict.Verdict) bool { return v.ID == id })
	if i < 0 {
		return verdict.Verdict{}, false
	}
	return all[i], true
}

func (a *API) listAlarms(r *http.Request, by people.Person) (answer, error) {
	if err := mayAlarms(by); err != nil {
		return answer{}, err
	}
	q, err := queryOf(r)
	if err != nil {
		return answer{}, err
	}
	tests, err := alarmAttributes.compile(q.conditions)
	if err != nil {
		return answer{}, err
	}
	all, err := a.alarms(r.Context(), a.scope(by))
	if err != nil {
		return answer{}, err
	}
	out := []object{}
	if len(tests) == 0 && q.sort == "" {
		for _, al := range window(q, all) {
			out = append(out, choose(al.body(), q.fields))
		}
		return answer{body: out, list: true, total: len(all), returned: len(out)}, nil
	}
	var match []object
	for _, al := range all {
		if o := al.body(); matches(o, tests) {
			match = append(match, o)
		}
	}
	if q.sort != "" {
		if err := alarmAttributes.order(match, q.sort, q.descending); err != nil {
			return answer{}, err
		}
	}
	for _, o := range window(q, match) {
		out = append(out, choose(o, q.fields))
	}
	return answer{body: out, list: true, total: len(match), returned: len(out)}, nil
}

func (a *API) getAlarm(r *http.Request, by people.Person) (answer, error) {
	if err := mayAlarms(by); err != nil {
		return answer{}, err
	}
	fields, err := fieldsOf(r)
	if err != nil {
		return answer{}, err
	}
	o, err := a.alarm(r.Context(), a.scope(by), r.PathValue("id"))
	return answer{body: choose(o, fields)}, err
}

// mayAlarms keeps a manager to his own customers' tickets: the network's
// alarms tell of everyone's lines.
func mayAlarms(by people.Person) error {
	if !by.SeesNetwork() {
		return fail(http.StatusForbidden, "forbidden", people.ReasonNotRole, "a manager reads tickets, not alarms")
	}
	return nil
}

// alarmAttributes are what alarms can be filtered by.
var alarmAttributes = attributes{
	"id": word, "alarmType": word, "probableCause": word, "specificProblem": word, "perceivedSeverity": word, "state": word,
	"ackState": word, "alarmedObject.id": word, "alarmedObjectType": word, "sourceSystemId": word, "reportingSystemId": word,
	"isRootCause": word, "serviceAffecting": word, "plannedOutageIndicator": word, "affectedService.id": word,
	"parentAlarm.id": word, "correlatedAlarm.id": word, "faultDomain": word, "confidence": number,
	"alarmRaisedTime": date, "alarmChangedTime": date, "alarmClearedTime": date, "alarmReportingTime": date,
}
