package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"

	"github.com/coreos/go-systemd/v22/activation"
)

// listener is the console's socket: the one handed in by systemd or whoever
// speaks its socket activation (sd_listen_fds(3)), or a new one.
func listener(address string) (net.Listener, error) {
	if l, err := handedIn(); l != nil || err != nil {
		return l, err
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for the console on %s: %w", address, err)
	}
	return l, nil
}

// handedIn takes over the socket that this process was started with; nil if it
// was started without. A launcher that is no init system does not know the
// process id before it is too late to say it; it says 0 or nothing.
func handedIn() (net.Listener, error) {
	if pid := os.Getenv("LISTEN_PID"); pid == "" || pid == "0" {
		if err := os.Setenv("LISTEN_PID", strconv.Itoa(os.Getpid())); err != nil {
			return nil, err
		}
	}
	sockets, err := activation.Listeners()
	switch {
	case err != nil:
		return nil, fmt.Errorf("take over the socket handed in: %w", err)
	case len(sockets) == 0:
		return nil, nil
	case len(sockets) > 1:
		return nil, fmt.Errorf("%d sockets handed in: want exactly one, the console's", len(sockets))
	case sockets[0] == nil:
		return nil, errors.New("file descriptor 3 was handed in, but it is no socket that listens")
	}
	return sockets[0], nil
}
