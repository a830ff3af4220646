package agent

import (
	"bytes"
	"time"

	"github.com/linewarden/linewarden/deploy/lab/ber"
	"github.com/linewarden/linewarden/deploy/lab/world"
)

// MaxMessage is the longest answer: what fits into an Ethernet frame, as many
// agents keep it. A longer GETBULK answer is cut short, a longer GET refused.
const MaxMessage = 1472

// Agent speaks for every device of a world. Not safe for concurrent use.
type Agent struct {
	world     *world.World
	community []byte
	mibs      []*mib
	req       request
	vars      []answer
}

// answer is one variable to be written: an entry, or an exception on a name.
type answer struct {
	entry
	name      []uint32
	exception byte
}

// New makes the agents of all devices.
func New(w *world.World) *Agent {
	return &Agent{world: w, community: []byte(w.Net.Community), mibs: make([]*mib, len(w.Net.Devices))}
}

// Answer is a device's answer to a request, in the end of buf, or nil where it
// keeps silent.
func (a *Agent) Answer(dev int, msg, buf []byte, now time.Time) []byte {
	q := &a.req
	if err := q.parse(msg); err != nil || !a.world.Net.Devices[dev].SNMP || !bytes.Equal(q.community, a.community) {
		return nil
	}
	m := a.mib(dev)
	a.vars = a.vars[:0]
	switch q.pdu {
	case pduGet:
		for _, oid := range q.oids {
			a.vars = append(a.vars, m.get(oid))
		}
	case pduGetNext:
		for _, oid := range q.oids {
			a.vars = append(a.vars, m.next(oid))
		}
	case pduSet:
		for _, oid := range q.oids {
			a.vars = append(a.vars, answer{name: oid, exception: ber.Null})
		}
		return a.encode(dev, buf, len(a.vars), errNotWritable, now)
	case pduGetBulk:
		a.bulk(m)
		return a.longest(dev, buf, now)
	}
	if out := a.encode(dev, buf, len(a.vars), 0, now); out != nil {
		return out
	}
	return a.encode(dev, buf, 0, errTooBig, now)
}

func (a *Agent) mib(dev int) *mib {
	m := a.mibs[dev]
	if m == nil || m.log != a.world.OAMVersion(dev) {
		m = build(a.world, dev)
		a.mibs[dev] = m
	}
	return m
}

func (m *mib) get(oid []uint32) answer {
	i, ok := m.find(oid)
	switch {
	case ok:
		return answer{entry: m.entries[i], name: oid}
	case m.knows(oid, i):
		return answer{name: oid, exception: ber.NoSuchInstance}
	}
	return answer{name: oid, exception: ber.NoSuchObject}
}

// knows reports whether some instance of the same object exists next to i: one
// with the OID's arcs but the last. Eight of them name a scalar of MIB-II, whose
// instance is 0, or else a table.
func (m *mib) knows(oid []uint32, i int) bool {
	for _, at := range []int{i - 1, i} {
		if at < 0 || at >= len(m.entries) {
			continue
		}
		near := m.oid(m.entries[at])
		n := len(oid) - 1
		if scalar := len(near) == 9; n < 8 || n == 8 && !scalar {
			continue
		}
		if len(near) >= n && ber.Compare(near[:n], oid[:n]) == 0 {
			return true
		}
	}
	return false
}

func (m *mib) next(oid []uint32) answer {
	i, ok := m.find(oid)
	if ok {
		i++
	}
	if i == len(m.entries) {
		return answer{name: oid, exception: ber.EndOfMibView}
	}
	return answer{entry: m.entries[i], name: m.oid(m.entries[i])}
}

// bulk collects more than can fit: as many rounds of the repeaters as the
// smallest of variables allow.
func (a *Agent) bulk(m *mib) {
	q := &a.req
	fixed := min(max(int(q.first), 0), len(q.oids))
	for _, oid := range q.oids[:fixed] {
		a.vars = append(a.vars, m.next(oid))
	}
	const smallest = 10 // bytes of a variable on the wire
	heads := q.oids[fixed:]
	for round := 0; round < int(q.second) && len(heads) > 0 && len(a.vars) < MaxMessage/smallest; round++ {
		ended := true
		for i := range heads {
			v := m.next(heads[i])
			heads[i] = v.name
			ended = ended && v.exception == ber.EndOfMibView
			a.vars = append(a.vars, v)
		}
		if ended {
			return
		}
	}
}

// longest writes as many variables as fit.
func (a *Agent) longest(dev int, buf []byte, now time.Time) []byte {
	if out := a.encode(dev, buf, len(a.vars), 0, now); out != nil {
		return out
	}
	fits, over := 0, len(a.vars)
	for over-fits > 1 {
		mid := (fits + over) / 2
		if a.encode(dev, buf, mid, 0, now) != nil {
			fits = mid
		} else {
			over = mid
		}
	}
	return a.encode(dev, buf, fits, 0, now)
}

// encode writes a response with the first n variables, or nil if they do not
// fit. The writer goes backwards: last things first.
func (a *Agent) encode(dev int, buf []byte, n, status int, now time.Time) []byte {
	w := ber.NewWriter(buf[:min(len(buf), MaxMessage)])
	for i := n - 1; i >= 0 && !w.Full(); i-- {
		v, mark := &a.vars[i], w.Len()
		if v.exception != 0 {
			w.Element(v.exception, nil)
		} else {
			a.value(w, dev, v.entry, now)
		}
		w.OID(v.name)
		w.Close(ber.Sequence, mark)
	}
	w.Close(ber.Sequence, 0)
	index := 0
	if status == errNotWritable {
		index = 1
	}
	w.Int(int64(index))
	w.Int(int64(status))
	w.Int(int64(a.req.id))
	return a.finish(w, pduResponse)
}

func (a *Agent) finish(w *ber.Writer, pdu byte) []byte {
	w.Close(pdu, 0)
	w.Element(ber.OctetString, a.community)
	w.Int(version2c)
	w.Close(ber.Sequence, 0)
	if w.Full() {
		return nil
	}
	return w.Bytes()
}
