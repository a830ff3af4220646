package replay

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/correlator/verdict"
)

const (
	customers = "id,name,grade\nC1,Hospital,gold\nC2,Tea House,standard\n"
	sites     = "id,name,kind\nS-CORE,Core,exchange\nS-ACC,North,exchange\nS-H,Hospital,customer\nS-T,Tea House,customer\n"
	devices   = `id,name,kind,site,layer,technology,address,near_end
CR1,core 1,router,S-CORE,core,data,198.18.0.1,
AN1,access 1,mstp,S-ACC,trunk,transmission,198.18.0.2,
CH1,chassis,chassis,S-ACC,tail,access,198.18.0.4,
FE1,far end,transceiver,S-H,premises,access,,CH1/1/5
FE2,far end,transceiver,S-T,premises,access,,CH1/1/6
CPE1,hospital,cpe,S-H,premises,data,198.18.1.1,
CPE2,tea house,cpe,S-T,premises,data,198.18.1.2,
`
	links = `id,a,z,layer,medium,cables
L-CR1-AN1,CR1/GE0/0/1,AN1/1,trunk,fiber,CBL-1
L-AN1-CH1,AN1/3,CH1/up,trunk,internal,
L-CH1-FE1,CH1/1/5,FE1/opt,tail,fiber,CBL-5
L-CH1-FE2,CH1/1/6,FE2/opt,tail,fiber,CBL-5
L-FE1-CPE1,FE1/eth,CPE1/wan,premises,copper,
L-FE2-CPE2,FE2/eth,CPE2/wan,premises,copper,
`
	lines = `id,customer,product,grade,a,z,target
LN-1,C1,internet,AAA,CPE1/lan,CR1,198.19.1.1
LN-2,C2,internet,standard,CPE2/lan,CR1,198.19.1.2
`
	cut = `{"at":"2026-11-22T12:00:00Z","observer":"collector/c1","subject":"port/CH1/1/5","kind":"los","state":"raised"}
{"at":"2026-11-22T12:00:00.1Z","observer":"collector/c1","subject":"port/CH1/1/6","kind":"los","state":"raised"}
{"at":"2026-11-22T12:00:00.4Z","observer":"collector/c1","subject":"line/LN-1","kind":"unreachable","state":"raised","since":"2026-11-22T11:59:59.5Z"}
{"at":"2026-11-22T12:00:00.5Z","observer":"collector/c1","subject":"line/LN-2","kind":"unreachable","state":"raised"}
{"at":"2026-11-22T12:00:12Z","kind":"swept","subject":"station/default","sweep_started":"2026-11-22T12:00:02Z"}
{"at":"2026-11-22T12:10:00Z","observer":"collector/c1","subject":"port/CH1/1/5","kind":"los","state":"cleared"}
{"at":"2026-11-22T12:10:00Z","observer":"collector/c1","subject":"port/CH1/1/6","kind":"los","state":"cleared"}
{"at":"2026-11-22T12:10:01Z","observer":"collector/c1","subject":"line/LN-1","kind":"unreachable","state":"cleared"}
{"at":"2026-11-22T12:10:01Z","observer":"collector/c1","subject":"line/LN-2","kind":"unreachable","state":"cleared"}
`
)

func village(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"customers.csv": customers, "sites.csv": sites, "devices.csv": devices, "links.csv": links, "lines.csv": lines} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func run(t *testing.T, input string) []verdict.Verdict {
	t.Helper()
	var out bytes.Buffer
	c := Cmd{Inventory: village(t), Symptoms: "-"}
	if err := c.Run(strings.NewReader(input), &out, Notes{io.Discard}); err != nil {
		t.Fatal(err)
	}
	var all []verdict.Verdict
	for _, line := range strings.Split(strings.TrimSpace(out.String()), "\n") {
		var v verdict.Verdict
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		all = append(all, v)
	}
	return all
}

func TestACutCableIsReplayed(t *testing.T) {
	all := run(t, cut)
	v, last := all[0], all[len(all)-1]
	if v.Version != 1 || v.FaultDomain != verdict.Tail || v.Roots[0].Subject != "cable/CBL-5" || len(v.Lines.Down) != 2 {
		t.Errorf("first verdict: %+v", v)
	}
	if got := last.Started.Format("15:04:05.0"); got != "11:59:59.5" {
		t.Errorf("started %s, want the first missed probe at 11:59:59.5", got)
	}
	if last.ID != v.ID || last.State != verdict.Cleared {
		t.Errorf("last verdict: %+v", last)
	}
}

func TestTheSameInputGivesTheSameOutput(t *testing.T) {
	c := Cmd{Inventory: village(t), Symptoms: "-"}
	var a, b bytes.Buffer
	for _, out := range []*bytes.Buffer{&a, &b} {
		if err := c.Run(strings.NewReader(cut), out, Notes{io.Discard}); err != nil {
			t.Fatal(err)
		}
	}
	if a.String() != b.String() {
		t.Errorf("differs:\n%s\n%s", a.String(), b.String())
	}
}

