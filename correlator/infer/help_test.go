package infer_test

import (
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/infer"
)

func setWindow(n *noc, subject string, from, to time.Time) {
	n.e.SetWindows(n.now, []infer.Window{{ID: "W1", Subjects: []symptom.Subject{symptom.Subject(subject)}, From: from, To: to}})
}
