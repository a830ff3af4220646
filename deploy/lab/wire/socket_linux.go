package wire

import (
	"fmt"
	"net"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Geometry of the receive ring: 8,192 frames, 16 MiB, enough for the longest
// burst that a batching sender makes between two turns of the loop.
const (
	frameSize = 2048
	blockSize = 1 << 16
	blocks    = 256
	frames    = blocks * blockSize / frameSize
)

const batch = 128

// Socket is the far end of a veth pair. Frames are received through a ring
// that is shared with the kernel (packet_mmap, TPACKET_V2) and sent in batches.
type Socket struct {
	rx, tx, wake int
	ring         []byte
	next         int

	headers [batch]mmsghdr
	vectors [batch]unix.Iovec
}

// mmsghdr is struct mmsghdr of sendmmsg(2).
type mmsghdr struct {
	hdr unix.Msghdr
	n   uint32
}

// Open binds to an interface of the current network namespace.
func Open(ifname string) (*Socket, error) {
	i, err := net.InterfaceByName(ifname)
	if err != nil {
		return nil, err
	}
	s := &Socket{rx: -1, tx: -1, wake: -1}
	if err := s.open(i.Index); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Socket) open(ifindex int) (err error) {
	if s.wake, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return fmt.Errorf("eventfd: %w", err)
	}
	if s.rx, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0); err != nil {
		return fmt.Errorf("packet socket: %w", err)
	}
	if err := unix.SetsockoptInt(s.rx, unix.SOL_PACKET, unix.PACKET_VERSION, unix.TPACKET_V2); err != nil {
		return fmt.Errorf("TPACKET_V2: %w", err)
	}
	req := unix.TpacketReq{Block_size: blockSize, Block_nr: blocks, Frame_size: frameSize, Frame_nr: frames}
	if err := unix.SetsockoptTpacketReq(s.rx, unix.SOL_PACKET, unix.PACKET_RX_RING, &req); err != nil {
		return fmt.Errorf("receive ring: %w", err)
	}
	if s.ring, err = unix.Mmap(s.rx, 0, blocks*blockSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err != nil {
		return fmt.Errorf("map receive ring: %w", err)
	}
	if err := unix.SetsockoptInt(s.rx, unix.SOL_PACKET, unix.PACKET_IGNORE_OUTGOING, 1); err != nil {
		return fmt.Errorf("ignore outgoing: %w", err)
	}
	if err := unix.Bind(s.rx, &unix.SockaddrLinklayer{Protocol: htons(unix.ETH_P_ALL), Ifindex: ifindex}); err != nil {
		return fmt.Errorf("bind: %w", err)
	}
	if s.tx, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0); err != nil {
		return fmt.Errorf("packet socket: %w", err)
	}
	if err := unix.SetsockoptInt(s.tx, unix.SOL_PACKET, unix.PACKET_QDISC_BYPASS, 1); err != nil {
		return fmt.Errorf("bypass queues: %w", err)
	}
	if err := unix.Bind(s.tx, &unix.SockaddrLinklayer{Ifindex: ifindex}); err != nil {
		return fmt.Errorf("bind: %w", err)
	}
	return nil
}

func htons(v uint16) uint16 { return v<<8 | v>>8 }

// Receive calls handle for each frame that has arrived, at most limit of them,
// and returns how many there were. A frame is handle's only during the call.
func (s *Socket) Receive(limit int, handle func(frame []byte)) (n int) {
	for n < limit {
		frame := s.ring[s.next*frameSize:][:frameSize]
		h := (*unix.Tpacket2Hdr)(unsafe.Pointer(unsafe.SliceData(frame)))
		if atomic.LoadUint32(&h.Status)&unix.TP_STATUS_USER == 0 {
			break
		}
		if end := int(h.Mac) + int(h.Snaplen); h.Snaplen == h.Len && end <= frameSize {
			handle(frame[h.Mac:end])
		}
		atomic.StoreUint32(&h.Status, unix.TP_STATUS_KERNEL)
		s.next = (s.next + 1) % frames
		n++
	}
	return n
}

// Wait returns when a frame has arrived, Wake was called, or d has passed; a
// negative d waits for ever.
func (s *Socket) Wait(d time.Duration) error {
	fds := []unix.PollFd{{Fd: int32(s.rx), Events: unix.POLLIN}, {Fd: int32(s.wake), Events: unix.POLLIN}}
	var ts *unix.Timespec
	if d >= 0 {
		t := unix.NsecToTimespec(d.Nanoseconds())
		ts = &t
	}
	if _, err := unix.Ppoll(fds, ts, nil); err != nil && err != unix.EINTR {
		return fmt.Errorf("wait for packets: %w", err)
	}
	if fds[1].Revents != 0 {
		var b [8]byte
		_, _ = unix.Read(s.wake, b[:]) // only another Wake could be missed, and it is under way
	}
	return nil
}

// Wake ends a Wait, from any goroutine.
func (s *Socket) Wake() {
	b := [8]byte{1}
	_, _ = unix.Write(s.wake, b[:]) // fails only when a wake-up is already due
}

// Send puts frames on the wire. What the host has no room for is lost, as on
// any wire.
func (s *Socket) Send(out [][]byte) error {
	for len(out) > 0 {
		n := min(len(out), batch)
		for i, f := range out[:n] {
			s.vectors[i].Base = unsafe.SliceData(f)
			s.vectors[i].SetLen(len(f))
			s.headers[i].hdr.Iov = &s.vectors[i]
			s.headers[i].hdr.SetIovlen(1)
		}
		sent, _, errno := unix.Syscall6(unix.SYS_SENDMMSG, uintptr(s.tx), uintptr(unsafe.Pointer(&s.headers[0])), uintptr(n), unix.MSG_DONTWAIT, 0, 0)
		switch errno {
		case 0:
			out = out[sent:]
		case unix.EINTR:
		case unix.EAGAIN, unix.ENOBUFS:
			out = out[1:]
		default:
			return fmt.Errorf("send packets: %w", errno)
		}
	}
	return nil
}

// Close lets go of everything.
func (s *Socket) Close() {
	if s.ring != nil {
		_ = unix.Munmap(s.ring)
	}
	for _, fd := range []int{s.rx, s.tx, s.wake} {
		if fd >= 0 {
			_ = unix.Close(fd)
		}
	}
}
