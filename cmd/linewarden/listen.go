package main

import (
	"fmt"
	"net"
	"os"
	"strconv"
)

// listener is the console's socket: the one handed in by systemd or whoever
// speaks its socket activation (sd_listen_fds(3)), or a new one.
func listener(address string) (net.Listener, error) {
	if n := os.Getenv("LISTEN_FDS"); n != "" {
		pid, _ := strconv.Atoi(os.Getenv("LISTEN_PID"))
		if pid == 0 || pid == os.Getpid() {
			if n != "1" {
				return nil, fmt.Errorf("LISTEN_FDS is %s: want exactly one socket, the console's", n)
			}
			f := os.NewFile(3, "LISTEN_FD_3")
			defer f.Close()
			l, err := net.FileListener(f)
			if err != nil {
				return nil, fmt.Errorf("take over the socket handed in as file descriptor 3: %w", err)
			}
			return l, nil
		}
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for the console on %s: %w", address, err)
	}
	return l, nil
}
