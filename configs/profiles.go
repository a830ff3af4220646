package configs

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/linewarden/linewarden/collector/probe/snmp"
	"github.com/linewarden/linewarden/configs/problem"
)

//go:embed profiles/*.yaml
var profiles embed.FS

// Profiles holds the built-in device profiles, *.yaml at its root.
func Profiles() fs.FS { return sub(profiles, "profiles") }

// LoadProfiles reads the built-in device profiles, and in their place or beside
// them those of a directory, if one is named.
func LoadProfiles(dir string) (*snmp.Profiles, error) {
	fsys := Profiles()
	if dir != "" {
		fsys = Overlay(os.DirFS(dir), fsys)
	}
	set, err := readProfiles(fsys)
	if err != nil {
		return nil, fmt.Errorf("profiles:\n%w", nameInFull(err, dir))
	}
	return set, nil
}

// readProfiles reads every *.yaml in the top directory of fsys.
func readProfiles(fsys fs.FS) (*snmp.Profiles, error) {
	names, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list SNMP profiles: %w", err)
	}
	b := newBook(fsys, "profiles")
	list := make([]snmp.Profile, len(names))
	for i, name := range names {
		list[i].Name = strings.TrimSuffix(name, ".yaml")
		b.read(problem.At("", i), name, &list[i])
	}
	if err := b.err(); err != nil {
		return nil, err
	}
	set, wrong := snmp.NewProfiles(list)
	b.report(wrong)
	if err := b.err(); err != nil {
		return nil, err
	}
	return set, nil
}
