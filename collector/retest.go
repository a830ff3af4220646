package collector

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/probe"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/collector/watch"
)

// A test ping passes when at least this many of them come back.
const (
	testPings   = 5
	testEnough  = 4
	testGap     = 200 * time.Millisecond
	testTimeout = time.Second
)

// Test probes now, for a re-test or because somebody asks. A line passes only
// if what proves its service passes at each end that has such a proof, and
// nothing that proves access fails; without a proof of service it is
// inconclusive, since good access proves nothing.
func (c *Collector) Test(ctx context.Context, req symptom.TestRequest) symptom.TestResult {
	result := symptom.TestResult{ID: req.ID, Collector: c.cfg.ID, Outcome: symptom.Inconclusive}
	jobs, reason := c.testPlan(req)
	if reason != "" {
		result.Reason, result.At = reason, time.Now().UTC()
		return result
	}
	result.Checks = make([]symptom.Check, len(jobs))
	var running sync.WaitGroup
	for i, job := range jobs {
		running.Go(func() { result.Checks[i] = job(ctx) })
	}
	running.Wait()
	if c.Isolated() {
		result.Reason = "the collector itself is cut off from the network"
	} else {
		result.Outcome, result.Reason = conclude(req, result.Checks)
	}
	result.At = time.Now().UTC()
	return result
}

type testJob func(context.Context) symptom.Check

// testPlan says what is to be asked, or why nothing can be.
func (c *Collector) testPlan(req symptom.TestRequest) (jobs []testJob, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	plan := c.state.Plan()
	if plan == nil {
		return nil, "the collector has no inventory yet"
	}
	id := req.Line
	if id == "" && req.Target.Kind() == symptom.LineSubject {
		id = req.Target.ID()
	}
	if id != "" {
		line, ok := plan.Inventory.Line(id)
		if !ok {
			return nil, fmt.Sprintf("line %s is not in inventory %s", id, plan.Inventory.Revision)
		}
		return c.lineJobs(plan.Inventory, line, req.Test)
	}
	device := req.Target.Device()
	d, ok := plan.Inventory.Device(device)
	if !ok {
		return nil, fmt.Sprintf("%q is neither a line nor on a device of inventory %s", req.Target, plan.Inventory.Revision)
	}
	if req.Test != "poll" && req.Target.Kind() == symptom.DeviceSubject && d.Address.IsValid() {
		check := symptom.Check{Method: string(inventory.Ping), Object: d.Address.String()}
		jobs = append(jobs, c.pingJob(check, d.VRF, d.Address))
	}
	if req.Test == "ping" && len(jobs) == 0 {
		return nil, fmt.Sprintf("%s has no address to ping", req.Target)
	}
	if reporter := c.state.Reporter(device); req.Test != "ping" && reporter != "" {
		check := symptom.Check{Method: watch.MethodPoll, Object: string(req.Target)}
		jobs = append(jobs, c.pollJob(check, reporter, func(s symptom.Subject) bool {
			return s == req.Target || req.Target.Kind() == symptom.DeviceSubject && s.Device() == device
		}))
	}
	if len(jobs) == 0 {
		return nil, fmt.Sprintf("%s cannot be observed from here", req.Target)
	}
	return jobs, ""
}

// lineJobs makes one check per watch. The caller holds the lock.
func (c *Collector) lineJobs(
	inv *inventory.Inventory, line *inventory.Line, test string,
) (jobs []testJob, reason string) {
	for _, w := range inv.WatchesOf(line) {
		check := symptom.Check{Method: string(w.Method), Object: w.Object, End: string(w.End), Proves: string(w.Proves)}
		switch w.Method {
		case inventory.Ping:
			addr, err := netip.ParseAddr(w.Object)
			if err == nil && test != "poll" {
				jobs = append(jobs, c.pingJob(check, w.VRF, addr))
			}
		case inventory.PortState, inventory.OAM:
			ref := inventory.ParsePortRef(w.Object)
			subjects := []symptom.Subject{symptom.Port(ref.Device, ref.Port)}
			if far, ok := inv.FarEnd(ref); ok {
				subjects = append(subjects, symptom.Device(far.ID))
			}
			reporter := w.Reporter
			if reporter == "" {
				reporter = ref.Device
			}
			if test != "ping" && c.state.Agent(reporter) != nil {
				about := func(s symptom.Subject) bool { return slices.Contains(subjects, s) }
				jobs = append(jobs, c.pollJob(check, reporter, about))
			}
		default:
			jobs = append(jobs, func(context.Context) symptom.Check {
				check.Outcome, check.Detail = symptom.Inconclusive, "this collector cannot ask by "+check.Method
				return check
			})
		}
	}
	if len(jobs) == 0 {
		return nil, fmt.Sprintf("line %s has nothing by which it could be tested", line.ID)
	}
	return jobs, ""
}

