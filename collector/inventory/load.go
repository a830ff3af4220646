package inventory

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
)

// Load reads the CSV files at the root of fsys, fills in defaults, checks
// everything and builds the indexes. Whatever is wrong, in whichever file, is
// in the one error it returns, which is then a Problems.
func Load(fsys fs.FS) (*Inventory, error) {
	r := newReport()
	inv := &Inventory{
		Customers: customerTable.read(fsys, r),
		Sites:     siteTable.read(fsys, r),
		Devices:   deviceTable.read(fsys, r),
		Cables:    cableTable.read(fsys, r),
		Links:     linkTable.read(fsys, r),
		Lines:     lineTable.read(fsys, r),
		Watches:   watchTable.read(fsys, r),
		Risks:     riskTable.read(fsys, r),
		Aliases:   aliasTable.read(fsys, r),
		Stations:  stationTable.read(fsys, r),
	}
	if err := inv.build(r); err != nil {
		return nil, err
	}
	return inv, nil
}

// Build makes an inventory that was put together in code ready for use:
// defaults, checks, indexes, routes, revision. It may be called again after a
// change, but not while others read.
func (inv *Inventory) Build() error { return inv.build(newReport()) }

func (inv *Inventory) build(r *report) error {
	inv.index = index{}
	inv.fill()
	inv.identify(r)
	inv.fillCables()
	inv.plug()
	inv.check(r)
	if err := r.err(); err != nil {
		return err
	}
	inv.index.rows = r.lines
	inv.fillStations()
	inv.connect()
	inv.route()
	inv.Revision = inv.digest()
	return nil
}

// fill puts the defaults into what was left empty.
func (inv *Inventory) fill() {
	for i := range inv.Sites {
		or(&inv.Sites[i].Area, Urban)
	}
	for i := range inv.Devices {
		or(&inv.Devices[i].Owner, Carrier)
	}
	for i := range inv.Links {
		or(&inv.Links[i].Owner, Carrier)
		or(&inv.Links[i].Medium, Fiber)
	}
	for i := range inv.Lines {
		or(&inv.Lines[i].State, Active)
	}
}

// fillCables adds the cables that exist by being named on a link, and gives
// those without a layer that of the first link they carry.
func (inv *Inventory) fillCables() {
	for i := range inv.Links {
		for _, id := range inv.Links[i].Cables {
			at, known := inv.index.cables[id]
			if !validID(id) {
				continue
			}
			if !known {
				at = len(inv.Cables)
				inv.index.cables[id] = at
				inv.Cables = append(inv.Cables, Cable{ID: id})
			}
			or(&inv.Cables[at].Layer, inv.Links[i].Layer)
		}
	}
}

// fillStations makes the one station that stands where no file names any: at
// the first backbone or core device, or else the innermost there is.
func (inv *Inventory) fillStations() {
	if len(inv.Stations) > 0 || len(inv.Devices) == 0 {
		return
	}
	rank := map[Layer]int{Premises: 1, Tail: 2, Trunk: 3, Core: 4, Backbone: 4}
	best := 0
	for i := range inv.Devices {
		if rank[inv.Devices[i].Layer] > rank[inv.Devices[best].Layer] {
			best = i
		}
	}
	inv.Stations = []Station{{ID: DefaultStation, Name: DefaultStation, Attached: inv.Devices[best].ID}}
	inv.index.stations[DefaultStation] = 0
}

// DefaultStation is the id of the station that an inventory without
// stations.csv has.
const DefaultStation = "default"

func or[W ~string](field *W, blank W) {
	if *field == "" {
		*field = blank
	}
}

// digest is equal for equal content: every table as it would be written.
func (inv *Inventory) digest() string {
	sum := sha256.New()
	// A hash takes whatever it is given and never fails.
	_ = inv.each(func(_ string, write func(io.Writer) error) error { return write(sum) })
	return hex.EncodeToString(sum.Sum(nil)[:10])
}
