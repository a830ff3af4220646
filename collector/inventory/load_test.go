package inventory_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/linewarden/linewarden/collector/inventory"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// town is a small network: a core router, a ring of two nodes on it, a
// transceiver chassis with a far end, two customers' routers.
func town() map[string]string {
	return map[string]string{
		"customers.csv": `id,name,grade,important
C1,市第一人民医院,gold,yes
C2,Tea House,standard,
`,
		"sites.csv": `id,name,kind,area
S-CORE,Core exchange,exchange,urban
S-ACC,North exchange,exchange,county
S-H,Hospital,customer,
`,
		"devices.csv": `id,name,kind,site,layer,technology,address,near_end,vrf
CR1,core 1,router,S-CORE,core,data,198.18.0.1,,
AN1,access 1,mstp,S-ACC,trunk,transmission,198.18.0.2,,
AN2,access 2,mstp,S-ACC,trunk,transmission,198.18.0.3,,
CH1,chassis,chassis,S-ACC,tail,access,198.18.0.4,,
FE1,far end,transceiver,S-H,tail,access,,CH1/1/5,
CPE1,hospital router,cpe,S-H,premises,data,198.18.1.1,,
CPE2,tea router,cpe,S-H,premises,data,,,
`,
		"links.csv": `id,a,z,layer,medium,cables,protection
L-CR1-AN1,CR1/GE0/0/1,AN1/1,core,,CBL-1;CBL-2,ring-1
L-CR1-AN2,CR1/GE0/0/2,AN2/1,core,,CBL-3,ring-1
L-AN1-AN2,AN1/2,AN2/2,trunk,,CBL-4,ring-1
L-AN1-CH1,AN1/3,CH1/up,trunk,copper,,
L-CH1-FE1,CH1/1/5,FE1/opt,tail,fiber,CBL-5,
L-FE1-CPE1,FE1/eth,CPE1/GE0/0/0,premises,copper,,
L-AN2-CPE2,AN2/GE0/0/7,CPE2/wan,tail,fiber,CBL-6,
`,
		"lines.csv": `id,customer,product,grade,a,z,target,route,circuit_code
LN-1,C1,internet,AAA,CPE1/GE0/0/1,CR1,198.18.1.2,,宁波A0001
LN-2,C2,circuit,A,CPE2,CPE1,none,,
LN-3,C2,internet,A,CPE2,CR1,,L-AN2-CPE2;L-AN1-AN2;L-CR1-AN1,
`,
	}
}

