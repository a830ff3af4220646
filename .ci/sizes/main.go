// Sizes prints how large the parts of a checkout are: functions and files
// (median, the size nine in ten stay under, longest), the types with most
// methods, lines of test (Go, and the scripts in testdata/*.txt) to lines of
// code, and lines past 120 columns.
//
//	go run ./.ci/sizes [DIR]
//
// A tab counts as one column, as in .golangci.yml. Generated files, those that
// say so, are left out.
package main

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode/utf8"
)

// widest is the width of a line that is still called short.
const widest = 120

var rooms = []string{"collector", "correlator", "ticketing", "configs", "deploy", "cmd"}

func main() {
	dir := "."
	if len(os.Args) > 1 {
		dir = os.Args[1]
	}
	if err := run(dir); err != nil {
		fmt.Fprintln(os.Stderr, "sizes:", err)
		os.Exit(1)
	}
}

// sized is a function or a file, and its lines.
type sized struct {
	name  string
	lines int
}

// tally is what is counted of a room.
type tally struct {
	code, test, scripts, wide int
	functions, files          []sized
	methods                   map[string]int // by package and type
}

func run(dir string) error {
	all := map[string]*tally{}
	for _, room := range rooms {
		t := &tally{methods: map[string]int{}}
		all[room] = t
		err := filepath.WalkDir(filepath.Join(dir, room), func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir():
				return nil
			case strings.Contains(path, "/testdata/"):
				return t.script(path)
			case !strings.HasSuffix(path, ".go"):
				return nil
			}
			name, err := filepath.Rel(dir, path)
			if err != nil {
				return err
			}
			return t.add(path, name)
		})
		if err != nil {
			return err
		}
	}
	return show(all)
}

// script counts the lines of a golden script.
func (t *tally) script(path string) error {
	if !strings.HasSuffix(path, ".txt") {
		return nil
	}
	raw, err := os.ReadFile(path)
	t.scripts += bytes.Count(raw, []byte("\n"))
	return err
}

func (t *tally) add(path, name string) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	files := token.NewFileSet()
	f, err := parser.ParseFile(files, path, raw, parser.ParseComments)
	if err != nil {
		return err
	}
	if ast.IsGenerated(f) {
		return nil
	}
	lines := bytes.Count(raw, []byte("\n"))
	for line := range bytes.Lines(raw) {
		if utf8.RuneCount(bytes.TrimRight(line, "\n")) > widest {
			t.wide++
		}
	}
	if strings.HasSuffix(name, "_test.go") || strings.Contains(name, "/e2e/") {
		t.test += lines
		return nil
	}
	t.code += lines
	t.files = append(t.files, sized{name, lines})
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		long := files.Position(fn.End()).Line - files.Position(fn.Pos()).Line + 1
		t.functions = append(t.functions, sized{name + " " + fn.Name.Name, long})
		if fn.Recv != nil {
			t.methods[filepath.Dir(name)+"."+receiver(fn.Recv.List[0].Type)]++
		}
	}
	return nil
}

// receiver is the name of a method's type.
func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.IndexListExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return "?"
}

func show(all map[string]*tally) error {
	whole := &tally{methods: map[string]int{}}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "room\tcode\ttest\tscripts\ttest/code\t>120\tfuncs\tmedian\tp90\tlongest\tfiles\tmedian\tp90\tlongest\t")
	for _, room := range rooms {
		t := all[room]
		t.row(w, room)
		whole.code, whole.test, whole.scripts, whole.wide = whole.code+t.code, whole.test+t.test, whole.scripts+t.scripts,
			whole.wide+t.wide
		whole.functions, whole.files = append(whole.functions, t.functions...), append(whole.files, t.files...)
		for name, n := range t.methods {
			whole.methods[name] = n
		}
	}
	whole.row(w, "all")
	if err := w.Flush(); err != nil {
		return err
	}
	var types []sized
	for name, n := range whole.methods {
		types = append(types, sized{name, n})
	}
	top("longest functions (lines)", whole.functions)
	top("longest files (lines)", whole.files)
	top("types with most methods", types)
	return nil
}

func (t *tally) row(w *tabwriter.Writer, name string) {
	ratio := float64(t.test+t.scripts) / float64(max(t.code, 1))
	fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%.2f\t%d\t", name, t.code, t.test, t.scripts, ratio, t.wide)
	for _, all := range [][]sized{t.functions, t.files} {
		fmt.Fprintf(w, "%d\t%d\t%d\t%d\t", len(all), quantile(all, 0.5), quantile(all, 0.9), quantile(all, 1))
	}
	fmt.Fprintln(w)
}

// quantile is the size that a share of all does not exceed.
func quantile(all []sized, share float64) int {
	if len(all) == 0 {
		return 0
	}
	slices.SortFunc(all, bySize)
	return all[min(int(share*float64(len(all))), len(all)-1)].lines
}

func bySize(a, b sized) int {
	return cmp.Or(cmp.Compare(a.lines, b.lines), strings.Compare(a.name, b.name))
}

func top(what string, all []sized) {
	slices.SortFunc(all, func(a, b sized) int { return bySize(b, a) })
	fmt.Printf("\n%s\n", what)
	for _, s := range all[:min(5, len(all))] {
		fmt.Printf("%6d %s\n", s.lines, s.name)
	}
}
