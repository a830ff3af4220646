package trap

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os/exec"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/probe"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/configs/secret"
	"github.com/linewarden/linewarden/deploy/lab/wait"
)

// echo says of every trap under .1.3.6.1 but one that it is known, and keeps what it was told.
type echo struct{ heard chan heard }

type heard struct {
	device, oid string
	variables   map[string]any
}

func (e echo) Trap(device, oid string, variables map[string]any, at time.Time) ([]probe.Sample, bool) {
	e.heard <- heard{device, oid, variables}
	return []probe.Sample{{Subject: symptom.Device(device), Kind: symptom.Rebooted, Judgement: probe.Abnormal, At: at,
			Hint: true}},
		oid != ".1.3.6.1.4.1.9.9.9.0.1"
}

type setup struct {
	*Receiver
	addr   netip.AddrPort
	heard  chan heard
	events chan Event
	reg    *prometheus.Registry
	logs   *observer.ObservedLogs
}

func devices(pairs ...string) *inventory.Inventory {
	inv := &inventory.Inventory{}
	for i := 0; i < len(pairs); i += 2 {
		address, vrf, _ := strings.Cut(pairs[i+1], "@")
		inv.Devices = append(inv.Devices, inventory.Device{ID: pairs[i], Address: netip.MustParseAddr(address), VRF: vrf})
	}
	return inv
}

func start(t testing.TB, change func(*Config), inv *inventory.Inventory) *setup {
	t.Helper()
	s := &setup{heard: make(chan heard, 1000), events: make(chan Event, 1000), reg: prometheus.NewRegistry()}
	config := DefaultConfig()
	config.Listen = "127.0.0.1:0"
	config.Communities = []secret.Text{"secret"}
	if change != nil {
		change(&config)
	}
	core, logs := observer.New(zap.WarnLevel)
	s.logs = logs
	r, err := New(config, echo{s.heard}, func(e Event) { s.events <- e }, s.reg, zap.New(core))
	if err != nil {
		t.Fatal(err)
	}
	r.Set(inv)
	s.Receiver = r
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	s.addr = wait.Receive(t, r.Listening(), "the receiver listens")
	return s
}

func (s *setup) counted(t testing.TB, name, reason string) float64 {
	t.Helper()
	families, err := s.reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != "linewarden_traps_"+name+"_total" {
			continue
		}
		for _, m := range f.GetMetric() {
			if reason == "" || has(m, reason) {
				return m.GetCounter().GetValue()
			}
		}
	}
	return 0
}

func has(m *dto.Metric, reason string) bool {
	for _, l := range m.GetLabel() {
		if l.GetValue() == reason {
			return true
		}
	}
	return false
}

func (s *setup) event(t testing.TB) Event {
	t.Helper()
	return wait.Receive(t, s.events, "an event")
}

