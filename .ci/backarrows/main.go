// Backarrows prints, for each package, the pairs of its files that use each
// other: file A uses a name that B declares, and B one that A declares. Such a
// pair is read by going back and forth. It is a report, and fails nothing.
//
//	go run ./.ci/backarrows [-v] [PATTERN...]
//
// With -v it lists each pair with the names that go each way. Test files are
// left out. Names are those of the package level, methods and fields.
package main

import (
	"bytes"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
)

func main() {
	verbose := flag.Bool("v", false, "list each pair of files, and the names")
	flag.Parse()
	patterns := flag.Args()
	if len(patterns) == 0 {
		patterns = []string{"./..."}
	}
	if err := run(os.Stdout, *verbose, patterns); err != nil {
		fmt.Fprintln(os.Stderr, "backarrows:", err)
		os.Exit(1)
	}
}

func run(out io.Writer, verbose bool, patterns []string) error {
	all, exports, err := list(patterns)
	if err != nil {
		return err
	}
	total := 0
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "package\tfiles\tback arrows")
	for _, p := range all {
		uses, err := p.uses(exports)
		if err != nil {
			return fmt.Errorf("%s: %w", p.path, err)
		}
		pairs := uses.pairs()
		total += len(pairs)
		if len(pairs) > 0 {
			fmt.Fprintf(w, "%s\t%d\t%d\n", p.path, len(p.files), len(pairs))
		}
		for _, pair := range pairs {
			if verbose {
				fmt.Fprintln(w, uses.describe(pair))
			}
		}
	}
	fmt.Fprintf(w, "in all\t\t%d\n", total)
	return w.Flush()
}

// pkg is one package as go list tells of it.
type pkg struct {
	path  string
	dir   string
	files []string
}

// list asks go for the packages, and for the compiled form of all that they import.
func list(patterns []string) ([]pkg, map[string]string, error) {
	const format = `{{.ImportPath}}|{{.Dir}}|{{.DepOnly}}|{{.Export}}|{{join .GoFiles ","}}`
	cmd := exec.Command("go", append([]string{"list", "-export", "-deps", "-f", format, "--"}, patterns...)...)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	text, err := cmd.Output()
	if err != nil {
		return nil, nil, errors.Join(err, errors.New(complaint.String()))
	}
	var all []pkg
	exports := map[string]string{}
	for line := range strings.Lines(string(text)) {
		f := strings.Split(strings.TrimSpace(line), "|")
		exports[f[0]] = f[3]
		if f[2] == "false" && f[4] != "" {
			all = append(all, pkg{path: f[0], dir: f[1], files: strings.Split(f[4], ",")})
		}
	}
	slices.SortFunc(all, func(a, b pkg) int { return cmp.Compare(a.path, b.path) })
	return all, exports, nil
}

// uses says which names of one file another one uses: from, to, names.
type uses map[string]map[string]map[string]bool

func (p pkg) uses(exports map[string]string) (uses, error) {
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range p.files {
		f, err := parser.ParseFile(fset, filepath.Join(p.dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	imports := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	checked, err := (&types.Config{Importer: imports}).Check(p.path, fset, files, info)
	if err != nil {
		return nil, err
	}
	all := uses{}
	for ident, object := range info.Uses {
		if object.Pkg() == checked && lasting(checked, object) {
			all.add(fileOf(fset, ident.Pos()), fileOf(fset, object.Pos()), ident.Name)
		}
	}
	return all, nil
}

// lasting tells whether an object is more than a word within one function.
func lasting(p *types.Package, o types.Object) bool {
	switch o := o.(type) {
	case *types.Func:
		return true
	case *types.Var:
		return o.IsField() || o.Parent() == p.Scope()
	}
	return o.Parent() == p.Scope()
}

func fileOf(fset *token.FileSet, at token.Pos) string {
	return filepath.Base(fset.Position(at).Filename)
}

func (u uses) add(from, to, name string) {
	if from == to {
		return
	}
	if u[from] == nil {
		u[from] = map[string]map[string]bool{}
	}
	if u[from][to] == nil {
		u[from][to] = map[string]bool{}
	}
	u[from][to][name] = true
}

// pairs are the files that use each other, each pair once.
func (u uses) pairs() [][2]string {
	var all [][2]string
	for _, from := range slices.Sorted(maps.Keys(u)) {
		for _, to := range slices.Sorted(maps.Keys(u[from])) {
			if from < to && u[to][from] != nil {
				all = append(all, [2]string{from, to})
			}
		}
	}
	return all
}

const namesShown = 6

func (u uses) describe(pair [2]string) string {
	names := func(from, to string) string {
		all := slices.Sorted(maps.Keys(u[from][to]))
		if len(all) > namesShown {
			all = append(all[:namesShown], "…")
		}
		return strings.Join(all, " ")
	}
	a, b := pair[0], pair[1]
	return fmt.Sprintf("    %s uses of %s: %s\n    %s uses of %s: %s", a, b, names(a, b), b, a, names(b, a))
}
