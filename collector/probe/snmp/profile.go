package snmp

import (
	"slices"

	"github.com/linewarden/linewarden/collector/symptom"
)

// Profile says what to read from one family of devices, and what it means.
type Profile struct {
	Name    string   `yaml:"name"`
	Title   string   `yaml:"title"`
	Match   []string `yaml:"match"`   // prefixes of sysObjectID; none: chosen by name only
	Default bool     `yaml:"default"` // for devices that nothing else matches
	Include []string `yaml:"include"` // profiles whose tables, traps and so on are taken over

	Uptime   *Uptime   `yaml:"uptime"`
	Ports    *Ports    `yaml:"ports"`
	Entities *Entities `yaml:"entities"`
	Tables   []Table   `yaml:"tables"`
	Traps    []Trap    `yaml:"traps"`

	columns []*Column // of all tables; a column's id is its place
	speed   int       // place of speedColumn; -1: none
}

// Uptime is where a device says how long it has been running.
type Uptime struct {
	SysUpTime   string `yaml:"sys_uptime"`   // 1/100 s, wraps after 497 days
	EngineTime  string `yaml:"engine_time"`  // s since the last rise of EngineBoots
	EngineBoots string `yaml:"engine_boots"` // rises when the agent starts
	HostUptime  string `yaml:"host_uptime"`  // 1/100 s, of the host rather than of its agent
}

// Ports is how an ifIndex becomes the name of a port.
type Ports struct {
	Names   []string `yaml:"names"`   // columns, the first that has a name decides
	Changed string   `yaml:"changed"` // scalar that changes when ports come and go
	// SlotIndex, where ports are named SHELF/SLOT, gives them the ifIndex
	// SHELF*SlotIndex + SLOT, for agents without such rows in their ifTable.
	SlotIndex uint32 `yaml:"slot_index"`
}

// Entities is how an entPhysicalIndex becomes the name of a port.
type Entities struct {
	Aliases string `yaml:"aliases"` // entAliasMappingIdentifier -> ifIndex
	Names   string `yaml:"names"`   // entPhysicalName equal to the port's name
}

// Index says what the rows of a table stand for.
type Index string

// The kinds of index.
const (
	IfIndex  Index = "if_index"
	Entity   Index = "entity"
	Slot     Index = "slot" // SHELF.SLOT is port SHELF/SLOT
	NoIndex  Index = "none" // scalars
	slotArcs       = 2
)

// Table is a set of columns with the same index.
type Table struct {
	Name    string   `yaml:"name"`
	Index   Index    `yaml:"index"`
	Columns []Column `yaml:"columns"`

	path string // among the profiles that NewProfiles was given
}

// Column is one object and what its values mean.
type Column struct {
	Name    string  `yaml:"name"`
	OID     string  `yaml:"oid"`
	Suffix  string  `yaml:"suffix"` // arcs after the row's index
	Invalid []int64 `yaml:"invalid"`

	Scale    float64 `yaml:"scale"`    // default 1
	In       string  `yaml:"in"`       // what the scaled number is: mW and uW become dBm
	Positive *Number `yaml:"positive"` // how to take values above zero, where that differs
	Unit     string  `yaml:"unit"`

	Rate    bool   `yaml:"rate"`    // a counter: its growth per second is judged
	Over    string `yaml:"over"`    // divided by this column's value
	Guard   string `yaml:"guard"`   // column that changes when the counters break off
	Reading string `yaml:"reading"` // published under this name
	One     []int  `yaml:"one"`     // the reading is 1 for these values, else 0

	Judges []Judge `yaml:"judges"`

	id, over, guard int // places of this and of the columns that it names; -1: none
	overScale       float64
	path            string // among the profiles that NewProfiles was given
}

// Number is how a raw value becomes one in the column's unit.
type Number struct {
	Scale float64 `yaml:"scale"`
	In    string  `yaml:"in"`
}

// Values is a condition: each named column has one of its values.
type Values map[string][]int64

// Judge says what a value means for one kind of symptom.
type Judge struct {
	Kind    symptom.Kind `yaml:"kind"`
	Subject string       `yaml:"subject"` // port (default), device or far_end
	For     []string     `yaml:"for"`     // only ports with one of these uses: link, copper_link, line, near_end

	Normal   []int64 `yaml:"normal"`
	Abnormal []int64 `yaml:"abnormal"`
	Below    []Limit `yaml:"below"`
	Above    []Limit `yaml:"above"`
	Invalid  string  `yaml:"invalid"` // what an invalid value says: abnormal, normal or nothing

	Needs Values `yaml:"needs"` // else nothing is said
	While Values `yaml:"while"` // else it is normal
	Quiet Values `yaml:"quiet"` // then it is normal: somebody is working there

	needs, while, quiet []condition
}

// condition is one column of Values, by its place.
type condition struct {
	column int
	in     []int64
}

// speedColumn, in Mbit/s, is what a limit's Speed is compared with.
const speedColumn = "if_high_speed"

// Limit is a threshold with its hysteresis. Of several, the one with the
// greatest Speed (Mbit/s) that the port reaches holds.
type Limit struct {
	Speed int      `yaml:"speed"`
	Raise float64  `yaml:"raise"`
	Clear float64  `yaml:"clear"`
	Floor *float64 `yaml:"floor"` // at or beyond it the value says nothing of this kind
}

// Trap says what a notification means.
type Trap struct {
	Name string       `yaml:"name"`
	OID  string       `yaml:"oid"` // as snmpTrapOID.0
	Kind symptom.Kind `yaml:"kind"`
	// port, device, far_end or peer (far end, or the device at the link's other end)
	Subject  string             `yaml:"subject"`
	For      []string           `yaml:"for"`
	Index    Index              `yaml:"index"`
	Variable string             `yaml:"variable"`  // column whose instance is the index
	PortName string             `yaml:"port_name"` // column whose value is the port's name, if sent
	Says     string             `yaml:"says"`      // normal or abnormal, or by the variable's value:
	Normal   []int64            `yaml:"normal"`
	Abnormal []int64            `yaml:"abnormal"`
	Needs    map[string][]int64 `yaml:"needs"`  // columns that must be there with one of these values
	Unless   map[string][]int64 `yaml:"unless"` // columns that must not be there with one of these
}

// Covers lists the kinds that the profile can observe by polling.
func (p *Profile) Covers() []symptom.Kind {
	kinds := []symptom.Kind{symptom.AgentSilent}
	if p.Uptime != nil {
		kinds = append(kinds, symptom.Rebooted)
	}
	for _, t := range p.Tables {
		for _, c := range t.Columns {
			for _, j := range c.Judges {
				if j.canRaise() {
					kinds = append(kinds, j.Kind)
				}
			}
		}
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

// canRaise is false for a judge that can only withdraw.
func (j *Judge) canRaise() bool { return len(j.Abnormal)+len(j.Below)+len(j.Above) > 0 }