func TestBadLinesNameFileLineAndWhatWasExpected(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{`{"at":"2026-11-22T12:00:00Z"`, "unexpected EOF"},
		{`{"observer":"collector/c1","subject":"device/CR1","kind":"los","state":"raised"}`, "at is missing"},
		{`{"at":"2026-11-22T12:00:00Z","observer":"collector/c1","subject":"device/CR1","kind":"lost","state":"raised"}`, "not a kind of symptom"},
		{`{"at":"2026-11-22T12:00:00Z","observer":"me","subject":"device/CR1","kind":"los","state":"raised"}`, "observer"},
		{`{"at":"2026-11-22T12:00:00Z","observer":"collector/c1","subject":"device/CR1","kind":"los","state":"up"}`, "want raised or cleared"},
		{`{"at":"2026-11-22T12:00:00Z","observer":"collector/c1","subject":"device/CR1","kind":"los","state":"raised","color":1}`, "unknown field"},
		{`{"at":"2026-11-22T12:00:00Z","subject":"device/CR1","kind":"los","state":"raised"}`, "observer is missing"},
		{`{"at":"2026-11-22T12:00:00Z","observer":"collector/c1","kind":"los","state":"raised"}`, "subject is missing"},
		{`{"at":"9999-11-22T12:00:00Z","observer":"collector/c1","subject":"device/CR1","kind":"los","state":"raised"}`, "out of range"},
		{strings.Repeat("x", maxLine+1), "without a line break"},
		{`{"at":"2026-11-22T12:00:00Z","kind":"swept","subject":"station/default"}`, "sweep_started is missing"},
		{`{"at":"2026-11-22T12:00:00Z","kind":"swept","subject":"station/x","sweep_started":"2026-11-22T12:00:00Z"}`, "no such station"},
		{`{"at":"2026-11-22T12:00:00Z","kind":"swept","subject":"device/CR1","sweep_started":"2026-11-22T12:00:00Z"}`, "want station/ID"},
	} {
		err := (&Cmd{Inventory: village(t), Symptoms: "-"}).Run(strings.NewReader("\n"+c.line+"\n"), &bytes.Buffer{}, Notes{io.Discard})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "stdin:2: ") {
			t.Errorf("%s: %v, want stdin:2 and %q", c.line, err, c.want)
		}
	}
}

func TestPlannedWorkIsReadFromAnArrayOrLines(t *testing.T) {
	for _, text := range []string{
		`[{"id":"W","subjects":["cable/CBL-5"],"from":"2026-11-22T11:00:00Z","to":"2026-11-22T12:05:00Z"}]`,
		`{"id":"W","subjects":["cable/CBL-5"],"from":"2026-11-22T11:00:00Z","to":"2026-11-22T12:05:00Z"}` + "\n",
	} {
		file := filepath.Join(t.TempDir(), "work.json")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := (&Cmd{Inventory: village(t), Symptoms: "-", Maintenance: file}).Run(strings.NewReader(cut), &out, Notes{io.Discard}); err != nil {
			t.Fatal(err)
		}
		if first, _, _ := strings.Cut(out.String(), "\n"); !strings.Contains(first, `"outcome":"maintenance"`) {
			t.Errorf("not taken for planned work: %s", first)
		}
		if !strings.Contains(out.String(), `"outcome":"root"`) {
			t.Errorf("what outlives the window is a fault: %s", out.String())
		}
	}
	trailing := `{"id":"W","subjects":["cable/CBL-5"],"from":"2026-11-22T11:00:00Z","to":"2026-11-22T12:05:00Z"} x`
	if _, err := Windows([]byte(trailing), "work.json"); err == nil || !strings.Contains(err.Error(), "work.json:1: ") {
		t.Errorf("want file and line of what follows the object: %v", err)
	}
	if _, err := Windows([]byte(`{"id":"W"}`), "work.json"); err == nil || !strings.Contains(err.Error(), "work.json:1: ") {
		t.Errorf("want file and line: %v", err)
	}
}

func TestWhatTheInventoryDoesNotKnowIsNoted(t *testing.T) {
	var out, notes bytes.Buffer
	strange := `{"at":"2026-11-22T12:00:00Z","observer":"collector/c1","subject":"line/LN-9","kind":"unreachable","state":"raised"}` + "\n"
	if err := (&Cmd{Inventory: village(t), Symptoms: "-"}).Run(strings.NewReader(strange+cut), &out, Notes{&notes}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(notes.String(), "line/LN-9") || strings.Contains(notes.String(), "LN-1,") || !strings.Contains(out.String(), "cable/CBL-5") {
		t.Errorf("notes %q, verdicts %s", notes.String(), out.String())
	}
}

func FuzzDecode(f *testing.F) {
	for _, line := range strings.Split(cut, "\n") {
		f.Add([]byte(line))
	}
	inv, err := inventory.Load(os.DirFS(village(f)))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		ev, err := Decode(line, inv)
		if err != nil {
			return
		}
		if ev.At.IsZero() || len(ev.Reports) == 0 {
			t.Fatalf("accepted without a time or a report: %s", line)
		}
		if _, err := Play(inv, nil, []Event{ev}, func(verdict.Verdict) error { return nil }); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzWindows(f *testing.F) {
	f.Add([]byte(`[{"id":"W","subjects":["cable/CBL-5"],"from":"2026-11-22T11:00:00Z","to":"2026-11-22T12:05:00Z"}]`))
	f.Add([]byte(`{"id":"W","subjects":["cable/CBL-5"],"from":"2026-11-22T11:00:00Z","to":"2026-11-22T12:05:00Z"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		all, err := Windows(b, "f")
		if err != nil {
			return
		}
		for _, w := range all {
			if err := w.Validate(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
