// Package probe turns results of probes into symptoms: thresholds with
// hysteresis, confirmation by counting, a decaying flap score. It sends and
// receives nothing; the engines below it do.
package probe

import (
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
)

// Judgement is what one measured value says about one kind of symptom.
type Judgement uint8

// Between the clearing and the raising threshold a value says Keep.
const (
	Keep Judgement = iota
	Normal
	Abnormal
)

// Sample is one fact from one exchange: what it is about, and what it says.
// At is when the question was sent (a trap: when it was received).
type Sample struct {
	Subject   symptom.Subject
	End       string
	Kind      symptom.Kind
	Judgement Judgement
	Value     float64
	Unit      string
	At        time.Time
	Hint      bool // from a trap: raises at once, and a poll decides how long it stays
}

// Reading is a measured value that is no symptom: counters, light, uptime.
// They feed /metrics and the rates.
type Reading struct {
	Subject symptom.Subject
	Name    string // "if_in_octets_total", "rx_power_dbm", "uptime_seconds"
	Value   float64
	At      time.Time
}