func files(m map[string]string) fs.FS {
	fsys := fstest.MapFS{}
	for name, text := range m {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

func mustLoad(t *testing.T, m map[string]string) *inventory.Inventory {
	t.Helper()
	inv, err := inventory.Load(files(m))
	if err != nil {
		t.Fatalf("load: %v", err)
	}
	return inv
}

func TestATownLoads(t *testing.T) {
	inv := mustLoad(t, town())
	c, ok := inv.Customer("C1")
	if !ok || c.Name != "市第一人民医院" || !c.Important || c.Grade != inventory.Gold {
		t.Errorf("customer C1 = %+v, %v", c, ok)
	}
	if l, _ := inv.Line("LN-1"); !l.Protected || l.State != inventory.Active || l.CircuitCode != "宁波A0001" {
		t.Errorf("line LN-1 has wrong defaults: %+v", l)
	}
	if s, _ := inv.Site("S-H"); s.Area != inventory.Urban {
		t.Errorf("area defaults to %q", s.Area)
	}
	if c, ok := inv.Cable("CBL-5"); !ok || c.Layer != inventory.Tail {
		t.Errorf("cable that exists by being named = %+v, %v", c, ok)
	}
	if l, ok := inv.LinkAtPort(inventory.ParsePortRef("CR1/GE0/0/2")); !ok || l.ID != "L-CR1-AN2" {
		t.Errorf("link at CR1/GE0/0/2 = %+v, %v", l, ok)
	}
	if _, ok := inv.LinkAtPort(inventory.ParsePortRef("CR1/GE0/0/9")); ok {
		t.Error("a free port has a link")
	}
	if d, ok := inv.FarEnd(inventory.ParsePortRef("CH1/1/5")); !ok || d.ID != "FE1" {
		t.Errorf("far end of CH1/1/5 = %+v, %v", d, ok)
	}
	if ds := inv.FarEndsOf("CH1"); len(ds) != 1 || ds[0].ID != "FE1" {
		t.Errorf("far ends of CH1 = %v", ds)
	}
	if ls := inv.LinesOf("C2"); len(ls) != 2 || ls[0].ID != "LN-2" {
		t.Errorf("lines of C2 = %v", ls)
	}
	var at []string
	for _, i := range inv.LinksAt("AN1") {
		at = append(at, inv.Links[i].ID)
	}
	if want := []string{"L-AN1-AN2", "L-AN1-CH1", "L-CR1-AN1"}; !slices.Equal(at, want) {
		t.Errorf("links at AN1 = %v, want %v", at, want)
	}
}

func TestRoutesAndChains(t *testing.T) {
	inv := mustLoad(t, town())
	for _, c := range []struct{ name, line, devices string }{
		{"up the tree, then the shorter way round the ring", "LN-1", "CPE1 FE1 CH1 AN1 CR1"},
		{"from tree to tree across the ring, not through the core", "LN-2", "CPE2 AN2 AN1 CH1 FE1 CPE1"},
		{"as the file says, though longer", "LN-3", "CPE2 AN2 AN1 CR1"},
	} {
		line, _ := inv.Line(c.line)
		p, ok := inv.RouteOf(line)
		if got := strings.Join(p.Devices, " "); !ok || got != c.devices {
			t.Errorf("%s: route of %s = %q, want %q", c.name, c.line, got, c.devices)
		}
		if len(p.Links) != len(p.Devices)-1 {
			t.Errorf("%s: %d links between %d devices", c.name, len(p.Links), len(p.Devices))
		}
	}
	if s := inv.Stations; len(s) != 1 || s[0].Attached != "CR1" {
		t.Fatalf("default station = %+v", s)
	}
	p, ok := inv.Chain(inventory.DefaultStation, "CPE1")
	if got := strings.Join(p.Links, " "); !ok || got != "L-CR1-AN1 L-AN1-CH1 L-CH1-FE1 L-FE1-CPE1" {
		t.Errorf("chain to CPE1 = %q", got)
	}
	if got := inv.LinesThrough("AN1"); !slices.Equal(got, []string{"LN-1", "LN-2", "LN-3"}) {
		t.Errorf("lines through AN1 = %v", got)
	}
	if got := inv.LinesThrough("CH1"); !slices.Equal(got, []string{"LN-1", "LN-2"}) {
		t.Errorf("lines through CH1 = %v", got)
	}
}

func TestWatchesFollowFromTheLine(t *testing.T) {
	inv := mustLoad(t, town())
	line, _ := inv.Line("LN-1")
	var got []string
	for _, w := range inv.WatchesOf(line) {
		got = append(got, strings.Join([]string{string(w.End), string(w.Method), w.Object, string(w.Proves)}, " "))
	}
	want := []string{
		"a ping 198.18.1.2 service",
		"a ping 198.18.1.1 management",
		"a port CPE1/GE0/0/1 access",
		"a oam CH1/1/5 access",
	}
	if !slices.Equal(got, want) {
		t.Errorf("watches of LN-1:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if inv.Unwatched(line) {
		t.Error("a line with a target is called unwatched")
	}
	if line, _ := inv.Line("LN-2"); !inv.Unwatched(line) {
		t.Error("a line with target none is not called unwatched")
	}
}

func TestAWatchThatNobodyCarriesOutProvesNothing(t *testing.T) {
	rows := map[string]bool{ // and whether the line is observed by it
		"LN-2,a,ping,10.0.0.9,,service":         true,
		"LN-2,a,twamp,10.0.0.9,AN2,service":     false,
		"LN-2,a,cfm,MEP-7,,service":             false,
		"LN-2,a,ems,LINE-7,U2000,service":       false,
		"LN-2,z,port,CR1/GE0/0/77,,service":     false,
		"LN-2,a,ping,10.0.0.9,,access":          false,
		"LN-2,z,port,CR1/GE0/0/77,,access":      false,
		"LN-2,z,port,CR1/GE0/0/1,,access":       false, // a link's, and so polled
		"LN-2,a,ping,10.0.0.9,,management":      false,
		"LN-2,a,remote_ping,1.1.1.1,AN2,access": false,
	}
	for row, observed := range rows {
		m := town()
		m["watches.csv"] = "line,end,method,object,reporter,proves\n" + row + "\n"
		inv := mustLoad(t, m)
		line, _ := inv.Line("LN-2")
		if got := !inv.Unobserved(line); got != observed {
			t.Errorf("%s: observed %v, want %v", row, got, observed)
		}
		if got, want := inv.Unwatched(line), !strings.HasSuffix(row, "service"); got != want {
			t.Errorf("%s: unwatched %v, want %v", row, got, want)
		}
		warned := slices.ContainsFunc(inv.Warnings(), func(p inventory.Problem) bool {
			return p.File == "watches.csv" && p.Line == 2 && (p.Column == "method" || p.Column == "object")
		})
		if warned != !(observed || strings.Contains(row, "port,CR1/GE0/0/1,")) {
			t.Errorf("%s: warned of %v", row, warned)
		}
	}
}

func TestObserversStandSomewhere(t *testing.T) {
	m := town()
	m["stations.csv"] = "id,attached,collector\nST-1,CR1,\nST-2,AN2,branch\n"
	inv := mustLoad(t, m)
	for observer, want := range map[string]string{
		"collector/branch": "ST-2", "collector/other": "ST-1", "station/ST-2": "ST-2",
		"station/no": "", "ems/U2000": "", "": "",
	} {
		s, ok := inv.StationOf(observer)
		if ok != (want != "") || ok && s.ID != want {
			t.Errorf("station of %q = %+v, %v; want %q", observer, s, ok, want)
		}
	}
}

func TestSpreadsheetsAreRead(t *testing.T) {
	plain := mustLoad(t, town())
	gb, bom := town(), town()
	for name, text := range town() {
		enc, err := simplifiedchinese.GB18030.NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		gb[name] = strings.ReplaceAll(enc, "\n", "\r\n")
		bom[name] = "\ufeff" + strings.ReplaceAll(text, "\n", "\r\n") + ",,,\r\n"
	}
	for name, m := range map[string]map[string]string{"GB18030, CRLF": gb, "BOM, CRLF, blank rows": bom} {
		inv, err := inventory.Load(files(m))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if inv.Revision != plain.Revision {
			t.Errorf("%s: revision %s, want %s", name, inv.Revision, plain.Revision)
		}
	}
}

func TestWhatIsSavedLoadsAsTheSame(t *testing.T) {
	m := town()
	m["aliases.csv"] = "system,native,subject\nU2000,\"NE=7,网元\",device/AN1\n"
	m["risks.csv"] = "id,kind,members\nS-ACC,power,device/AN1;device/AN2\nAN1/3,card,port/AN1/3\n"
	m["watches.csv"] = "line,end,method,object,reporter,proves\nLN-2,a,remote_ping,10.0.0.9,AN2,service\n"
	inv := mustLoad(t, m)
	dir := t.TempDir()
	if err := inv.Save(func(name string) (io.WriteCloser, error) {
		return os.Create(filepath.Join(dir, name))
	}); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "customers.csv"))
	if err != nil || !strings.HasPrefix(string(raw), "\ufeffid,name,") {
		t.Errorf("customers.csv does not begin with BOM and header: %q, %v", raw[:20], err)
	}
	again, err := inventory.Load(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	if again.Revision != inv.Revision {
		t.Errorf("revision %s became %s", inv.Revision, again.Revision)
	}
	if s, ok := again.Alias("U2000", "NE=7,网元"); !ok || s != "device/AN1" {
		t.Errorf("alias = %q, %v", s, ok)
	}
	m["customers.csv"] += "C3,New,silver,\n"
	if changed := mustLoad(t, m); changed.Revision == inv.Revision {
		t.Error("another customer, the same revision")
	}
}

func TestEveryProblemIsTyped(t *testing.T) {
	m := town()
	m["links.csv"] += "L-BAD,CR1/GE0/0/9,NOWHERE/1,core,,,\n"
	_, err := inventory.Load(files(m))
	var ps inventory.Problems
	if !errors.As(err, &ps) || len(ps) != 1 {
		t.Fatalf("error = %v", err)
	}
	want := inventory.Problem{File: "links.csv", Line: 9, Row: "L-BAD", Column: "z",
		Reason: `no device has the id "NOWHERE"`}
	if ps[0] != want {
		t.Errorf("problem = %+v, want %+v", ps[0], want)
	}
}
