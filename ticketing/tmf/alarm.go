package tmf

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

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

// alarm is one alarm with what a filter may ask of it.
type alarm struct {
	id      string
	body    object
	changed time.Time
}

// alarms are the symptoms, and above them the verdicts that explain them: a
// verdict is the root cause alarm, its symptoms name it as their parent.
func (a *API) alarms(r *http.Request) ([]alarm, error) {
	faults, err := a.desk.Faults(r.Context())
	if err != nil {
		return nil, err
	}
	explained := map[symptom.Subject]map[symptom.Kind]string{}
	var all []alarm
	for _, v := range faults {
		all = append(all, verdictAlarm(v))
		for _, f := range v.Evidence.For {
			if explained[f.Subject] == nil {
				explained[f.Subject] = map[symptom.Kind]string{}
			}
			explained[f.Subject][f.Kind] = v.ID
		}
	}
	for _, s := range a.board.Symptoms() {
		all = append(all, symptomAlarm(s, explained[s.Subject][s.Kind]))
	}
	slices.SortFunc(all, func(x, y alarm) int { return cmp.Or(y.changed.Compare(x.changed), cmp.Compare(x.id, y.id)) })
	return all, nil
}

func alarmFrame(id string) object {
	return object{
		"id": id, "href": AlarmBase + "/alarm/" + url.PathEscape(id),
		"@type": AlarmType, "@baseType": "Alarm", "@schemaLocation": AlarmBase + "/schema/" + AlarmType + ".schema.json",
		"ackState": "unacknowledged", "reportingSystemId": "linewarden",
	}
}

func symptomAlarm(s symptom.Symptom, parent string) alarm {
	id := s.Key().Token()
	w := vocabulary[s.Kind]
	o := alarmFrame(id)
	o["alarmType"], o["probableCause"], o["specificProblem"] = w.alarmType, w.probableCause, string(s.Kind)
	o["perceivedSeverity"], o["state"] = w.severity, "raised"
	o["alarmedObject"], o["alarmedObjectType"] = object{"id": string(s.Subject)}, string(s.Subject.Kind())
	o["sourceSystemId"] = string(s.Observer)
	o["alarmRaisedTime"], o["alarmReportingTime"], o["alarmChangedTime"] = stamp(s.Since), stamp(s.At), stamp(s.At)
	o["isRootCause"], o["serviceAffecting"] = false, s.Subject.Kind() == symptom.LineSubject
	if s.State == symptom.Cleared {
		o["perceivedSeverity"], o["state"] = "cleared", "cleared"
		o["alarmClearedTime"] = stamp(cmp.Or(s.ClearedAt, s.At))
	}
	if s.Subject.Kind() == symptom.LineSubject {
		o["affectedService"] = []object{{"id": s.Subject.ID()}}
	}
	if parent != "" {
		o["parentAlarm"] = []object{alarmRef(parent)}
	}
	return alarm{id, o, s.At}
}

func verdictAlarm(v verdict.Verdict) alarm {
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
	changed := v.Decided
	if v.State == verdict.Cleared {
		o["perceivedSeverity"], o["state"] = "cleared", "cleared"
		changed = cmp.Or(v.Cleared, v.Decided)
		o["alarmClearedTime"] = stamp(changed)
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
	var correlated []object
	for _, f := range v.Evidence.For {
		key := symptom.Key{Observer: f.Observer, Kind: f.Kind, Subject: f.Subject, End: strings.TrimPrefix(f.End, "a")}
		correlated = append(correlated, alarmRef(key.Token()))
	}
	if correlated != nil {
		o["correlatedAlarm"] = correlated
	}
	return alarm{v.ID, o, changed}
}

func alarmRef(id string) object {
	return object{"id": id, "href": AlarmBase + "/alarm/" + url.PathEscape(id), "@referredType": "Alarm"}
}

func (a *API) listAlarms(r *http.Request, by people.Person) (answer, error) {
	if err := mayAlarms(by); err != nil {
		return answer{}, err
	}
	q, err := parseQuery(r.URL.Query())
	if err != nil {
		return answer{}, err
	}
	all, err := a.alarms(r)
	if err != nil {
		return answer{}, err
	}
	var match []alarm
	for _, al := range all {
		ok, err := matches(al.body, q.conditions)
		if err != nil {
			return answer{}, err
		}
		if ok {
			match = append(match, al)
		}
	}
	total := len(match)
	match = match[min(q.offset, total):min(q.offset+q.limit, total)]
	out := make([]object, 0, len(match))
	for _, al := range match {
		out = append(out, choose(al.body, q.fields))
	}
	return answer{body: out, list: true, total: total, returned: len(out)}, nil
}

func (a *API) getAlarm(r *http.Request, by people.Person) (answer, error) {
	if err := mayAlarms(by); err != nil {
		return answer{}, err
	}
	all, err := a.alarms(r)
	if err != nil {
		return answer{}, err
	}
	for _, al := range all {
		if al.id == r.PathValue("id") {
			return answer{body: choose(al.body, split(r.URL.Query()["fields"]))}, nil
		}
	}
	return answer{}, store.ErrNotFound
}

// mayAlarms keeps a manager to his own customers' tickets: the network's
// alarms tell of everyone's lines.
func mayAlarms(by people.Person) error {
	if len(by.Roles) == 1 && by.Has(people.Manager) {
		return fail(http.StatusForbidden, "forbidden", people.ReasonNotRole, "a manager reads tickets, not alarms")
	}
	return nil
}

// matches holds an alarm against the conditions; attributes may be nested with dots.
func matches(body object, conditions []condition) (bool, error) {
	for _, c := range conditions {
		if !slices.Contains(alarmFilters, c.attribute) {
			return false, badRequest("unknown filter", c.attribute+": want "+strings.Join(alarmFilters, ", "))
		}
		values := attribute(body, strings.Split(c.attribute, "."))
		if strings.HasSuffix(c.attribute, "Time") {
			var from, to time.Time
			if err := c.span(&from, &to); err != nil {
				return false, err
			}
			if !slices.ContainsFunc(values, func(v string) bool {
				at, err := time.Parse(time.RFC3339Nano, v)
				return err == nil && !at.Before(from) && (to.IsZero() || at.Before(to))
			}) {
				return false, nil
			}
			continue
		}
		if c.op != "eq" {
			return false, badRequest("invalid filter", c.attribute+"."+c.op+": only times can be compared")
		}
		if !slices.ContainsFunc(values, func(v string) bool {
			return slices.ContainsFunc(c.values, func(want string) bool { return strings.EqualFold(want, v) })
		}) {
			return false, nil
		}
	}
	return true, nil
}

var alarmFilters = []string{"id", "alarmType", "probableCause", "specificProblem", "perceivedSeverity", "state", "ackState",
	"alarmedObject.id", "alarmedObjectType", "sourceSystemId", "isRootCause", "serviceAffecting", "affectedService.id",
	"parentAlarm.id", "faultDomain", "alarmRaisedTime", "alarmChangedTime", "alarmClearedTime", "alarmReportingTime"}

func attribute(v any, path []string) []string {
	switch v := v.(type) {
	case object:
		if len(path) == 0 {
			return nil
		}
		return attribute(v[path[0]], path[1:])
	case []object:
		var all []string
		for _, e := range v {
			all = append(all, attribute(e, path)...)
		}
		return all
	case string:
		return []string{v}
	case bool:
		if v {
			return []string{"true"}
		}
		return []string{"false"}
	}
	return nil
}
