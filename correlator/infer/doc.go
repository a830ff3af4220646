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
// The work is done in parts, each of which imports only those before it:
//
//	model      the inventory as components, ways, protection domains and points; never changed
//	state      what is known at present: symptoms, sweeps, coverage, planned work, and what changed
//	search     from raised points to claims: regions, greedy, pairs, rivals; no published verdicts
//	reach      which lines a claim touches, and at which end
//	statement  a claim in the words of a verdict, with what speaks for and against it
//	life       of a fault: identity, holds, revision, recovery, adoption; silent collectors
//
// weight names the numbers that several of them share. The Engine here joins the
// parts and holds nothing else. Its stories are in testdata, and README there says
// how to write one.
package infer
