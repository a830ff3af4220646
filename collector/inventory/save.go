package inventory

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Save writes the files into dir, which must exist, each with a BOM so that a
// spreadsheet opens it as UTF-8. Optional files without rows are not written.
// Each file appears whole or not at all. Load of the result has the same
// Revision.
func (inv *Inventory) Save(dir string) error {
	return inv.each(func(name string, write func(io.Writer) error) error {
		if err := saveFile(filepath.Join(dir, name), write); err != nil {
			return fmt.Errorf("save %s: %w", name, err)
		}
		return nil
	})
}

// WriteFile writes one of Files, with BOM, to w.
func (inv *Inventory) WriteFile(w io.Writer, name string) error {
	return inv.each(func(file string, write func(io.Writer) error) error {
		if file != name {
			return nil
		}
		if _, err := w.Write(bom); err != nil {
			return err
		}
		return write(w)
	})
}

// each calls do with every file that has rows or must exist.
func (inv *Inventory) each(do func(name string, write func(io.Writer) error) error) error {
	for _, err := range []error{
		one(customerTable, inv.Customers, do),
		one(siteTable, inv.Sites, do),
		one(deviceTable, inv.Devices, do),
		one(cableTable, inv.Cables, do),
		one(linkTable, inv.Links, do),
		one(lineTable, inv.Lines, do),
		one(watchTable, inv.Watches, do),
		one(riskTable, inv.Risks, do),
		one(aliasTable, inv.Aliases, do),
		one(stationTable, inv.Stations, do),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

func one[T any](t table[T], rows []T, do func(string, func(io.Writer) error) error) error {
	if len(rows) == 0 && !t.required {
		return nil
	}
	return do(t.file, func(w io.Writer) error { return t.write(w, rows) })
}

func saveFile(path string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	out := bufio.NewWriterSize(f, 1<<16)
	if _, err := out.Write(bom); err != nil {
		return err
	}
	if err := write(out); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if err := f.Chmod(0o644); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
