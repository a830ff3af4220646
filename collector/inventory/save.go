package inventory

import (
	"errors"
	"fmt"
	"io"
)

// Save writes the files, each with a BOM so that a spreadsheet opens it as
// UTF-8, into what create opens for it. Optional files without rows are not
// written. Load of the result has the same Revision.
func (inv *Inventory) Save(create func(name string) (io.WriteCloser, error)) error {
	return inv.each(func(name string, write func(io.Writer) error) (err error) {
		f, err := create(name)
		if err != nil {
			return fmt.Errorf("create %s: %w", name, err)
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		if _, err := f.Write(bom); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
		if err := write(f); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
		return nil
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
