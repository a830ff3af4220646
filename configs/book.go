package configs

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/linewarden/linewarden/configs/problem"
)

// book is files that are read one by one and checked together, such as the
// rules for tickets. Each is a chapter: its content has a path of its own among
// all, such as "sla" or "workflows[0]".
type book struct {
	title    string
	fsys     fs.FS
	chapters map[string]*document
	problems Problems
}

func newBook(fsys fs.FS, title string) *book {
	return &book{title: title, fsys: fsys, chapters: make(map[string]*document)}
}

// read decodes a file into the chapter at a path.
func (b *book) read(chapter, name string, into any) {
	d := newDocument(name)
	raw, err := fs.ReadFile(b.fsys, name)
	if err != nil {
		d.add(position{}, "", "cannot be read: %v", err)
	} else {
		d = decode(name, raw, into)
	}
	b.chapters[chapter] = d
	b.problems = append(b.problems, d.sorted()...)
}

// list names the YAML files of a directory.
func (b *book) list(dir string) []string {
	entries, err := fs.ReadDir(b.fsys, dir)
	if err != nil {
		b.problems = append(b.problems, Problem{File: dir, Reason: fmt.Sprintf("cannot be read: %v", err)})
	}
	var names []string
	for _, e := range entries {
		if ext := path.Ext(e.Name()); !e.IsDir() && (ext == ".yaml" || ext == ".yml") {
			names = append(names, e.Name())
		}
	}
	return names
}

// report finds the file and the position of each problem. What stands in no
// file, such as a workflow that is missing, is said of all files together.
func (b *book) report(wrong []problem.Problem) {
	var found Problems
	for _, p := range wrong {
		d, below := b.find(p.Path)
		if d == nil {
			found = append(found, Problem{File: b.title, Path: p.Path, Reason: p.Reason})
			continue
		}
		at := d.find(below)
		found = append(found, Problem{File: d.file, Line: at.line, Column: at.column, Path: below, Reason: p.Reason})
	}
	slices.SortStableFunc(found, func(x, y Problem) int {
		return cmp.Or(cmp.Compare(x.File, y.File), cmp.Compare(x.Line, y.Line), cmp.Compare(x.Column, y.Column))
	})
	b.problems = append(b.problems, found...)
}

// find gives the chapter that a path leads into, and the path within its file.
// A file may hold a whole list, as groups.yaml does: "groups[2].role" is the
// path in it as well.
func (b *book) find(path string) (*document, string) {
	first, below, _ := strings.Cut(path, ".")
	if d := b.chapters[first]; d != nil {
		return d, below
	}
	list, _, _ := strings.Cut(first, "[")
	return b.chapters[list], path
}

// err is everything found so far, or nil.
func (b *book) err() error {
	if len(b.problems) == 0 {
		return nil
	}
	return b.problems
}

// nameInFull names the files that stand in a directory of one's own, over the
// built-in ones, with that directory.
func nameInFull(err error, dir string) error {
	var problems Problems
	if dir == "" || !errors.As(err, &problems) {
		return err
	}
	for i := range problems {
		own := filepath.Join(dir, problems[i].File)
		if _, err := os.Stat(own); err == nil {
			problems[i].File = own
		}
	}
	return err
}
