// Package configs reads what a person writes: linewarden.yaml, the secrets
// file, and the rules for tickets; and holds the defaults that are built in. It
// refuses what it does not understand, and says where and what it expected.
//
// It opens no connection and starts nothing. Only commands import it: rooms
// receive their own part of it.
package configs

import (
	"embed"
	"io/fs"
)

//go:embed linewarden.yaml
var example []byte

//go:embed sample/*.csv sample/*.yaml
var sample embed.FS

// Example is a linewarden.yaml with every key, its default and a comment.
func Example() []byte { return example }

// Sample is the smallest inventory that works, with a linewarden.yaml and a
// secrets.yaml beside it.
func Sample() fs.FS { return sub(sample, "sample") }

// sub cannot fail for the constant paths it is given.
func sub(fsys fs.FS, dir string) fs.FS {
	inner, err := fs.Sub(fsys, dir)
	if err != nil {
		panic(err)
	}
	return inner
}