// snmptrap sends with net-snmp's own program.
func snmptrap(t testing.TB, args ...string) error {
	t.Helper()
	path, err := exec.LookPath("snmptrap")
	if err != nil {
		t.Fatal("net-snmp's snmptrap is needed for this test: apt-get install snmp")
	}
	out, err := exec.CommandContext(t.Context(), path, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

func TestNotificationsOfEveryVersion(t *testing.T) {
	s := start(t, nil, devices("R1", "127.0.0.1"))
	to := s.addr.String()
	ifIndex, ifAdmin := ".1.3.6.1.2.1.2.2.1.1.7", ".1.3.6.1.2.1.2.2.1.7.7"
	for _, c := range []struct {
		what string
		args []string
		oid  string
	}{
		{"v1, generic", []string{"-v1", "-c", "secret", to, "1.3.6.1.4.1.8072", "127.0.0.1", "2", "0", "5", ifIndex, "i",
			"7", ifAdmin, "i", "1"}, ".1.3.6.1.6.3.1.1.5.3"},
		{"v1, specific", []string{"-v1", "-c", "secret", to, "1.3.6.1.4.1.8886.2", "127.0.0.1", "6", "28", "5", ifIndex, "i",
			"7", ifAdmin, "i", "1"}, ".1.3.6.1.4.1.8886.2.0.28"},
		{"v2c", []string{"-v2c", "-c", "secret", to, "5", "1.3.6.1.6.3.1.1.5.3", ifIndex, "i", "7", ifAdmin, "i", "1"},
			".1.3.6.1.6.3.1.1.5.3"},
		{"an inform", []string{"-v2c", "-Ci", "-r0", "-t3", "-c", "secret", to, "5", "1.3.6.1.6.3.1.1.5.4", ifIndex, "i",
			"7", ifAdmin, "i", "1"}, ".1.3.6.1.6.3.1.1.5.4"},
	} {
		t.Run(c.what, func(t *testing.T) {
			if err := snmptrap(t, c.args...); err != nil { // an inform without acknowledgement fails
				t.Fatal(err)
			}
			e := s.event(t)
			if e.Device != "R1" || e.OID != c.oid || len(e.Samples) != 1 || !e.Samples[0].Hint ||
				time.Since(e.At) > time.Minute {
				t.Errorf("event %+v", e)
			}
			got := <-s.heard
			if got.oid != c.oid || got.variables[ifIndex] != int64(7) || got.variables[ifAdmin] != int64(1) {
				t.Errorf("heard %+v", got)
			}
		})
	}
}

func TestValuesOfEveryType(t *testing.T) {
	s := start(t, nil, devices("R1", "127.0.0.1"))
	err := snmptrap(t, "-v2c", "-c", "secret", s.addr.String(), "5", "1.3.6.1.6.3.1.1.5.1",
		".1.3.1", "i", "-7", ".1.3.2", "u", "4000000000", ".1.3.3", "c", "9", ".1.3.4", "C", "18446744073709551615",
		".1.3.5", "s", "GE0/0/7", ".1.3.6", "o", "1.3.6.1", ".1.3.7", "a", "10.1.2.3", ".1.3.8", "t", "77")
	if err != nil {
		t.Fatal(err)
	}
	got := <-s.heard
	for oid, want := range map[string]any{
		".1.3.1": int64(-7), ".1.3.2": uint64(4_000_000_000), ".1.3.3": uint64(9), ".1.3.4": uint64(18446744073709551615),
		".1.3.5": []byte("GE0/0/7"), ".1.3.6": ".1.3.6.1", ".1.3.7": "10.1.2.3", ".1.3.8": uint64(77),
	} {
		if !reflect.DeepEqual(got.variables[oid], want) {
			t.Errorf("%s is %#v, want %#v", oid, got.variables[oid], want)
		}
	}
}

func TestWhoSentIt(t *testing.T) {
	for _, c := range []struct {
		what   string
		inv    *inventory.Inventory
		agent  string
		device string // empty: refused
	}{
		{"the sender's address", devices("R1", "127.0.0.1", "R2", "10.0.0.2"), "10.9.9.9", "R1"},
		{"passed on: the agent's address", devices("R2", "10.0.0.2"), "10.0.0.2", "R2"},
		{"nobody we know", devices("R2", "10.0.0.2"), "10.9.9.9", ""},
		{"an agent that does not know its address", devices("R2", "10.0.0.2"), "0.0.0.0", ""},
		{"an address that two VRFs have", devices("R1", "127.0.0.1@red", "R2", "127.0.0.1@blue"), "127.0.0.1", ""},
		{"an address within and without a VRF", devices("R1", "127.0.0.1@red", "R2", "127.0.0.1"), "127.0.0.1", "R2"},
	} {
		t.Run(c.what, func(t *testing.T) {
			s := start(t, nil, c.inv)
			if err := snmptrap(t, "-v1", "-c", "secret", s.addr.String(), "1.3.6.1.4.1.8072", c.agent, "0", "0",
				"5"); err != nil {
				t.Fatal(err)
			}
			if c.device == "" {
				wait.For(t, "the trap is refused", func() bool { return s.counted(t, "refused", "unknown_sender") == 1 })
				return
			}
			if e := s.event(t); e.Device != c.device || e.OID != ".1.3.6.1.6.3.1.1.5.1" {
				t.Errorf("event %+v", e)
			}
		})
	}
}

func TestForwardedV2TrapNamesItsAgent(t *testing.T) {
	s := start(t, nil, devices("R2", "10.0.0.2"))
	if err := snmptrap(t, "-v2c", "-c", "secret", s.addr.String(), "5", "1.3.6.1.6.3.1.1.5.2", snmpTrapAddress, "a",
		"10.0.0.2"); err != nil {
		t.Fatal(err)
	}
	if e := s.event(t); e.Device != "R2" {
		t.Errorf("event %+v", e)
	}
}

func TestWhatIsRefused(t *testing.T) {
	s := start(t, nil, devices("R1", "127.0.0.1"))
	to := s.addr.String()
	if err := snmptrap(t, "-v2c", "-c", "guess", to, "5", "1.3.6.1.6.3.1.1.5.3"); err != nil {
		t.Fatal(err)
	}
	if err := snmptrap(t, "-v2c", "-Ci", "-r0", "-t1", "-c", "guess", to, "5", "1.3.6.1.6.3.1.1.5.3"); err == nil {
		t.Error("an inform with a wrong community was acknowledged")
	}
	wait.For(t, "both are refused", func() bool { return s.counted(t, "refused", "community") == 2 })
	for _, entry := range s.logs.All() {
		if strings.Contains(fmt.Sprint(entry.ContextMap()), "guess") {
			t.Error("a community was logged")
		}
	}
	if err := snmptrap(t, "-v3", "-e", "0x8000000001020304", "-u", "noc", "-l", "authPriv", "-a", "SHA", "-A",
		"password1", "-x", "AES", "-X", "password2",
		to, "5", "1.3.6.1.6.3.1.1.5.3"); err != nil {
		t.Fatal(err)
	}
	wait.For(t, "what cannot be read for its version is no garbage",
		func() bool { return s.counted(t, "refused", "version") == 1 })
	conn, err := net.Dial("udp4", to)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for i := range 100 {
		fmt.Fprintf(conn, "0\x82garbage %d", i)
	}
	wait.For(t, "the garbage is counted", func() bool { return s.counted(t, "refused", "garbage") == 100 })
	if n := s.logs.FilterField(zap.String("reason", "garbage")).Len(); n != 1 {
		t.Errorf("a hundred pieces of garbage made %d log entries, want 1", n)
	}
	if err := snmptrap(t, "-v2c", "-c", "secret", to, "5", "1.3.6.1.4.1.9.9.9.0.1"); err != nil {
		t.Fatal(err)
	}
	wait.For(t, "a trap that no profile declares is counted",
		func() bool { return s.counted(t, "refused", "unknown_trap") == 1 })
	if err := snmptrap(t, "-v2c", "-c", "secret", to, "5", "1.3.6.1.6.3.1.1.5.3"); err != nil {
		t.Fatal(err)
	}
	if e := s.event(t); e.OID != ".1.3.6.1.6.3.1.1.5.3" {
		t.Errorf("after all that, event %+v", e)
	}
}

func TestFloodOfOneDeviceBecomesAPoll(t *testing.T) {
	s := start(t, func(c *Config) { c.Rate, c.Burst = 1, 5 }, devices("R1", "127.0.0.1"))
	now := time.Now()
	from := netip.MustParseAddrPort("127.0.0.1:40000")
	// The bytes do not matter: who sends too much is turned away before.
	read, polls := 0, 0
	for i := range 60 {
		before := len(s.events)
		s.receive([]byte("x"), from, now.Add(time.Duration(i)*50*time.Millisecond))
		if len(s.events) > before {
			polls++
		}
	}
	read = int(s.counted(t, "refused", "garbage"))
	if read < 5 || read > 8 {
		t.Errorf("%d of 60 traps in three seconds were read, want the burst of 5 and 1 a second", read)
	}
	if polls < 2 || polls > 3 {
		t.Errorf("%d polls were asked for, want one a second", polls)
	}
	if e := <-s.events; e.Device != "R1" || e.OID != "" || len(e.Samples) > 0 {
		t.Errorf("event %+v", e)
	}
}

func TestPortThatIsTaken(t *testing.T) {
	s := start(t, nil, devices())
	r, err := New(Config{Listen: s.addr.String(), Rate: 1, Burst: 1}, echo{}, func(Event) {}, nil, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Run(t.Context()); err == nil || !strings.Contains(err.Error(), s.addr.String()) {
		t.Errorf("got %v, want an error that names the address", err)
	}
}

func FuzzDecode(f *testing.F) {
	variables := []gosnmp.SnmpPDU{
		{Name: snmpTrapOID, Type: gosnmp.ObjectIdentifier, Value: ".1.3.6.1.6.3.1.1.5.3"},
		{Name: ".1.3.6.1.2.1.2.2.1.1.7", Type: gosnmp.Integer, Value: 7},
		{Name: ".1.3.6.1.2.1.31.1.1.1.1.7", Type: gosnmp.OctetString, Value: "GE0/0/7"},
		{Name: ".1.3.6.1.2.1.31.1.1.1.6.7", Type: gosnmp.Counter64, Value: uint64(1) << 63},
	}
	for _, p := range []gosnmp.SnmpPacket{
		{Version: gosnmp.Version2c, Community: "secret", PDUType: gosnmp.SNMPv2Trap, Variables: variables},
		{Version: gosnmp.Version2c, Community: "secret", PDUType: gosnmp.InformRequest, RequestID: 77, Variables: variables},
		{Version: gosnmp.Version1, Community: "secret", PDUType: gosnmp.Trap, Variables: variables,
			SnmpTrap: gosnmp.SnmpTrap{Enterprise: ".1.3.6.1.4.1.8886.2", AgentAddress: "127.0.0.1", GenericTrap: 6,
				SpecificTrap: 28}},
	} {
		seed, err := p.MarshalMsg()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(seed)
	}
	f.Add([]byte("0\x03\x02\x01\x03"))
	f.Add([]byte{})
	r, err := New(DefaultConfig(), echo{make(chan heard, 1)}, func(Event) {}, nil, zap.NewNop())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, datagram []byte) {
		before := string(datagram)
		n, err := decode(r.parser, datagram)
		if string(datagram) != before {
			t.Error("decoding changed its input")
		}
		if err != nil {
			return
		}
		if n.oid == "" || n.variables == nil {
			t.Errorf("accepted a notification without a name: %+v", n)
		}
		if n.acknowledgement != nil && len(n.acknowledgement) != len(datagram) {
			t.Error("the acknowledgement is not the inform")
		}
	})
}
