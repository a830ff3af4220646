package inventory_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/linewarden/linewarden/collector/inventory"
)

// FuzzLoad puts any bytes in the place of one file: either every problem names
// that inventory's files, or what was loaded survives saving and loading.
func FuzzLoad(f *testing.F) {
	names := inventory.Files()
	for i, name := range names {
		f.Add(i, []byte(town()[name]))
	}
	f.Add(4, []byte("\ufeffid,a,z,layer\r\n\"L\"\"1\",CR1/1;2,CR1/1,core\r\n"))
	f.Add(5, []byte("id,customer,product,grade,a,z,route\nX,C1,vpn,A,CR1,CR1,L-CR1-AN1;L-CR1-AN1\n"))
	f.Add(7, []byte("id,kind,members\nAN1/3,card,port/AN1/3;;device/AN1\n"))
	f.Add(8, []byte("system,native,subject\n\xca\xd0,\"a\nb\",station/default\n"))
	f.Fuzz(func(t *testing.T, which int, raw []byte) {
		if which < 0 || which >= len(names) {
			return
		}
		fsys := files(town()).(fstest.MapFS)
		fsys[names[which]] = &fstest.MapFile{Data: raw}
		inv, err := inventory.Load(fsys)
		if err != nil {
			var ps inventory.Problems
			if !errors.As(err, &ps) || len(ps) == 0 || ps.Error() == "" {
				t.Fatalf("not a list of problems: %v", err)
			}
			for _, p := range ps {
				if _, ok := town()[p.File]; !ok && p.File != names[which] || p.Reason == "" {
					t.Fatalf("problem without a place: %+v", p)
				}
			}
			return
		}
		for i := range inv.Lines {
			inv.RouteOf(&inv.Lines[i])
			inv.WatchesOf(&inv.Lines[i])
		}
		for i := range inv.Devices {
			inv.Chain(inv.Stations[0].ID, inv.Devices[i].ID)
		}
		again, err := inventory.Load(saved(t, inv))
		if err != nil {
			t.Fatalf("what was saved does not load: %v", err)
		}
		if again.Revision != inv.Revision {
			t.Fatalf("revision %s became %s", inv.Revision, again.Revision)
		}
	})
}

// saved is the inventory as files.
func saved(t *testing.T, inv *inventory.Inventory) fs.FS {
	t.Helper()
	fsys := fstest.MapFS{}
	err := inv.Save(func(name string) (io.WriteCloser, error) { return file{fsys, name, new(bytes.Buffer)}, nil })
	if err != nil {
		t.Fatal(err)
	}
	return fsys
}

// file becomes part of the file system when it is closed.
type file struct {
	fsys fstest.MapFS
	name string
	*bytes.Buffer
}

func (f file) Close() error {
	f.fsys[f.name] = &fstest.MapFile{Data: f.Bytes()}
	return nil
}

func TestALongListOfProblemsIsCut(t *testing.T) {
	m := town()
	m["links.csv"] += strings.Repeat("L-CR1-AN1,CR1/9,AN1/9,core,,,\n", 250)
	_, err := inventory.Load(files(m))
	var ps inventory.Problems
	if !errors.As(err, &ps) {
		t.Fatal(err)
	}
	text := err.Error()
	if n := strings.Count(text, "\n"); n != 100 || !strings.HasSuffix(text, "more") {
		t.Errorf("printed %d lines of %d problems, ending in %q", n, len(ps), text[len(text)-20:])
	}
	if len(ps) < 250 {
		t.Errorf("only %d problems are kept", len(ps))
	}
}

func TestFilesThatAreNotCSV(t *testing.T) {
	for name, c := range map[string]struct{ raw, want string }{
		"UTF-16":              {"\xff\xfei\x00d\x00", `save it as "CSV UTF-8"`},
		"a workbook":          {"PK\x03\x04xxxx", "spreadsheet's own format"},
		"an image":            {"id\n\x00\x01", "line 2 holds a zero byte"},
		"UTF-8 gone wrong":    {"\ufeffid,name\nC1,\xff\n", "line 2 is not UTF-8"},
		"no encoding we know": {"id,name\nC1,\xff\xff\n", "line 2 is neither UTF-8 nor GB18030"},
		"two encodings": {"id,name,grade\nC1,医院,gold\nC2,银行,gold\nC3,\xd2\xf8\xd0\xd0,gold\n",
			"line 2 is UTF-8, line 4 is not"},
		"pasted the other way": {"id,name,grade\nC1,\xd2\xf8\xd0\xd0,gold\nC2,银行支行,gold\n", "line 3 is UTF-8, line 2 is not"},
	} {
		m := town()
		m["customers.csv"] = c.raw
		_, err := inventory.Load(files(m))
		var ps inventory.Problems
		if !errors.As(err, &ps) || len(ps) != 1 || ps[0].File != "customers.csv" || !strings.Contains(ps[0].Reason, c.want) {
			t.Errorf("%s: error = %v, want one that says %q", name, err, c.want)
		}
	}
}

func TestRowsMadeInCodeObeyTheSameRules(t *testing.T) {
	good := network([]inventory.DeviceKind{inventory.Router, inventory.Router}, [][2]int{{0, 1}}, numbers(1))
	if err := good.Build(); err != nil {
		t.Fatal(err)
	}
	first := good.Revision
	if err := good.Build(); err != nil || good.Revision != first {
		t.Errorf("built twice: %v, revision %s then %s", err, first, good.Revision)
	}
	bad := network([]inventory.DeviceKind{"toaster", inventory.Router}, [][2]int{{0, 1}}, numbers(1))
	bad.Lines[0].Grade = ""
	bad.Lines[1].Z.Device = "D7"
	bad.Links[0].Cables = []string{"a;b"}
	err := bad.Build()
	if err == nil {
		t.Fatal("built")
	}
	want := []string{
		`devices.csv: column kind: "toaster" is not allowed; write one of cpe, transceiver, chassis, mstp, ptn, spn, otn, olt, onu, splitter, switch, router (in D0)`,
		`links.csv: column cables: "a;b" is not an id (in L000)`,
		`lines.csv: column grade: is empty, and must not be (in LN-0-0)`,
		`lines.csv: column z: no device has the id "D7" (in LN-0-1)`,
	}
	if got := err.Error(); got != strings.Join(want, "\n") {
		t.Errorf("said:\n%s\nwant:\n%s", got, strings.Join(want, "\n"))
	}
}
