package infer

import "github.com/linewarden/linewarden/correlator/evidence"

// speaks tells whether a port or far end that is well says anything of a
// component that stands so.
func speaks(r evidence.Relation) bool {
	switch r {
	case evidence.Link, evidence.Risk, evidence.Peer, evidence.PeerPower, evidence.Self, evidence.SelfPower, evidence.Own:
		return true
	}
	return false
}
