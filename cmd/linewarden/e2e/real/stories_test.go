package real

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/linewarden/linewarden/cmd/linewarden/e2e/kit"
)

// Somebody digs through the fibre to the hospital. The access router tells of
// its port, the CPE is silent: the tail, or the customer's power. Everything
// before it is proven good.
func TestRealAccessLinkCut(t *testing.T) {
	net, noc := watch(t)

	cut := net.Cut("TAIL-HOSP")
	net.ExpectPort("TAIL-HOSP", "AN-01", "up", "down")
	net.ExpectPort("TAIL-HOSP", "CPE-HOSP", "up", "down")

	network := noc.ExpectNetworkTicket(func(k kit.Ticket, a kit.Alarm) error {
		return firstOf(
			oneOf("domain", k.FaultDomain, "tail", "premises"),
			oneOf("owner", k.Owner(), "support"),
			rootsAmong(k, "link/TAIL-HOSP", "cable/TAIL-HOSP", "port/AN-01/to-cpe-hosp", "device/CPE-HOSP", "power/CS-HOSP"),
			exactly("lines", k.Lines(), "LN-HOSP"),
		)
	})
	service := noc.ExpectServiceTickets("LN-HOSP")[0]
	expectClockFrom(t, service, cut)

	healed := net.Heal()
	network, service = noc.AwaitState(network.ID, "confirm"), noc.AwaitState(service.ID, "confirm")
	expectResolved(t, network, service)
	noc.ExpectRetested(network, service)
	noc.ExpectOutage("LN-HOSP", cut, healed)
}

// A core router loses every link at once. The bank behind it is out of service;
// the others have another way round.
func TestRealCoreRouterCutOff(t *testing.T) {
	net, noc := watch(t)

	cut := net.CutOff("CR-03")
	net.ExpectPort("CORE-13", "CR-01", "up", "down")

	network := noc.ExpectNetworkTicket(func(k kit.Ticket, a kit.Alarm) error {
		if !slices.Contains(k.Roots(), "device/CR-03") {
			return fmt.Errorf("roots %v do not name device/CR-03", k.Roots())
		}
		return firstOf(
			oneOf("domain", k.FaultDomain, "core"),
			oneOf("owner", k.Owner(), "data"),
			rootsAmong(k, "device/CR-03", "power/ST-WEST", "link/CORE-13", "link/CORE-23", "link/TRUNK-2"),
			exactly("lines", k.Lines(), "LN-BANK"),
		)
	})
	service := noc.ExpectServiceTickets("LN-BANK")[0]

	healed := net.Heal()
	network, service = noc.AwaitState(network.ID, "confirm"), noc.AwaitState(service.ID, "confirm")
	expectResolved(t, network, service)
	noc.ExpectRetested(network, service)
	noc.ExpectOutage("LN-BANK", cut, healed)
}

// A fibre of the access ring breaks and OSPF takes the other way round: nobody
// is out of service, but the next break would hurt.
func TestRealRingLinkCut(t *testing.T) {
	lostProtection(t, "RING-1", "AG-01", "LN-HOSP", "LN-MACH")
}

// The same in the core's routed area.
func TestRealCoreLinkCut(t *testing.T) {
	lostProtection(t, "CORE-13", "CR-03", "LN-BANK")
}

func lostProtection(t *testing.T, link, device string, atRisk ...string) {
	t.Helper()
	net, noc := watch(t)

	net.Cut(link)
	net.ExpectPort(link, device, "up", "down")
	net.ExpectReaches(addresses()...)

	network := noc.ExpectNetworkTicket(func(k kit.Ticket, a kit.Alarm) error {
		if a.ServiceAffecting {
			return fmt.Errorf("the fault says that it affects service")
		}
		return firstOf(
			oneOf("outcome", a.SpecificProblem, "lost_protection"),
			rootsAmong(k, "link/"+link),
			exactly("lines at risk", k.Lines(), atRisk...),
		)
	})
	noc.ExpectServiceTickets()
	net.Heal()
	noc.AwaitState(network.ID, "confirm", "quality")
	noc.ExpectServiceTickets()
	noc.ExpectNoOutage()
}

// An administrator shuts a port that nobody needs, and opens it again.
func TestRealPortShutInTheCore(t *testing.T) {
	shut(t, "CORE-12", "CR-01", "CR-02")
}

// An administrator shuts a port of the ring: traffic goes the other way, and it
// was his decision.
func TestRealPortShutInTheRing(t *testing.T) {
	shut(t, "RING-12", "AG-01", "AG-02")
}

func shut(t *testing.T, link, device, other string) {
	t.Helper()
	net, noc := watch(t)
	for far, oper := range map[farEnd]string{farEndLit: "up", farEndDark: "down"} {
		net.Shut(link, device, far)
		net.ExpectPort(link, device, "down", "down")
		net.ExpectPort(link, other, "up", oper)
		net.ExpectReaches(addresses()...)
		noc.ExpectNoTicket(twoRounds)
		net.Heal()
		noc.ExpectAllWell()
	}
	noc.ExpectNoTicket(3 * time.Second)
	noc.ExpectNoOutage()
}

// The management address of a CPE is gone, its customer's traffic is not.
func TestRealManagementAddressLost(t *testing.T) {
	net, noc := watch(t)

	net.LoseManagement("CPE-MACH")
	noc.ExpectSymptom("unreachable", "device/CPE-MACH")
	noc.ExpectNoTicket(twoRounds)
	net.Heal()
	noc.ExpectAllWell()
	noc.ExpectNoOutage()
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func oneOf(what, got string, want ...string) error {
	if !slices.Contains(want, got) {
		return fmt.Errorf("%s is %q, want %v", what, got, want)
	}
	return nil
}

func exactly(what string, got []string, want ...string) error {
	if !slices.Equal(got, want) {
		return fmt.Errorf("%s are %v, want %v", what, got, want)
	}
	return nil
}

// rootsAmong: something is named, and nothing that is proven good.
func rootsAmong(k kit.Ticket, allowed ...string) error {
	roots := k.Roots()
	if len(roots) == 0 {
		return fmt.Errorf("no root is named")
	}
	for _, r := range roots {
		if !slices.Contains(allowed, r) {
			return fmt.Errorf("%s is named as a root", r)
		}
	}
	return nil
}

// around: the start of a fault is its first unanswered ping's sending or the
// last good one before it, at a second's interval.
func around(got, want time.Time) bool {
	d := got.Sub(want)
	return d > -2*time.Second && d < 3*time.Second
}

func expectClockFrom(t *testing.T, k kit.Ticket, at time.Time) {
	t.Helper()
	for _, c := range k.Clock {
		if c.Name == "restore" {
			if !around(c.Started, at) {
				t.Errorf("%s: restore runs from %s, the cut was at %s", k.ID, c.Started, at)
			}
			return
		}
	}
	t.Errorf("%s has no restore clock: %+v", k.ID, k.Clock)
}

// expectResolved: the service is back, and its customer's clock stands.
func expectResolved(t *testing.T, tickets ...kit.Ticket) {
	t.Helper()
	for _, k := range tickets {
		if k.Status != "resolved" {
			t.Errorf("%v is not resolved", k)
		}
		for _, c := range k.Clock {
			if c.Name == "restore" && c.Stopped.IsZero() {
				t.Errorf("%s: restore still runs", k.ID)
			}
		}
	}
}
