package ping

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"golang.org/x/sys/unix"

	"github.com/linewarden/linewarden/collector/probe/icmp"
)

// run parses args as the program does and runs the sub-command.
func run(ctx context.Context, stdin string, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = runTo(ctx, strings.NewReader(stdin), &out, &errs, args...)
	return code, out.String(), errs.String()
}

func runTo(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args ...string) int {
	var cli struct {
		Ping Cmd `cmd:""`
	}
	k, err := kong.New(&cli, kong.Writers(stdout, stderr), kong.Exit(func(int) {}),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.BindTo(stdin, (*io.Reader)(nil)), kong.BindTo(stdout, (*io.Writer)(nil)))
	if err != nil {
		panic(err)
	}
	parsed, err := k.Parse(append([]string{"ping"}, args...))
	if err == nil {
		err = parsed.Run()
	}
	if err == nil {
		return 0
	}
	io.WriteString(stderr, err.Error()+"\n")
	var exit interface{ ExitCode() int }
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	return -1
}

// needPing skips loudly where this user may not ping at all.
func needPing(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := icmp.New(icmp.DefaultConfig(), nil, nil).Run(ctx)
	if errors.Is(err, icmp.ErrPermission) && os.Geteuid() != 0 {
		t.Skipf("SKIPPED, NOTHING WAS TESTED: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// row is the contract of --json.
type row struct {
	Target    string   `json:"target"`
	Sent      *int     `json:"sent"`
	Received  *int     `json:"received"`
	RTTMin    *float64 `json:"rtt_min"`
	RTTAvg    *float64 `json:"rtt_avg"`
	RTTMax    *float64 `json:"rtt_max"`
	RTTStdDev *float64 `json:"rtt_stddev"`
	Error     string   `json:"error"`
}

func rows(t testing.TB, stdout string) []row {
	t.Helper()
	var out []row
	d := json.NewDecoder(strings.NewReader(stdout))
	d.DisallowUnknownFields()
	for {
		var r row
		if err := d.Decode(&r); err == io.EOF {
			return out
		} else if err != nil {
			t.Fatalf("%v in\n%s", err, stdout)
		}
		if r.Sent == nil || r.Received == nil {
			t.Fatalf("%s: sent or received is missing", r.Target)
		}
		out = append(out, r)
	}
}

func TestJSONGivesALinePerTargetInTheirOrder(t *testing.T) {
	needPing(t)
	file := filepath.Join(t.TempDir(), "targets")
	text := "# routers\n127.0.0.1\n\n  127.0.0.2   # the second\r\nlocalhost\n127.0.0.1\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := run(t.Context(), "127.0.0.3\n", "--json", "-c", "3", "-i", "50ms", "-f", file, "-f", "-", "127.0.0.4")
	if code != 0 || stderr != "" {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	want := []string{"127.0.0.1", "127.0.0.2", "localhost", "127.0.0.1", "127.0.0.3", "127.0.0.4"}
	got := rows(t, stdout)
	if len(got) != len(want) || strings.Count(stdout, "\n") != len(want) {
		t.Fatalf("%d lines for %d targets:\n%s", len(got), len(want), stdout)
	}
	for i, r := range got {
		if r.Target != want[i] || *r.Sent != 3 || *r.Received != 3 {
			t.Errorf("line %d is %+v, want target %s", i+1, r, want[i])
		}
		if !(*r.RTTMin > 0 && *r.RTTMin <= *r.RTTAvg && *r.RTTAvg <= *r.RTTMax && *r.RTTMax < 1 && *r.RTTStdDev >= 0) {
			t.Errorf("%s: times in seconds: %s", r.Target, stdout)
		}
	}
}

func TestTableForPeople(t *testing.T) {
	needPing(t)
	code, stdout, _ := run(t.Context(), "", "127.0.0.1", "127.0.0.2")
	if code != 0 {
		t.Fatalf("exit %d", code)
	}
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	if len(lines) != 4 || lines[3] != "2 targets, 2 answered, 0 silent" {
		t.Fatalf("got\n%s", stdout)
	}
	for i, want := range []string{"TARGET", "127.0.0.1", "127.0.0.2"} {
		f := strings.Fields(lines[i])
		if f[0] != want || len(lines[i]) != len(lines[0]) {
			t.Errorf("line %d: %q", i+1, lines[i])
		}
		if i > 0 && (f[1] != "1" || f[2] != "1" || f[3] != "0%") {
			t.Errorf("line %d: %q", i+1, lines[i])
		}
	}
}

func TestSilenceIsExitStatus1(t *testing.T) {
	needPing(t)
	// A broadcast address answers nobody who has not asked for broadcasts: the
	// request does not leave, and that is told.
	code, stdout, stderr := run(t.Context(), "", "--json", "-t", "200ms", "127.0.0.1", "255.255.255.255")
	if code != 1 || !strings.Contains(stderr, "1 answered, 1 silent") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	got := rows(t, stdout)
	if len(got) != 2 || *got[0].Received != 1 {
		t.Fatalf("got %s", stdout)
	}
	if s := got[1]; *s.Received != 0 || s.RTTMin != nil || s.RTTAvg != nil || s.RTTMax != nil || s.RTTStdDev != nil ||
		!strings.Contains(stdout, `"rtt_min":null`) || s.Error != unix.EACCES.Error() {
		t.Errorf("a silent target: %s", stdout)
	}
}

func TestBadInputNamesThePlace(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	bad := write("bad", "127.0.0.1\n# fine\n300.1.1.1\nlocalhost\ntwo words\n-x.example\n")
	empty := write("empty", "# nothing\n\n")
	long := write("long", "127.0.0.1\n"+strings.Repeat("x", 1<<17))
	missing := filepath.Join(dir, "missing")
	cases := []struct {
		name  string
		stdin string
		args  []string
		want  []string
	}{
		{"all bad lines of a file", "", []string{"-f", bad}, []string{bad + ":3: ", bad + ":5: ", bad + ":6: ", `"300.1.1.1"`, `"two words"`}},
		{"a bad line on standard input", "127.0.0.1\n\x00\n", []string{"-f", "-"}, []string{"standard input:2: "}},
		{"a bad argument", "", []string{"10.0.0.256"}, []string{`argument "10.0.0.256": `}},
		{"an empty file", "", []string{"-f", empty}, []string{empty, "no targets"}},
		{"an endless line", "", []string{"-f", long}, []string{long + ":2: "}},
		{"a missing file", "", []string{"-f", missing}, []string{missing}},
		{"a directory", "", []string{"-f", dir}, []string{dir}},
		{"nothing", "", nil, []string{"nothing to ping"}},
		{"no ping", "", []string{"-c", "0", "127.0.0.1"}, []string{"count 0"}},
		{"too fast", "", []string{"-i", "1ms", "127.0.0.1"}, []string{"interval 1ms"}},
		{"no patience", "", []string{"-t", "0s", "127.0.0.1"}, []string{"time-out 0s"}},
		{"too many", "", []string{"--rate", "0", "127.0.0.1"}, []string{"rate 0"}},
	}
	for _, c := range cases {
		code, stdout, stderr := run(t.Context(), c.stdin, c.args...)
		if code != 2 || stdout != "" {
			t.Errorf("%s: exit %d, printed %q", c.name, code, stdout)
		}
		for _, want := range c.want {
			if !strings.Contains(stderr, want) {
				t.Errorf("%s: %q does not name %q", c.name, stderr, want)
			}
		}
	}
}

func TestANameThatDoesNotResolveStopsNobodyElse(t *testing.T) {
	needPing(t)
	code, stdout, stderr := run(t.Context(), "127.0.0.1\nnowhere.invalid\nfe80::1%nowhere0\n", "--json", "-f", "-") // RFC 6761: never resolves
	if code != 2 || !strings.Contains(stderr, "standard input:2: resolve: ") || !strings.Contains(stderr, "standard input:3: interface nowhere0: ") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	got := rows(t, stdout)
	if len(got) != 3 || *got[0].Received != 1 || *got[1].Sent != 0 || got[1].Error == "" {
		t.Errorf("got %s", stdout)
	}
}

func TestInterruptPrintsWhatThereIs(t *testing.T) {
	needPing(t)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(400*time.Millisecond, cancel)
	start := time.Now()
	code, stdout, stderr := run(ctx, "", "--json", "-c", "1000", "-i", "50ms", "127.0.0.1")
	if code != 2 || !strings.Contains(stderr, "interrupted") || time.Since(start) > 20*time.Second {
		t.Errorf("exit %d after %v: %s", code, time.Since(start), stderr)
	}
	if got := rows(t, stdout); len(got) != 1 || *got[0].Received < 1 || *got[0].Received > 100 {
		t.Errorf("got %s", stdout)
	}
}

func FuzzTargets(f *testing.F) {
	f.Add("127.0.0.1\n# c\nlocalhost # x\n::1\n")
	f.Add("\ufeff10.0.0.1\r\n..\n-\n")
	f.Add("fe80::1%eth0\n")
	f.Fuzz(func(t *testing.T, text string) {
		targets, err := parseLines(nil, "f", text)
		if err != nil && !strings.Contains(err.Error(), "f:") {
			t.Errorf("%v names no place", err)
		}
		for _, tg := range targets {
			if strings.ContainsAny(tg.name, " \t\r\n#") || tg.name == "" {
				t.Errorf("accepted %q", tg.name)
			}
			var back string
			if err := json.Unmarshal(appendString(nil, tg.name), &back); err != nil {
				t.Errorf("%q does not survive JSON: %v", tg.name, err)
			}
		}
	})
}
