package ticket

import (
	"strconv"
	"time"
)

// longestWait is the longest between two re-tests by itself after failures.
const longestWait = time.Hour

// orderRetest asks for a test of the lines. A ticket without lines to test has
// nothing but the verdict's word, and passes on it.
func (r *run) orderRetest(at moments) {
	t := &r.t
	rt := Retest{}
	if t.Retest != nil {
		rt = *t.Retest
	}
	lines := t.testable()
	rt.ID = t.ID + "/retest/" + strconv.FormatInt(t.Version+1, 10) + "." + strconv.Itoa(len(t.Timeline))
	rt.Ordered, rt.Result, rt.At, rt.Lines, rt.Waived = r.now, "", time.Time{}, nil, ""
	if len(lines) == 0 {
		rt.Again = time.Time{}
		t.Retest = &rt
		r.retested(Retested{ID: rt.ID}, at)
		return
	}
	// Silence is inconclusive: the order is repeated if nothing comes back.
	rt.Again = r.now.Add(r.wf.Retest.Timeout + r.wf.Retest.Again)
	t.Retest = &rt
	r.dirty = true
	r.out = append(r.out, Effect{Kind: OrderRetest, Channel: "retest", NotBefore: r.now,
		Retest: &RetestOrder{ID: rt.ID, Lines: lines, Deadline: r.now.Add(r.wf.Retest.Timeout)}})
}

// testable are the lines that a re-test has to prove: those that were out of
// service, or, if none was, those at risk. What another root holds is proven
// by the ticket of that one.
func (t Ticket) testable() []string {
	if t.monitoring() {
		return nil
	}
	var hit, risk []string
	for _, l := range t.Lines {
		switch {
		case l.Parted != "":
		case l.State == LineAtRisk:
			risk = append(risk, l.ID)
		default:
			hit = append(hit, l.ID)
		}
	}
	if len(hit) > 0 {
		return hit
	}
	return risk
}

// retested takes a result. Results of other orders are ignored: the last one
// counts.
func (r *run) retested(ev Retested, at moments) {
	rt := r.t.Retest
	if rt == nil || rt.ID != ev.ID || rt.Result == RetestPassed || rt.Result == RetestFailed {
		return
	}
	to, moves := r.wf.Events[OnRetestPassed][r.t.State]
	if !moves {
		return // overtaken: the ticket has gone elsewhere meanwhile
	}
	rt.At, rt.Lines, rt.Again = r.now, ev.Lines, time.Time{}
	rt.Result = overall(ev.Lines)
	e := Entry{Action: Action("retest_" + rt.Result), Fields: resultFields(ev.Lines)}
	switch rt.Result {
	case RetestPassed:
		rt.Tries, rt.Fails = 0, 0
		r.move(to, e, at)
	case RetestFailed:
		rt.Tries = 0
		rt.Fails++
		rt.Again = r.now.Add(min(r.wf.Retest.Again<<min(rt.Fails, 10), longestWait))
		r.t.Restored = time.Time{}
		if to, ok := r.wf.Events[OnRetestFailed][r.t.State]; ok {
			r.move(r.workState(to), e, at)
		} else {
			r.stay(e)
		}
	case RetestInconclusive:
		r.inconclusive(e)
	}
}

// inconclusive tries again by itself; after a few times people hear of it.
func (r *run) inconclusive(e Entry) {
	rt := r.t.Retest
	rt.Result = RetestInconclusive
	rt.Tries++
	rt.Again = r.now.Add(min(r.wf.Retest.Again<<min(max(rt.Tries-r.wf.Retest.Tries, 0), 10), longestWait))
	r.stay(e)
	if rt.Tries == r.wf.Retest.Tries {
		r.stay(Entry{Action: "retest_stuck", Reason: "no_answer_from_watches"})
	}
}

// retestAgain is what happens when the time for another try has come.
func (r *run) retestAgain() {
	rt := r.t.Retest
	rt.Again = time.Time{}
	r.dirty = true
	if _, testing := r.wf.Events[OnRetestPassed][r.t.State]; testing {
		if rt.Result == "" { // nobody answered
			r.inconclusive(Entry{Action: "retest_inconclusive", Reason: "no_answer"})
			return
		}
		r.orderRetest(moments{})
		return
	}
	// Back at work after a failure: if no verdict says that a line is down,
	// the test that failed is the only doubt left, so ask again.
	if to, ok := r.wf.Events[OnCleared][r.t.State]; ok && rt.Result == RetestFailed && !r.t.down() {
		r.t.Suspension = nil
		r.t.Restored = r.now
		r.move(to, Entry{Action: "retest_again", Reason: "nothing_is_down"}, moments{})
	}
}

// overall is the result of all lines: one failure fails, one doubt is doubt.
func overall(lines []LineResult) RetestResult {
	result := RetestPassed
	for _, l := range lines {
		switch l.Result {
		case RetestFailed:
			return RetestFailed
		case RetestPassed:
		default:
			result = RetestInconclusive
		}
	}
	return result
}

// resultFields counts results for the timeline.
func resultFields(lines []LineResult) map[string]string {
	if len(lines) == 0 {
		return nil
	}
	n := map[RetestResult]int{}
	for _, l := range lines {
		n[l.Result]++
	}
	f := map[string]string{}
	for result, count := range n {
		f[string(result)] = strconv.Itoa(count)
	}
	if len(lines) == 1 {
		f["method"], f["detail"] = lines[0].Method, lines[0].Detail
	}
	return f
}
