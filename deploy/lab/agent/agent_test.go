package agent

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/linewarden/linewarden/deploy/lab/ber"
	"github.com/linewarden/linewarden/deploy/lab/plan"
	"github.com/linewarden/linewarden/deploy/lab/world"
)

var update = flag.Bool("update", false, "write the golden files anew")

var start = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

func newAgent(t testing.TB) *Agent {
	t.Helper()
	net, err := plan.Generate(20, 1)
	if err != nil {
		t.Fatal(err)
	}
	return New(world.New(net, start))
}

func (a *Agent) device(t testing.TB, v plan.Vendor) int {
	t.Helper()
	for i, d := range a.world.Net.Devices {
		if d.Vendor == v {
			return i
		}
	}
	t.Fatalf("no device of vendor %d", v)
	return 0
}

// ask sends a request that gosnmp encoded and decodes the answer with gosnmp:
// neither side trusts the codec under test.
func ask(t testing.TB, a *Agent, dev int, pdu gosnmp.PDUType, second uint32, oids ...string) *gosnmp.SnmpPacket {
	t.Helper()
	p := gosnmp.SnmpPacket{Version: gosnmp.Version2c, Community: string(a.community), PDUType: pdu, RequestID: 4711,
		MaxRepetitions: second}
	for _, o := range oids {
		p.Variables = append(p.Variables, gosnmp.SnmpPDU{Name: o, Type: gosnmp.Null})
	}
	msg, err := p.MarshalMsg()
	if err != nil {
		t.Fatal(err)
	}
	out := a.Answer(dev, msg, make([]byte, MaxMessage), start)
	if out == nil {
		t.Fatalf("no answer to %v %v", pdu, oids)
	}
	got, err := (&gosnmp.GoSNMP{Version: gosnmp.Version2c}).SnmpDecodePacket(out)
	if err != nil {
		t.Fatalf("gosnmp cannot read the answer: %v", err)
	}
	if got.RequestID != 4711 || got.PDUType != gosnmp.GetResponse {
		t.Fatalf("answer has request id %d, type %v", got.RequestID, got.PDUType)
	}
	return got
}

func show(v gosnmp.SnmpPDU) string {
	switch x := v.Value.(type) {
	case []byte:
		if bytes.ContainsFunc(x, func(r rune) bool { return r == 0xfffd || r < ' ' && r != '\n' && r != '\r' }) {
			return fmt.Sprintf("%s = %v: %x", v.Name, v.Type, x)
		}
		return fmt.Sprintf("%s = %v: %q", v.Name, v.Type, x)
	default:
		return fmt.Sprintf("%s = %v: %v", v.Name, v.Type, x)
	}
}

func walk(t *testing.T, a *Agent, dev int) (out []string) {
	for at := ".1.3"; ; {
		v := ask(t, a, dev, gosnmp.GetNextRequest, 0, at).Variables[0]
		if v.Type == gosnmp.EndOfMibView {
			return out
		}
		out = append(out, show(v))
		at = v.Name
	}
}

var vendors = map[string]plan.Vendor{"huawei": plan.Huawei, "raisecom": plan.Raisecom, "rcft": plan.RCFT,
	"h3c": plan.H3C}

func TestWalksAreAsRecorded(t *testing.T) {
	a := newAgent(t)
	for name, v := range vendors {
		got := strings.Join(walk(t, a, a.device(t, v)), "\n") + "\n"
		file := filepath.Join("testdata", name+".walk")
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s: the walk differs from %s (-update writes it anew)\n%s", name, file, firstDifference(got, string(want)))
		}
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d:\n got %s\nwant %s", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(g), len(w))
}

