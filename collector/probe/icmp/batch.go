package icmp

import (
	"errors"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

// mmsghdr is struct mmsghdr of sendmmsg(2) and recvmmsg(2).
type mmsghdr struct {
	hdr unix.Msghdr
	len uint32
}

func asInet4(a *sockaddr) *unix.RawSockaddrInet4 {
	return (*unix.RawSockaddrInet4)(unsafe.Pointer(a))
}

// mmsg calls sendmmsg or recvmmsg and returns how many messages went through.
func mmsg(call uintptr, fd int, msgs []mmsghdr) (int, error) {
	for {
		n, _, errno := unix.RawSyscall6(call, uintptr(fd), uintptr(unsafe.Pointer(&msgs[0])), uintptr(len(msgs)), 0, 0, 0)
		switch errno {
		case 0:
			return int(n), nil
		case unix.EINTR:
		default:
			return 0, errno
		}
	}
}

// sender is one batch of requests, built in place and used again and again.
type sender struct {
	sock  *socket
	msgs  []mmsghdr
	addrs []sockaddr
	bufs  [][]byte
	base  uint32 // checksum of the bytes that never change
	n     int
}

func newSender(s *socket, batch, size int) *sender {
	x := &sender{sock: s, msgs: make([]mmsghdr, batch), addrs: make([]sockaddr, batch), bufs: make([][]byte, batch)}
	iovs := make([]unix.Iovec, batch)
	for i := range x.msgs {
		p := make([]byte, echoHeader+size)
		p[offType] = s.family.request
		for j := minEcho; j < len(p); j++ {
			p[j] = byte(j)
		}
		x.base = sumWords(p)
		x.bufs[i] = p
		iovs[i].Base = &p[0]
		iovs[i].SetLen(len(p))
		h := &x.msgs[i].hdr
		h.Name = (*byte)(unsafe.Pointer(&x.addrs[i]))
		h.Iov = &iovs[i]
		h.SetIovlen(1)
	}
	return x
}

// add puts a request into the batch.
func (x *sender) add(to netip.Addr, zone uint32, e echo) {
	p := x.bufs[x.n]
	e.put(p)
	sum := ^fold(x.base + e.sum())
	p[offChecksum], p[offChecksum+1] = byte(sum>>8), byte(sum)
	x.msgs[x.n].hdr.Namelen = putAddr(&x.addrs[x.n], to, zone)
	x.n++
}

// send hands the requests from i on to the kernel and returns how many it took.
func (x *sender) send(i int) (int, error) {
	return mmsg(unix.SYS_SENDMMSG, x.sock.fd, x.msgs[i:x.n])
}

// receiver is one batch of replies.
type receiver struct {
	sock  *socket
	msgs  []mmsghdr
	addrs []sockaddr
	bufs  [][]byte
	ctrls [][]byte
}

func newReceiver(s *socket, batch, size int) *receiver {
	const maxIPv4Header = 60
	r := &receiver{
		sock: s, msgs: make([]mmsghdr, batch), addrs: make([]sockaddr, batch),
		bufs: make([][]byte, batch), ctrls: make([][]byte, batch),
	}
	iovs := make([]unix.Iovec, batch)
	for i := range r.msgs {
		r.bufs[i] = make([]byte, maxIPv4Header+echoHeader+size)
		r.ctrls[i] = make([]byte, unix.CmsgSpace(int(unsafe.Sizeof(unix.Timespec{}))))
		iovs[i].Base = &r.bufs[i][0]
		iovs[i].SetLen(len(r.bufs[i]))
		h := &r.msgs[i].hdr
		h.Name = (*byte)(unsafe.Pointer(&r.addrs[i]))
		h.Iov = &iovs[i]
		h.SetIovlen(1)
		h.Control = &r.ctrls[i][0]
	}
	return r
}

// receive takes what has arrived, up to a batch.
func (r *receiver) receive() (int, error) {
	for i := range r.msgs {
		h := &r.msgs[i].hdr
		h.Namelen = uint32(unsafe.Sizeof(sockaddr{}))
		h.SetControllen(len(r.ctrls[i]))
	}
	n, err := mmsg(unix.SYS_RECVMMSG, r.sock.fd, r.msgs)
	if errors.Is(err, unix.EAGAIN) {
		return 0, nil
	}
	return n, err
}

// message is the i-th packet received, from its ICMP header on; none if it is
// no whole echo reply.
func (r *receiver) message(i int) (echo, bool) {
	if r.msgs[i].hdr.Flags&unix.MSG_TRUNC != 0 {
		return echo{}, false
	}
	p := r.bufs[i][:r.msgs[i].len]
	if r.sock.raw && r.sock.family.rawHeader {
		var ok bool
		if p, ok = stripIPv4(p); !ok {
			return echo{}, false
		}
	}
	return parseEcho(p, r.sock.family.reply)
}

// stamp is when the kernel received the i-th packet, in nanoseconds of wall
// clock; 0 if it did not say.
func (r *receiver) stamp(i int) int64 {
	h := &r.msgs[i].hdr
	if int(h.Controllen) < unix.CmsgSpace(int(unsafe.Sizeof(unix.Timespec{}))) {
		return 0
	}
	c := (*unix.Cmsghdr)(unsafe.Pointer(&r.ctrls[i][0]))
	if c.Level != unix.SOL_SOCKET || c.Type != unix.SCM_TIMESTAMPNS {
		return 0
	}
	return (*unix.Timespec)(unsafe.Pointer(&r.ctrls[i][unix.CmsgLen(0)])).Nano()
}
