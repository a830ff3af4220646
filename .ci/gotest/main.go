// Gotest is `go test` that counts what ran: it fails where a -run or a -bench
// pattern matches nothing, in every package that was named by itself and, for
// packages named by a pattern with "...", in all of them together. It shows the
// names of the stories with -stories, whole logs of what failed, and at the end
// what was skipped and what took longest.
//
//	go run ./.ci/gotest [-stories] [-slowest N] [flags of go test] packages
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout)) }

func run(args []string, out io.Writer) int {
	o := parse(args)
	cmd := exec.Command("go", append([]string{"test", "-json"}, o.args...)...)
	cmd.Stderr = os.Stderr
	pipe, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gotest:", err)
		return 1
	}
	r := newReport(out, o)
	r.read(pipe)
	failed := cmd.Wait() != nil
	r.end()
	for _, complaint := range unmatched(o, r.ran) {
		fmt.Fprintln(out, "gotest:", complaint)
		failed = true
	}
	if failed {
		return 1
	}
	return 0
}

// options are what gotest itself wants of its arguments, and those of go test.
type options struct {
	stories bool
	slowest int
	tests   bool // -run was given, and not to leave the tests out
	bench   bool // -bench was given
	args    []string
	named   []string // packages and patterns
}

func parse(args []string) options {
	o := options{slowest: 5}
	for i := 0; i < len(args); i++ {
		name, value, joined := strings.Cut(strings.TrimLeft(args[i], "-"), "=")
		if !strings.HasPrefix(args[i], "-") {
			o.named = append(o.named, args[i])
			o.args = append(o.args, args[i])
			continue
		}
		if name == "args" {
			o.args = append(o.args, args[i:]...)
			break
		}
		if name == "stories" {
			o.stories = true
			continue
		}
		takes := slices.Contains([]string{"run", "skip", "bench", "benchtime", "count", "timeout", "p", "parallel", "tags",
			"fuzz", "fuzztime", "cpu", "slowest"}, name)
		rest := args[i : i+1]
		if takes && !joined && i+1 < len(args) {
			value, rest = args[i+1], args[i:i+2]
			i++
		}
		switch name {
		case "slowest":
			o.slowest, _ = strconv.Atoi(value)
			continue
		case "run":
			o.tests = value != "^$"
		case "bench":
			o.bench = true
		}
		o.args = append(o.args, rest...)
	}
	return o
}

// event is a line of `go test -json`; see `go doc test2json`.
type event struct {
	Action, Package, ImportPath, Test, Output string
	Elapsed                                   float64
}

type report struct {
	out     io.Writer
	o       options
	ran     map[string]int // tests, examples and benchmarks by package
	output  map[[2]string]*strings.Builder
	skipped []string
	took    []timed
}

type timed struct {
	what string
	took time.Duration
}

func newReport(out io.Writer, o options) *report {
	return &report{out: out, o: o, ran: map[string]int{}, output: map[[2]string]*strings.Builder{}}
}

func (r *report) read(from io.Reader) {
	lines := bufio.NewReader(from)
	for {
		line, err := lines.ReadString('\n')
		var e event
		switch {
		case line != "" && json.Unmarshal([]byte(line), &e) == nil:
			r.take(e)
		case line != "":
			fmt.Fprint(r.out, line)
		}
		if err != nil {
			return
		}
	}
}

func (r *report) take(e event) {
	top := e.Test != "" && !strings.Contains(e.Test, "/")
	key := [2]string{e.Package, strings.SplitN(e.Test, "/", 2)[0]}
	switch e.Action {
	case "build-output":
		fmt.Fprint(r.out, e.Output)
	case "run":
		if top {
			r.ran[e.Package]++
		}
	case "output":
		r.show(e, key)
	case "pass", "bench", "skip", "fail":
		if e.Action == "skip" && e.Test != "" {
			r.skipped = append(r.skipped, e.Package+" "+e.Test)
		}
		if top {
			r.took = append(r.took, timed{e.Package + " " + e.Test, seconds(e.Elapsed)})
		}
		if e.Test != "" && r.o.stories {
			fmt.Fprintf(r.out, "%-5s %6.1fs %s\n", e.Action, e.Elapsed, e.Test)
		}
		if b := r.output[key]; top && b != nil {
			if e.Action == "fail" {
				fmt.Fprintf(r.out, "---- %s %s ----\n%s", key[0], key[1], b)
			}
			delete(r.output, key)
		}
	}
}

// show prints at once what packages and benchmarks say, and keeps what a test
// says until it is known how it ends.
func (r *report) show(e event, key [2]string) {
	if e.Test == "" || strings.HasPrefix(e.Test, "Benchmark") {
		if !strings.Contains(e.Output, "[no test files]") && e.Output != "PASS\n" && !strings.HasPrefix(e.Output, "=== ") {
			fmt.Fprint(r.out, e.Output)
		}
		return
	}
	if r.output[key] == nil {
		r.output[key] = &strings.Builder{}
	}
	r.output[key].WriteString(e.Output)
}

// end shows what a test said that never came to its end, what was skipped and
// what took longest.
func (r *report) end() {
	for key, b := range r.output {
		fmt.Fprintf(r.out, "---- %s %s did not end ----\n%s", key[0], key[1], b)
	}
	for _, s := range r.skipped {
		fmt.Fprintln(r.out, "gotest: SKIPPED", s)
	}
	slices.SortFunc(r.took, func(a, b timed) int { return cmp.Compare(b.took, a.took) })
	for _, t := range r.took[:min(r.o.slowest, len(r.took))] {
		if t.took >= time.Second {
			fmt.Fprintf(r.out, "gotest: %6.1fs %s\n", t.took.Seconds(), t.what)
		}
	}
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// unmatched complains of packages in which nothing ran although somebody
// expected it.
func unmatched(o options, ran map[string]int) (complaints []string) {
	total := 0
	for _, n := range ran {
		total += n
	}
	if total == 0 {
		return []string{fmt.Sprintf("nothing ran: no test or benchmark matches %s", strings.Join(o.args, " "))}
	}
	if !o.tests && !o.bench {
		return nil
	}
	for _, p := range o.named {
		if strings.Contains(p, "...") {
			continue
		}
		suffix := strings.TrimPrefix(p, ".")
		found := 0
		for name, n := range ran {
			if strings.HasSuffix(name, suffix) {
				found += n
			}
		}
		if found == 0 {
			complaints = append(complaints, fmt.Sprintf("no test or benchmark of %s matches the pattern", p))
		}
	}
	return complaints
}