func TestBulkGivesWhatGetNextGives(t *testing.T) {
	a := newAgent(t)
	for name, v := range vendors {
		dev := a.device(t, v)
		want := walk(t, a, dev)
		for _, repetitions := range []uint32{1, 7, 50, 2000} {
			var got []string
			for at := ".1.3"; at != ""; {
				answer := ask(t, a, dev, gosnmp.GetBulkRequest, repetitions, at)
				if len(answer.Variables) == 0 {
					t.Fatalf("%s: an empty answer", name)
				}
				for _, v := range answer.Variables {
					if at = v.Name; v.Type == gosnmp.EndOfMibView {
						at = ""
						break
					}
					got = append(got, show(v))
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s by %d: %d variables, want %d", name, repetitions, len(got), len(want))
			}
		}
	}
}

func TestALongBulkAnswerFitsIntoAFrame(t *testing.T) {
	a := newAgent(t)
	p := gosnmp.SnmpPacket{Version: gosnmp.Version2c, Community: string(a.community), PDUType: gosnmp.GetBulkRequest,
		MaxRepetitions: 1000,
		Variables:      []gosnmp.SnmpPDU{{Name: ".1.3.6.1.2.1", Type: gosnmp.Null}}}
	msg, err := p.MarshalMsg()
	if err != nil {
		t.Fatal(err)
	}
	out := a.Answer(a.device(t, plan.Huawei), msg, make([]byte, 65536), start)
	if len(out) > MaxMessage || len(out) < MaxMessage-100 {
		t.Errorf("%d bytes, want nearly %d", len(out), MaxMessage)
	}
}

func TestMissingThingsAreNamedAsTheRFCSays(t *testing.T) {
	a := newAgent(t)
	got := ask(t, a, 0, gosnmp.GetRequest, 0, ".1.3.6.1.2.1.1.5.0", ".1.3.6.1.2.1.2.2.1.8.9999",
		".1.3.6.1.2.1.99.1.1.1.4.1",
		".1.3.6.1.2.1.1.5.1", ".1.3.6.1.2.1.1.9.0", ".1.3.6.1.2.1.2.2.7").Variables
	for i, want := range []gosnmp.Asn1BER{
		gosnmp.OctetString, gosnmp.NoSuchInstance, gosnmp.NoSuchObject,
		gosnmp.NoSuchInstance, gosnmp.NoSuchObject, gosnmp.NoSuchObject,
	} {
		if got[i].Type != want {
			t.Errorf("%s is %v, want %v", got[i].Name, got[i].Type, want)
		}
	}
}

func TestNothingCanBeSet(t *testing.T) {
	a := newAgent(t)
	if got := ask(t, a, 0, gosnmp.SetRequest, 0, ".1.3.6.1.2.1.1.5.0"); got.Error != gosnmp.NotWritable ||
		got.ErrorIndex != 1 {
		t.Errorf("error %v at %d", got.Error, got.ErrorIndex)
	}
}

func TestAGetThatDoesNotFitIsTooBig(t *testing.T) {
	a := newAgent(t)
	oids := slices.Repeat([]string{".1.3.6.1.2.1.1.1.0"}, 50)
	if got := ask(t, a, 0, gosnmp.GetRequest, 0, oids...); got.Error != gosnmp.TooBig || len(got.Variables) != 0 {
		t.Errorf("error %v with %d variables", got.Error, len(got.Variables))
	}
}

func TestStrangersGetNoAnswer(t *testing.T) {
	a := newAgent(t)
	for name, p := range map[string]gosnmp.SnmpPacket{
		"wrong community": {Version: gosnmp.Version2c, Community: "public", PDUType: gosnmp.GetRequest},
		"version 1":       {Version: gosnmp.Version1, Community: string(a.community), PDUType: gosnmp.GetRequest},
		"a response":      {Version: gosnmp.Version2c, Community: string(a.community), PDUType: gosnmp.GetResponse},
	} {
		p.Variables = []gosnmp.SnmpPDU{{Name: ".1.3.6.1.2.1.1.5.0", Type: gosnmp.Null}}
		msg, err := p.MarshalMsg()
		if err != nil {
			t.Fatal(err)
		}
		if out := a.Answer(0, msg, make([]byte, MaxMessage), start); out != nil {
			t.Errorf("%s: answered %x", name, out)
		}
	}
}

func TestAFaultShowsInTheTables(t *testing.T) {
	a := newAgent(t)
	w := a.world
	fe := slices.IndexFunc(w.Net.Devices, func(d plan.Device) bool { return d.NearEnd != plan.None })
	near := w.Net.Devices[fe].NearEnd
	chassis := w.Net.Ports[near].Device
	slot := strings.ReplaceAll(w.Net.Ports[near].Name, "/", ".")
	read := func() (values []int) {
		for _, column := range []int{14, 34, 37, 40} {
			v := ask(t, a, chassis, gosnmp.GetRequest, 0, fmt.Sprintf(".1.3.6.1.4.1.8886.2.1.5.1.1.%d.%s", column,
				slot)).Variables[0]
			values = append(values, v.Value.(int))
		}
		return values
	}
	if got := read(); !slices.Equal(got, []int{1, 1, 1, 1}) {
		t.Errorf("healthy: %v", got)
	}
	if _, err := w.Inject(start, world.Fault{Subject: "link/" + w.Net.Links[w.Net.Ports[near].Link].ID,
		Action: world.Cut}); err != nil {
		t.Fatal(err)
	}
	if got := read(); !slices.Equal(got, []int{2, 2, 2, 2}) {
		t.Errorf("cut: %v", got)
	}
}

// decodeTrap reads a notification as gosnmp does.
func decodeTrap(t *testing.T, a *Agent, tr world.Trap) (name string, vars []string) {
	t.Helper()
	msg := a.Trap(tr, 99, make([]byte, MaxMessage), start.Add(time.Minute))
	p, err := (&gosnmp.GoSNMP{Version: gosnmp.Version2c, Community: string(a.community)}).UnmarshalTrap(msg, false)
	if err != nil {
		t.Fatal(err)
	}
	if p.Variables[0].Name != ".1.3.6.1.2.1.1.3.0" || p.Variables[0].Value.(uint32) == 0 {
		t.Errorf("the first variable is %s", show(p.Variables[0]))
	}
	if p.Variables[1].Name != ".1.3.6.1.6.3.1.1.4.1.0" {
		t.Errorf("the second variable is %s", show(p.Variables[1]))
	}
	for _, v := range p.Variables[2:] {
		vars = append(vars, show(v))
	}
	return p.Variables[1].Value.(string), vars
}

func TestTrapsSayWhatTheirMIBsSay(t *testing.T) {
	a := newAgent(t)
	w := a.world
	fe := slices.IndexFunc(w.Net.Devices, func(d plan.Device) bool { return d.NearEnd != plan.None })
	near := w.Net.Devices[fe].NearEnd
	chassis := w.Net.Ports[near].Device
	if _, err := w.Inject(start, world.Fault{Subject: "device/" + w.Net.Devices[fe].ID,
		Action: world.Poweroff}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		trap world.Trap
		name string
		vars []string
	}{
		{world.Trap{Kind: world.ColdStart, Device: 0, Port: plan.None}, ".1.3.6.1.6.3.1.1.5.1", nil},
		{world.Trap{Kind: world.LinkDown, Device: 0, Port: w.Net.Devices[0].Ports[0]}, ".1.3.6.1.6.3.1.1.5.3", []string{
			".1.3.6.1.2.1.2.2.1.1.5 = Integer: 5", ".1.3.6.1.2.1.2.2.1.7.5 = Integer: 1",
			".1.3.6.1.2.1.2.2.1.8.5 = Integer: 2"}},
		{world.Trap{Kind: world.LinkUp, Device: 0, Port: w.Net.Devices[0].Ports[0]}, ".1.3.6.1.6.3.1.1.5.4", []string{
			".1.3.6.1.2.1.2.2.1.1.5 = Integer: 5", ".1.3.6.1.2.1.2.2.1.7.5 = Integer: 1",
			".1.3.6.1.2.1.2.2.1.8.5 = Integer: 1"}},
		{world.Trap{Kind: world.FarEndLost, Device: chassis, Port: near, Value: 2}, ".1.3.6.1.4.1.8886.2.0.28", []string{
			".1.3.6.1.4.1.8886.2.1.5.1.1.37.1.1 = Integer: 2"}},
		{world.Trap{Kind: world.FarEndBack, Device: chassis, Port: near, Value: 1}, ".1.3.6.1.4.1.8886.2.0.30", []string{
			".1.3.6.1.4.1.8886.2.1.5.1.1.37.1.1 = Integer: 1"}},
		{world.Trap{Kind: world.SlotOptical, Device: chassis, Port: near, Value: 2}, ".1.3.6.1.4.1.8886.2.0.8", []string{
			".1.3.6.1.4.1.8886.2.1.5.1.1.14.1.1 = Integer: 2"}},
		{world.Trap{Kind: world.CustomerPort, Device: chassis, Port: near, Value: 2}, ".1.3.6.1.4.1.8886.2.0.7", []string{
			".1.3.6.1.4.1.8886.2.1.5.1.1.40.1.1 = Integer: 2"}},
	} {
		name, vars := decodeTrap(t, a, c.trap)
		if name != c.name || !slices.Equal(vars, c.vars) {
			t.Errorf("trap %d: %s %q\nwant %s %q", c.trap.Kind, name, vars, c.name, c.vars)
		}
	}
	name, vars := decodeTrap(t, a, world.Trap{Kind: world.DyingGasp, Device: chassis, Port: near, Value: 1})
	want := []string{"2.101.1", "3.101.1", "4.101.1 = Gauge32: 257", "5.101.1 = Integer: 2", "12.101.1 = Gauge32: 1"}
	if name != ".1.3.6.1.2.1.158.0.2" || len(vars) != len(want) {
		t.Fatalf("last gasp: %s %q", name, vars)
	}
	for i := range want {
		if !strings.Contains(vars[i], ".1.3.6.1.2.1.158.1.6.1."+want[i]) {
			t.Errorf("variable %d is %s, want %s", i, vars[i], want[i])
		}
	}
}

func FuzzAnswer(f *testing.F) {
	a := newAgent(f)
	for _, pdu := range []gosnmp.PDUType{gosnmp.GetRequest, gosnmp.GetNextRequest, gosnmp.GetBulkRequest,
		gosnmp.SetRequest} {
		p := gosnmp.SnmpPacket{Version: gosnmp.Version2c, Community: string(a.community), PDUType: pdu, RequestID: 1,
			MaxRepetitions: 20,
			Variables: []gosnmp.SnmpPDU{{Name: ".1.3.6.1.2.1.2.2.1.8.5", Type: gosnmp.Null},
				{Name: ".1.3.6.1.4.1", Type: gosnmp.Null}}}
		msg, err := p.MarshalMsg()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(msg)
	}
	buf := make([]byte, MaxMessage)
	f.Fuzz(func(t *testing.T, msg []byte) {
		out := a.Answer(0, msg, buf, start)
		if out == nil {
			return
		}
		r := ber.Reader(out)
		if _, err := r.Expect(ber.Sequence); err != nil || len(r) > 0 {
			t.Fatalf("%x was answered with %x", msg, out)
		}
		if _, err := (&gosnmp.GoSNMP{Version: gosnmp.Version2c}).SnmpDecodePacket(out); err != nil {
			t.Fatalf("%x was answered with what gosnmp cannot read: %v", msg, err)
		}
	})
}

func BenchmarkGet10(b *testing.B) {
	a := newAgent(b)
	p := gosnmp.SnmpPacket{Version: gosnmp.Version2c, Community: string(a.community), PDUType: gosnmp.GetRequest,
		RequestID: 1}
	for i := range 10 {
		p.Variables = append(p.Variables, gosnmp.SnmpPDU{Name: fmt.Sprintf(".1.3.6.1.2.1.2.2.1.%d.5", 5+i),
			Type: gosnmp.Null})
	}
	msg, err := p.MarshalMsg()
	if err != nil {
		b.Fatal(err)
	}
	buf := make([]byte, MaxMessage)
	for b.Loop() {
		a.Answer(0, msg, buf, start)
	}
}

func BenchmarkBulk50(b *testing.B) {
	a := newAgent(b)
	p := gosnmp.SnmpPacket{Version: gosnmp.Version2c, Community: string(a.community), PDUType: gosnmp.GetBulkRequest,
		RequestID: 1, MaxRepetitions: 50,
		Variables: []gosnmp.SnmpPDU{{Name: ".1.3.6.1.2.1.2.2.1.8", Type: gosnmp.Null}}}
	msg, err := p.MarshalMsg()
	if err != nil {
		b.Fatal(err)
	}
	buf := make([]byte, MaxMessage)
	for b.Loop() {
		a.Answer(0, msg, buf, start)
	}
}
