// Package icmp is the batched ping engine. One raw socket per address family
// serves every target: requests leave in sendmmsg batches, replies arrive in
// recvmmsg batches with the kernel's receive time on them, and everything that
// is not an echo reply to this engine is dropped by a filter in the kernel.
// Without CAP_NET_RAW it falls back to unprivileged ICMP sockets.
//
// A reply counts once, and only if identifier, sequence number, source address
// and a random number drawn for that one request all agree: a late, doubled,
// foreign or forged reply is never taken for an answer. A loss that this machine caused
// itself (no route, full receive buffer) is reported as Unknown, not as Lost.
//
// The package says what answered and when. It refuses to judge: thresholds,
// hysteresis and symptoms are the business of collector/probe.
package icmp