func (c *Collector) pingJob(check symptom.Check, vrf string, addr netip.Addr) testJob {
	skipped := c.state.Skipped(watch.Endpoint{VRF: vrf, Addr: addr})
	return func(ctx context.Context) symptom.Check {
		check.Outcome = symptom.Inconclusive
		switch {
		case skipped != "":
			check.Detail = skipped
			return check
		case c.engines.Test == nil:
			check.Detail = "no pings on demand here"
			return check
		}
		s, err := c.engines.Test(ctx, addr, testPings, testGap, testTimeout)
		check.Sent, check.Received, check.RTT = s.Sent, s.Received, s.Mean.Seconds()
		switch {
		case err != nil:
			check.Detail = err.Error()
		case s.Sent < testPings:
			check.Detail = fmt.Sprintf("only %d of %d pings could be sent", s.Sent, testPings)
		case s.Received >= testEnough:
			check.Outcome = symptom.Pass
		default:
			check.Outcome = symptom.Fail
			check.Detail = fmt.Sprintf("%d of %d pings answered", s.Received, s.Sent)
		}
		return check
	}
}

// pollJob asks a device and looks at what it says of some subjects.
func (c *Collector) pollJob(check symptom.Check, reporter string, about func(symptom.Subject) bool) testJob {
	return func(ctx context.Context) symptom.Check {
		check.Outcome = symptom.Inconclusive
		r, err := c.engines.Poll.Poll(ctx, reporter)
		if err == nil {
			err = r.Err
		}
		if err != nil {
			check.Detail = err.Error()
			return check
		}
		var bad []string
		seen := false
		for _, s := range r.Samples {
			if !about(s.Subject) {
				continue
			}
			seen = true
			if s.Judgement == probe.Abnormal && slices.Contains(testFails, s.Kind) {
				bad = append(bad, fmt.Sprintf("%s on %s", s.Kind, s.Subject))
			}
		}
		switch {
		case len(bad) > 0:
			check.Outcome, check.Detail = symptom.Fail, strings.Join(bad, ", ")
		case seen:
			check.Outcome = symptom.Pass
		default:
			check.Detail = reporter + " says nothing of it"
		}
		return check
	}
}

// testFails are the kinds that fail a test. The customer's own port being down
// is the customer's business, and a line that has just come back may still have
// errors or a reboot on record.
var testFails = []symptom.Kind{
	symptom.LinkDown, symptom.LOS, symptom.LOF, symptom.AIS, symptom.RDI, symptom.FarEndMissing, symptom.PowerFail,
	symptom.RxPowerLow, symptom.AgentSilent, symptom.SessionDown,
}

// conclude sums up.
func conclude(req symptom.TestRequest, checks []symptom.Check) (symptom.TestOutcome, string) {
	isLine := req.Line != "" || req.Target.Kind() == symptom.LineSubject
	service, passed := 0, 0
	var failed, open []string
	for _, k := range checks {
		if isLine && k.Proves == string(inventory.ProvesManagement) {
			continue // the loss of management alone is no outage
		}
		counts := !isLine || k.Proves == string(inventory.ProvesService)
		if counts {
			service++
		}
		name := strings.TrimSpace(k.Method + " " + k.Object)
		switch k.Outcome {
		case symptom.Fail:
			failed = append(failed, name+": "+k.Detail)
		case symptom.Pass:
			if counts {
				passed++
			}
		default:
			if counts {
				open = append(open, name+": "+k.Detail)
			}
		}
	}
	switch {
	case len(failed) > 0:
		return symptom.Fail, strings.Join(failed, "; ")
	case len(open) > 0:
		return symptom.Inconclusive, strings.Join(open, "; ")
	case service == 0:
		return symptom.Inconclusive, "access is well, but nothing proves the line's service"
	}
	return symptom.Pass, fmt.Sprintf("%d of %d checks passed", passed, service)
}
