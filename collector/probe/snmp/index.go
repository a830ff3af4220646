package snmp

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gosnmp/gosnmp"
)

// mapsLive is how long the tables of names are believed; mapsRetry, how soon
// they are read again for a port that was not found.
const (
	mapsLive  = time.Hour
	mapsRetry = 10 * time.Minute
)

// portMap is how one device numbers its ports. It is not changed once made.
type portMap struct {
	profile  *Profile
	read     time.Time
	ifIndex  map[string]string   // port -> ifIndex
	byIf     map[string]string   // ifIndex -> port
	entity   map[string][]string // port -> entPhysicalIndex, the most telling first
	byEntity map[string]string
	slots    []string // rows of slot tables, where all ports are asked for
}

// readMap walks what the profile needs to know of the device's numbering.
func (s *session) readMap(ctx context.Context, p *Profile, all bool) (*portMap, error) {
	m := &portMap{profile: p, read: time.Now(), ifIndex: map[string]string{}, byIf: map[string]string{},
		entity: map[string][]string{}, byEntity: map[string]string{}}
	needs := map[Index]bool{}
	for _, t := range p.Tables {
		needs[t.Index] = true
	}
	if p.Ports != nil && (needs[IfIndex] || needs[Entity]) {
		for _, column := range p.Ports.Names {
			if err := s.readNames(ctx, column, m); err != nil {
				return nil, err
			}
		}
	}
	if p.Entities != nil && needs[Entity] {
		if err := s.readEntities(ctx, p.Entities, m); err != nil {
			return nil, err
		}
	}
	if needs[Slot] && all {
		if err := s.readSlots(ctx, p, m); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// readNames reads one column of names. Earlier columns win, port by port.
func (s *session) readNames(ctx context.Context, column string, m *portMap) error {
	if len(m.byIf) > 0 && s.namedWell(m) {
		return nil
	}
	err := s.walk(ctx, column, func(index string, pdu gosnmp.SnmpPDU) {
		name := text(pdu)
		if name == "" || strings.Contains(index, ".") || m.byIf[index] != "" {
			return
		}
		m.byIf[index] = name
		if _, taken := m.ifIndex[name]; !taken {
			m.ifIndex[name] = index
		}
	})
	return tolerate(err)
}

// namedWell tells whether every port that the inventory names was found.
func (s *session) namedWell(m *portMap) bool {
	for port := range s.target.Ports {
		if m.ifIndex[port] == "" {
			return false
		}
	}
	return true
}

func (s *session) readEntities(ctx context.Context, e *Entities, m *portMap) error {
	add := func(entity, port string) {
		if m.byEntity[entity] == "" {
			m.byEntity[entity] = port
			m.entity[port] = append(m.entity[port], entity)
		}
	}
	if e.Aliases != "" {
		err := s.walk(ctx, e.Aliases, func(index string, pdu gosnmp.SnmpPDU) {
			entity, _, _ := strings.Cut(index, ".") // the second arc is the logical entity
			pointer, _ := pdu.Value.(string)
			// It points at an instance, in practice of ifIndex or another ifEntry column.
			if port := m.byIf[pointer[strings.LastIndexByte(pointer, '.')+1:]]; port != "" &&
				strings.HasPrefix(pointer, ".1.3.6.1.2.1.2.2.1.") {
				add(entity, port)
			}
		})
		if err := tolerate(err); err != nil {
			return err
		}
	}
	if e.Names != "" {
		err := s.walk(ctx, e.Names, func(index string, pdu gosnmp.SnmpPDU) {
			if name := text(pdu); m.ifIndex[name] != "" {
				add(index, name)
			}
		})
		return tolerate(err)
	}
	return nil
}

func (s *session) readSlots(ctx context.Context, p *Profile, m *portMap) error {
	rows := map[string]bool{}
	for _, t := range p.Tables {
		if t.Index != Slot || len(t.Columns) == 0 {
			continue
		}
		err := s.walk(ctx, t.Columns[0].OID, func(index string, _ gosnmp.SnmpPDU) {
			rows[strings.ReplaceAll(index, ".", "/")] = true
		})
		if err := tolerate(err); err != nil {
			return err
		}
	}
	m.slots = sortedKeys(rows)
	return nil
}

// tolerate accepts what a looping walk had found by then.
func tolerate(err error) error {
	if errors.Is(err, errLoop) {
		return nil
	}
	return err
}

// rows returns the instances under which a table may speak of a port.
func (m *portMap) rows(index Index, port string) []string {
	switch index {
	case IfIndex:
		if i := m.ifIndex[port]; i != "" {
			return []string{i}
		}
		if i := m.slotIfIndex(port); i != "" {
			return []string{i}
		}
	case Entity:
		return m.entity[port]
	case Slot:
		if row := strings.ReplaceAll(port, "/", "."); slotPort(row) != "" {
			return []string{row}
		}
	}
	return nil
}

// port is the inverse of rows, for traps.
func (m *portMap) port(index Index, instance string) string {
	first, _, _ := strings.Cut(instance, ".")
	switch index {
	case IfIndex:
		if name := m.byIf[first]; name != "" {
			return name
		}
		return m.slotOfIfIndex(first)
	case Entity:
		return m.byEntity[first]
	case Slot:
		return slotPort(instance)
	}
	return ""
}

// slotPort turns 1.5 into 1/5.
func slotPort(instance string) string {
	arcs := strings.Split(instance, ".")
	if len(arcs) < slotArcs {
		return ""
	}
	for _, a := range arcs[:slotArcs] {
		if _, err := strconv.ParseUint(a, 10, 32); err != nil {
			return ""
		}
	}
	return strings.Join(arcs[:slotArcs], "/")
}

func (m *portMap) slotIfIndex(port string) string {
	if m.profile.Ports == nil || m.profile.Ports.SlotIndex == 0 {
		return ""
	}
	shelf, slot, ok := strings.Cut(port, "/")
	i, err1 := strconv.ParseUint(shelf, 10, 16)
	j, err2 := strconv.ParseUint(slot, 10, 16)
	if !ok || err1 != nil || err2 != nil {
		return ""
	}
	return strconv.FormatUint(i*uint64(m.profile.Ports.SlotIndex)+j, 10)
}

func (m *portMap) slotOfIfIndex(index string) string {
	n, err := strconv.ParseUint(index, 10, 32)
	if err != nil || m.profile.Ports == nil || m.profile.Ports.SlotIndex == 0 {
		return ""
	}
	base := uint64(m.profile.Ports.SlotIndex)
	if n/base == 0 || n%base == 0 {
		return ""
	}
	return strconv.FormatUint(n/base, 10) + "/" + strconv.FormatUint(n%base, 10)
}

// ports lists what to look at: what the inventory names, or all there is.
func (m *portMap) ports(t Target) []string {
	if !t.All {
		return sortedKeys(t.Ports)
	}
	all := map[string]bool{}
	for port := range maps.Keys(m.ifIndex) {
		all[port] = true
	}
	for _, port := range m.slots {
		all[port] = true
	}
	for port := range t.Ports {
		all[port] = true
	}
	return sortedKeys(all)
}

func sortedKeys[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }
