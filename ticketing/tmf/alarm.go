package tmf

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/store"
)

// AlarmType is our extension of TMF642's Alarm.
const AlarmType = "LinewardenAlarm"

// words are a symptom's names in X.733 and TMF642.
type words struct{ alarmType, probableCause, severity string }

// vocabulary maps kinds of symptom to alarm types, probable causes (ITU-T X.733,
// M.3100) and the severity of one that no verdict speaks of.
var vocabulary = map[symptom.Kind]words{
	symptom.Unreachable:      {"communicationsAlarm", "unavailable", "major"},
	symptom.AgentSilent:      {"communicationsAlarm", "communicationsSubsystemFailure", "minor"},
	symptom.LinkDown:         {"communicationsAlarm", "lossOfSignal", "major"},
	symptom.LOS:              {"communicationsAlarm", "lossOfSignal", "major"},
	symptom.LOF:              {"communicationsAlarm", "lossOfFrame", "major"},
	symptom.AIS:              {"communicationsAlarm", "aIS", "minor"},
	symptom.RDI:              {"communicationsAlarm", "farEndReceiverFailure", "minor"},
	symptom.RxPowerLow:       {"communicationsAlarm", "degradedSignal", "minor"},
	symptom.BitErrors:        {"communicationsAlarm", "excessiveBER", "minor"},
	symptom.Errors:           {"communicationsAlarm", "excessiveErrorRate", "minor"},
	symptom.FarEndMissing:    {"communicationsAlarm", "lossOfSignal", "major"},
	symptom.CustomerPortDown: {"communicationsAlarm", "lossOfSignal", "warning"},
	symptom.SessionDown:      {"communicationsAlarm", "communicationsProtocolError", "major"},
	symptom.Flapping:         {"communicationsAlarm", "degradedSignal", "minor"},
	symptom.PowerFail:        {"environmentalAlarm", "commercialPowerFailure", "major"},
	symptom.Overheated:       {"environmentalAlarm", "highTemperature", "minor"},
	symptom.Loss:             {"qualityOfServiceAlarm", "thresholdCrossed", "minor"},
	symptom.Latency:          {"qualityOfServiceAlarm", "thresholdCrossed", "minor"},
	symptom.Jitter:           {"qualityOfServiceAlarm", "thresholdCrossed", "warning"},
	symptom.Saturated:        {"qualityOfServiceAlarm", "congestion", "warning"},
	symptom.LoopSuspected:    {"qualityOfServiceAlarm", "congestion", "minor"},
	symptom.Rebooted:         {"processingErrorAlarm", "lossOfRealTime", "warning"},
}

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
	faults, explains := see.Faults(whole), explanations(whole, a.desk.Inventory())
	children := map[string][]object{}
	for _, v := range faults {
		children[v.ID] = nil
	}
	var all []alarm
	for _, s := range a.board.Symptoms() {
		if !see.Subject(s.Subject) {
			continue
		}
		id, parent := s.Key().Token(), explains(s)
		if _, seen := children[parent]; !seen {
			parent = ""
		} else {
			children[parent] = append(children[parent], alarmRef(id))
		}
		all = append(all, alarm{id, changedAt(s), func() object { return symptomAlarm(s, parent) }})
	}
	for _, v := range faults {
		changed := v.Decided
		if v.State == verdict.Cleared {
			changed = cmp.Or(v.Cleared, v.Decided)
		}
		all = append(all, alarm{v.ID, changed, func() object { return verdictAlarm(v, children[v.ID]) }})
	}
	slices.SortFunc(all, func(x, y alarm) int { return cmp.Or(y.changed.Compare(x.changed), cmp.Compare(x.id, y.id)) })
	return all, nil
}

// changedAt is when the symptom last came, went or changed its band.
func changedAt(s symptom.Symptom) time.Time {
	if s.State == symptom.Cleared {
		return cmp.Or(s.ClearedAt, s.At)
	}
	return s.At
}

// explanations tell which verdict explains a symptom: one that names it as its
// evidence, and else one that takes down every line that runs over the
// symptom's subject. Evidence is at most fifty facts, and what arrives later
// and changes no decision is not in it.
func explanations(faults []verdict.Verdict, inv *inventory.Inventory) func(symptom.Symptom) string {
	type about struct {
		place symptom.Place
		kind  symptom.Kind
	}
	named := map[about]string{}
	hit := make([]map[string]bool, len(faults))
	for i, v := range faults {
		for _, f := range v.Evidence.For {
			named[about{f.Place(), f.Kind}] = v.ID
		}
		hit[i] = map[string]bool{}
		for _, line := range slices.Concat(v.Lines.Down, v.Lines.Degraded) {
			hit[i][line] = true
		}
	}
	return func(s symptom.Symptom) string {
		if id := named[about{s.Place(), s.Kind}]; id != "" {
			return id
		}
		var lines []string
		switch s.Subject.Kind() {
		case symptom.LineSubject:
			lines = []string{s.Subject.ID()}
		case symptom.DeviceSubject:
			lines = inv.LinesThrough(s.Subject.ID())
		case symptom.PortSubject, symptom.CardSubject:
			lines = inv.LinesThrough(s.Subject.Device())
		}
		for i, v := range faults {
			during := !s.Since.Before(v.StartedAfter) && (v.State == verdict.Open || !s.Since.After(v.Cleared))
			if during && len(lines) > 0 && !slices.ContainsFunc(lines, func(line string) bool { return !hit[i][line] }) {
				return v.ID
			}
		}
		return ""
	}
}

