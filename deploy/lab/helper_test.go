package lab

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"
)

// helper lets the test binary play other programs: a trap receiver inside the
// lab, and a client that can be killed.
func helper() {
	switch {
	case os.Args[0] == "exec-client":
		_, err := Client{Dir: os.Args[1]}.Exec(Command{
			Args: []string{"sh", "-c", "echo ready; exec sleep 600"}, Files: []*os.File{os.Stdin, os.Stdout, os.Stderr},
		}, nil)
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	case len(os.Args) == 3 && os.Args[1] == "listen-for-traps":
		n, err := strconv.Atoi(os.Args[2])
		if err == nil {
			err = listenForTraps(n)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
}

func self(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// heard is a notification as gosnmp reads it.
type heard struct{ From, Community, Name string }

func listenForTraps(n int) error {
	c, err := net.ListenPacket("udp4", ":162")
	if err != nil {
		return err
	}
	defer c.Close()
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode("listening"); err != nil {
		return err
	}
	if err := c.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return err
	}
	buf := make([]byte, 65536)
	for range n {
		k, from, err := c.ReadFrom(buf)
		if err != nil {
			return err
		}
		p, err := (&gosnmp.GoSNMP{Version: gosnmp.Version2c}).UnmarshalTrap(buf[:k], false)
		if err != nil {
			return err
		}
		h := heard{from.(*net.UDPAddr).IP.String(), p.Community, p.Variables[1].Value.(string)}
		if err := out.Encode(h); err != nil {
			return err
		}
	}
	return nil
}
