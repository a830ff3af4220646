package tmf

import (
	"cmp"
	"net/url"
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/verdict"
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

// changedAt is when the symptom last came, went or changed its band.
func changedAt(s symptom.Symptom) time.Time {
	if s.State == symptom.Cleared {
		return cmp.Or(s.ClearedAt, s.At)
	}
	return s.At
}

// decidedAt is when the verdict was given or last changed, or the fault cleared.
func decidedAt(v verdict.Verdict) time.Time {
	if v.State == verdict.Cleared {
		return cmp.Or(v.Cleared, v.Decided)
	}
	return v.Decided
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
	o["alarmRaisedTime"], o["alarmReportingTime"], o["alarmChangedTime"] = stamp(s.Since), stamp(
		s.At,
	), stamp(changedAt(s))
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
	o["alarmRaisedTime"], o["alarmReportingTime"], o["alarmChangedTime"] = stamp(v.Started), stamp(
		v.Decided,
	), stamp(v.Decided)
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