func alarmFrame(id string) object {
	return object{
		"id": id, "href": AlarmBase + "/alarm/" + url.PathEscape(id),
		"@type": AlarmType, "@baseType": "Alarm", "@schemaLocation": AlarmBase + "/schema/" + AlarmType + ".schema.json",
		"ackState": "unacknowledged", "reportingSystemId": "linewarden",
	}
}

func symptomAlarm(s symptom.Symptom, parent string) object {
	w := vocabulary[s.Kind]
	o := alarmFrame(s.Key().Token())
	o["alarmType"], o["probableCause"], o["specificProblem"] = w.alarmType, w.probableCause, string(s.Kind)
	o["perceivedSeverity"], o["state"] = w.severity, "raised"
	o["alarmedObject"], o["alarmedObjectType"] = object{"id": string(s.Subject)}, string(s.Subject.Kind())
	o["sourceSystemId"] = string(s.Observer)
	o["alarmRaisedTime"], o["alarmReportingTime"], o["alarmChangedTime"] = stamp(s.Since), stamp(s.At), stamp(changedAt(s))
	o["isRootCause"], o["serviceAffecting"] = false, s.Subject.Kind() == symptom.LineSubject
	if s.State == symptom.Cleared {
		o["perceivedSeverity"], o["state"] = "cleared", "cleared"
		o["alarmClearedTime"] = stamp(changedAt(s))
	}
	if s.Subject.Kind() == symptom.LineSubject {
		o["affectedService"] = []object{{"id": s.Subject.ID()}}
	}
	if parent != "" {
		o["parentAlarm"] = []object{alarmRef(parent)}
	}
	return o
}

func verdictAlarm(v verdict.Verdict, children []object) object {
	o := alarmFrame(v.ID)
	o["alarmType"], o["probableCause"] = "communicationsAlarm", "unavailable"
	if v.Outcome == verdict.MonitoringFault {
		o["alarmType"], o["probableCause"] = "processingErrorAlarm", "communicationsSubsystemFailure"
	}
	o["specificProblem"] = string(v.Outcome)
	o["perceivedSeverity"], o["state"] = string(v.Severity), "raised"
	o["sourceSystemId"], o["isRootCause"] = "linewarden", true
	o["serviceAffecting"] = len(v.Lines.Down)+len(v.Lines.Degraded) > 0
	o["plannedOutageIndicator"] = "InService" // X.733's words for: nobody works there
	if v.Outcome == verdict.Maintenance {
		o["plannedOutageIndicator"] = "OutOfService"
	}
	o["alarmRaisedTime"], o["alarmReportingTime"], o["alarmChangedTime"] = stamp(v.Started), stamp(v.Decided), stamp(v.Decided)
	if v.Version > 1 {
		o["state"] = "updated"
	}
	if v.State == verdict.Cleared {
		o["perceivedSeverity"], o["state"] = "cleared", "cleared"
		cleared := stamp(cmp.Or(v.Cleared, v.Decided))
		o["alarmClearedTime"], o["alarmChangedTime"] = cleared, cleared
	}
	object1 := "fault/" + v.ID
	if len(v.Roots) > 0 {
		object1 = string(v.Roots[0].Subject)
		o["alarmedObjectType"] = v.Roots[0].Kind
	}
	o["alarmedObject"] = object{"id": object1}
	o["faultDomain"], o["confidence"] = string(v.FaultDomain), v.Confidence
	var services []object
	for _, line := range v.Lines.All() {
		services = append(services, object{"id": line})
	}
	if services != nil {
		o["affectedService"] = services
	}
	if children != nil {
		o["correlatedAlarm"] = children
	}
	return o
}

func alarmRef(id string) object {
	return object{"id": id, "href": AlarmBase + "/alarm/" + url.PathEscape(id), "@referredType": "Alarm"}
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
	all, err := a.alarms(r.Context(), a.scope(by))
	if err != nil {
		return answer{}, err
	}
	for _, al := range all {
		if al.id == r.PathValue("id") {
			return answer{body: choose(al.body(), fields)}, nil
		}
	}
	return answer{}, store.ErrNotFound
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
