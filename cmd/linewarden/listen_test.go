package main

import (
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestMain lets the tests start this program again as one that is handed a
// socket, and says what it made of it.
func TestMain(m *testing.M) {
	if os.Getenv("LINEWARDEN_TEST_LISTEN") == "" {
		os.Exit(m.Run())
	}
	l, err := listener("127.0.0.1:0")
	if err != nil {
		_, _ = os.Stdout.WriteString("error: " + err.Error())
		os.Exit(0)
	}
	_, _ = os.Stdout.WriteString(l.Addr().String() + " " + os.Getenv("LISTEN_FDS"))
}

func TestTheConsolesSocketMayBeHandedIn(t *testing.T) {
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	file, err := socket.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	none, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer none.Close()
	own := socket.Addr().String() + " "
	for _, c := range []struct {
		name  string
		env   string
		files []*os.File
		want  string // what it says begins so; "": another address
	}{
		{"a launcher does not know the process id", "LISTEN_FDS=1", []*os.File{file}, own},
		{"a launcher says so", "LISTEN_FDS=1 LISTEN_PID=0", []*os.File{file}, own},
		{"the sockets are another process's", "LISTEN_FDS=1 LISTEN_PID=1", []*os.File{file}, ""},
		{"nothing is handed in", "", nil, ""},
		{"two sockets", "LISTEN_FDS=2", []*os.File{file, file}, "error: 2 sockets"},
		{"no socket", "LISTEN_FDS=1", []*os.File{none}, "error: file descriptor 3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			child := exec.CommandContext(t.Context(), os.Args[0])
			child.Env = append(strings.Fields(c.env), "LINEWARDEN_TEST_LISTEN=1")
			child.ExtraFiles = c.files
			out, err := child.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := child.Start(); err != nil {
				t.Fatal(err)
			}
			said, err := io.ReadAll(out)
			if err != nil {
				t.Fatal(err)
			}
			if err := child.Wait(); err != nil {
				t.Fatal(err)
			}
			switch got := string(said); {
			case c.want == "" && (!strings.HasPrefix(got, "127.0.0.1:") || strings.HasPrefix(got, own)):
				t.Errorf("it says %q, want an address of its own", got)
			case !strings.HasPrefix(got, c.want):
				t.Errorf("it says %q, want %q", got, c.want)
			}
		})
	}
}
