// Package infer decides where a fault lies. It compiles an inventory to
// components, takes in symptoms, heartbeats and coverage, searches for the
// components whose failure explains best what is dark and what is not, and
// gives verdicts with a life of their own: published, revised under the same
// id, merged, split, cleared.
//
// It is pure: time is an argument, nothing is read or sent. Whoever drives an
// Engine calls Apply with what was observed and Advance when Deadline says so;
// the same calls give the same verdicts, whatever the order within a tick.
//
// # The model
//
// Components are devices, links, the customers' ports, what several of them
// share (cable, duct, card, site power, building) and the stations themselves.
// A way, of a line from A to Z or of an observation from its station to its
// target, compiles to a series list and to segments: stretches that cross a
// protection domain. What cuts a segment alone (bridges, cut vertices, shared
// risks) is in the series; for the rest it takes two failures, and which two
// sever it is asked of the domain's graph when it matters (area.go). A ring is
// closed by the more inward domain on which it is homed twice.
//
// # What counts as known
//
// A point that is not raised is healthy only if something says so: a sweep of
// its whole share that began after the fault did, its own recovery, or, of a
// device, that it has told us something about its own ports. Everything else
// is unknown, and counts as evidence.Silence says: of n points that a cause
// would darken, k are dark so far. What was dark meanwhile and is well again
// speaks neither way. A fault explains only what began when it did or later, so
// that an old fault and a new one behind the same hub stay two (the epochs of
// search.go).
//
// # The search
//
// Raised points are split into regions that share no believable cause, and
// only regions in which something changed are searched again. Within one the
// worthiest component is taken again and again: the most evidence for its cost,
// where the cost is its prior and the silence of what it should have darkened.
// Where two roots or more break one protection domain, or a point with
// protection on its way stays unexplained, pairs are tried (pairs.go); what has
// become needless is dropped. The posterior of every root is taken over all
// that could stand in its place, the other roots unchanged (rivals.go).
//
// # What is said, and when
//
// Within the margin of ln 20 a root is sure; a set that nothing tells apart is a
// root_set; a tie within a domain domain_only, across two two_domains; else
// undetermined. A sure root is said at once, the rest after a hold by class
// (Options), and a revision of root or domain only when it is sure or has stood
// for a while. A line is down if the roots break its own way, unless a watch
// proves its service up; a management address that does not answer is nobody's
// outage. Verdicts follow their roots, and then their symptoms: see match. A
// fault that recovers piece by piece keeps its roots (recover.go), and one whose
// root fails again within minutes goes on under its id.
//
// A line's own way is not that of its observation. What stands on it alone
// explains that the service is gone, and a reply does not exonerate it
// (evidence.Way).
package infer
