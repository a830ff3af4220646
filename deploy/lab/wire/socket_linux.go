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
// with the time that it had waited by now, and returns how many there were. A
// frame is handle's only during the call.
func (s *Socket) Receive(limit int, now time.Time, handle func(frame []byte, age time.Duration)) (n int) {
	for n < limit {
		frame := s.ring[s.next*frameSize:][:frameSize]
		h := (*unix.Tpacket2Hdr)(unsafe.Pointer(unsafe.SliceData(frame)))
		if atomic.LoadUint32(&h.Status)&unix.TP_STATUS_USER == 0 {
			break
		}
		if end := int(h.Mac) + int(h.Snaplen); h.Snaplen == h.Len && end <= frameSize {
			handle(frame[h.Mac:end], max(0, now.Sub(time.Unix(int64(h.Sec), int64(h.Nsec)))))
		}
		atomic.StoreUint32(&h.Status, unix.TP_STATUS_KERNEL)
		s.next = (s.next + 1) % frames
		n++
	}
	return n
}

// short is how long a call may keep its processor. The scheduler's part in a
// system call costs more than all that is done here with a packet, but without
// it the garbage collector has to wait for the call to return.
const short = 5 * time.Millisecond

// Wait returns when a frame has arrived, Wake was called, or d has passed; a
// negative d waits for ever.
func (s *Socket) Wait(d time.Duration) error {
	fds := [2]unix.PollFd{{Fd: int32(s.rx), Events: unix.POLLIN}, {Fd: int32(s.wake), Events: unix.POLLIN}}
	t := unix.NsecToTimespec(max(0, d.Nanoseconds()))
	call, limit := unix.Syscall6, &t
	if d < 0 {
		limit = nil
	} else if d < short {
		call = unix.RawSyscall6
	}
	_, _, errno := call(unix.SYS_PPOLL, uintptr(unsafe.Pointer(&fds)), 2, uintptr(unsafe.Pointer(limit)), 0, 0, 0)
	if errno != 0 && errno != unix.EINTR {
		return fmt.Errorf("wait for packets: %w", errno)
	}
	if errno == 0 && fds[1].Revents != 0 {
		var b [8]byte
		_, _ = unix.Read(s.wake, b[:]) // only another Wake could be missed, and it is under way
	}
	return nil
}

// Doze sleeps for d, a millisecond at most, whatever arrives: under load it is
// far cheaper to look at the ring at intervals than to be woken for each frame.
func (s *Socket) Doze(d time.Duration) {
	t := unix.NsecToTimespec(min(d, time.Millisecond).Nanoseconds())
	// a signal only ends it early
	_, _, _ = unix.RawSyscall6(unix.SYS_CLOCK_NANOSLEEP, unix.CLOCK_MONOTONIC, 0, uintptr(unsafe.Pointer(&t)), 0, 0, 0)
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
		sent, _, errno := unix.RawSyscall6(unix.SYS_SENDMMSG, uintptr(s.tx), uintptr(unsafe.Pointer(&s.headers[0])),
			uintptr(n), unix.MSG_DONTWAIT, 0, 0)
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

// Dropped is how many frames found the ring full since the last call.
func (s *Socket) Dropped() uint64 {
	n, err := unix.GetsockoptTpacketStats(s.rx, unix.SOL_PACKET, unix.PACKET_STATISTICS)
	if err != nil {
		return 0
	}
	return uint64(n.Drops)
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
