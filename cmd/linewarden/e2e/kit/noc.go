package kit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// NOC is the daemon, and a person who asks it through its HTTP interface.
type NOC struct {
	*Process
	Config string // path of linewarden.yaml
	URL    string
	Token  string
	Client *http.Client
	socket *os.File
}

// NewNOC prepares a daemon with a configuration file; Start starts it. Its
// console's socket is opened here and handed in, as systemd does, so that
// the daemon is reached wherever it runs.
func NewNOC(t testing.TB, config string, exec Exec) *NOC {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	socket, err := listener.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	n := &NOC{
		Config: config,
		URL:    "http://" + listener.Addr().String(),
		Client: &http.Client{Timeout: 20 * time.Second},
		socket: socket,
		Process: &Process{T: t, Name: "linewarden", Exec: exec, Env: []string{"LISTEN_FDS=1", "LISTEN_PID=0"},
			Args: []string{Bin("linewarden"), "serve", "--config", config}, Files: []*os.File{socket},
			Dir: filepath.Dir(config), Log: filepath.Join(filepath.Dir(config), "linewarden.log")},
	}
	t.Cleanup(func() {
		n.Client.CloseIdleConnections()
		if t.Failed() {
			t.Logf("the daemon's last words:\n%s", n.LogTail(40))
		}
	})
	return n
}

// Start starts the daemon and waits until all its parts work.
func (n *NOC) Start() {
	n.T.Helper()
	n.Launch()
	n.Await("the daemon is ready", n.Ready)
}

// LetGo closes the test's own copy of the console's socket, so that nobody
// listens any more once the daemon does not. It cannot be started again.
func (n *NOC) LetGo() { n.socket.Close() }

// Ready tells what the daemon's health lacks.
func (n *NOC) Ready() error {
	body, err := n.Get("/readyz")
	if err != nil {
		return fmt.Errorf("%w: %s", err, body)
	}
	return nil
}

// Run runs a sub-command and returns what it prints.
func (n *NOC) Run(args ...string) string {
	n.T.Helper()
	var out, complaint bytes.Buffer
	cmd := exec.Command(Bin("linewarden"), append(args, "--config", n.Config)...)
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		n.T.Fatalf("%s: %v\n%s", cmd, err, complaint.String())
	}
	return strings.TrimSpace(out.String())
}

// SignIn makes an account; from then on the NOC asks with its token.
func (n *NOC) SignIn(name, role string) {
	n.T.Helper()
	n.Run("user", "add", name, "--role", role)
	n.Token = n.Run("user", "token", name)
}

// StatusError is an answer other than 2xx.
type StatusError struct {
	Method, Path, Status string
	Code                 int
	Body                 string
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("%s %s: %s: %s", e.Method, e.Path, e.Status, e.Body)
}

// Status is the code of an answer; 0 where there was none.
func Status(err error) int {
	var s *StatusError
	if err == nil {
		return http.StatusOK
	} else if errors.As(err, &s) {
		return s.Code
	}
	return 0
}

// Get returns a page; of an answer other than 2xx, too, with a *StatusError.
func (n *NOC) Get(path string) ([]byte, error) { return n.ask(http.MethodGet, path, nil) }

// API asks in JSON and decodes the answer, unless into is nil.
func (n *NOC) API(method, path string, body, into any) error {
	var reader io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return err
		}
		reader = bytes.NewReader(raw)
	}
	raw, err := n.ask(method, path, reader)
	if err != nil || into == nil {
		return err
	}
	return json.Unmarshal(raw, into)
}

func (n *NOC) ask(method, path string, body io.Reader) ([]byte, error) {
	req, err := http.NewRequest(method, n.URL+path, body)
	if err != nil {
		return nil, err
	}
	if n.Token != "" {
		req.Header.Set("Authorization", "Bearer "+n.Token)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := n.Client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode/100 != 2 {
		err = &StatusError{Method: method, Path: path, Status: resp.Status, Code: resp.StatusCode, Body: string(raw)}
	}
	return raw, err
}
