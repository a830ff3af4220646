package icmp

import (
	"errors"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ErrPermission says that this process may open neither kind of ICMP socket.
var ErrPermission = errors.New("no permission to ping: grant CAP_NET_RAW " +
	"(systemd: AmbientCapabilities=CAP_NET_RAW; a file: setcap cap_net_raw+ep linewarden; a container: --cap-add " +
	"NET_RAW), " +
	"or allow unprivileged ICMP sockets (sysctl -w net.ipv4.ping_group_range=\"0 2147483647\")")

// socket is an ICMP socket of one family, with its filter and time stamps on.
type socket struct {
	family family
	fd     int
	raw    bool
	id     uint16 // the identifier in our requests; the kernel's choice unless raw
}

// openSocket tries a raw socket first and an unprivileged one next.
func openSocket(f family, id uint16, instance uint32, cfg Config) (*socket, error) {
	s := &socket{family: f, id: id, raw: true}
	var err error
	s.fd, err = unix.Socket(f.domain, unix.SOCK_RAW|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, f.proto)
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		s.raw = false
		s.fd, err = unix.Socket(f.domain, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, f.proto)
		if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
			return nil, fmt.Errorf("%s: %w", f.name, ErrPermission)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open %s ICMP socket: %w", f.name, err)
	}
	if err := s.setUp(instance, cfg); err != nil {
		unix.Close(s.fd)
		return nil, err
	}
	return s, nil
}

func (s *socket) setUp(instance uint32, cfg Config) error {
	if s.raw {
		if err := s.onlyReplies(); err != nil {
			return os.NewSyscallError("setsockopt ICMP_FILTER", err)
		}
	} else if err := s.takeID(); err != nil {
		return err
	}
	prog := s.family.filter(s.raw && s.family.rawHeader, s.id, instance)
	fprog := unix.SockFprog{Len: uint16(len(prog)), Filter: &prog[0]}
	if err := unix.SetsockoptSockFprog(s.fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &fprog); err != nil {
		return os.NewSyscallError("setsockopt SO_ATTACH_FILTER", err)
	}
	if err := unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1); err != nil {
		return os.NewSyscallError("setsockopt SO_TIMESTAMPNS", err)
	}
	if err := s.buffer(cfg.ReceiveBuffer, unix.SO_RCVBUFFORCE, unix.SO_RCVBUF); err != nil {
		return os.NewSyscallError("setsockopt SO_RCVBUF", err)
	}
	return os.NewSyscallError("setsockopt SO_SNDBUF", s.buffer(cfg.SendBuffer, unix.SO_SNDBUFFORCE, unix.SO_SNDBUF))
}

// buffer sets a buffer's size, beyond the system's limit if we may.
func (s *socket) buffer(size, force, ask int) error {
	if size == 0 || unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, force, size) == nil {
		return nil
	}
	return unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, ask, size)
}

// onlyReplies drops other kinds of ICMP before they are even copied; on
// loopback that halves the work, since our own requests come by as well.
func (s *socket) onlyReplies() error {
	if s.family.domain == unix.AF_INET {
		return unix.SetsockoptInt(s.fd, unix.SOL_RAW, unix.ICMP_FILTER, int(^uint32(1<<s.family.reply)))
	}
	var block unix.ICMPv6Filter
	for i := range block.Data {
		block.Data[i] = ^uint32(0)
	}
	block.Data[s.family.reply>>5] &^= 1 << (s.family.reply & 31)
	return unix.SetsockoptICMPv6Filter(s.fd, unix.IPPROTO_ICMPV6, unix.ICMPV6_FILTER, &block)
}

// takeID makes the kernel choose the identifier of an unprivileged socket.
func (s *socket) takeID() error {
	var any unix.Sockaddr = &unix.SockaddrInet4{}
	if s.family.domain == unix.AF_INET6 {
		any = &unix.SockaddrInet6{}
	}
	if err := unix.Bind(s.fd, any); err != nil {
		return os.NewSyscallError("bind", err)
	}
	name, err := unix.Getsockname(s.fd)
	if err != nil {
		return os.NewSyscallError("getsockname", err)
	}
	switch name := name.(type) {
	case *unix.SockaddrInet4:
		s.id = uint16(name.Port)
	case *unix.SockaddrInet6:
		s.id = uint16(name.Port)
	}
	return nil
}

// drops is the kernel's count of packets for which the receive buffer had no room.
func (s *socket) drops() uint32 {
	var info [unix.SK_MEMINFO_VARS]uint32
	size := uint32(unsafe.Sizeof(info))
	_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(s.fd), unix.SOL_SOCKET, unix.SO_MEMINFO,
		uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
	if errno != 0 {
		return 0
	}
	return info[unix.SK_MEMINFO_DROPS]
}

func (s *socket) close() { _ = unix.Close(s.fd) } // nothing is written that could be lost
