package bad

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// daemon is a running one.
type daemon struct {
	*site
	process *exec.Cmd
	ended   chan error
	base    string
	token   string
	client  http.Client
}

// Serve starts the daemon and waits until it is ready and both lines are up. It
// must still be well at the end of the test, whatever it was given.
func (s *site) Serve() *daemon {
	s.t.Helper()
	if said, code := s.Run("user", "add", "noc", "--role", "admin"); code != 0 {
		s.t.Fatalf("user add: %s", said)
	}
	token, code := s.Run("user", "token", "noc")
	if code != 0 {
		s.t.Fatalf("user token: %s", token)
	}
	d := &daemon{site: s, token: strings.TrimSpace(token), client: http.Client{Timeout: 10 * time.Second}, ended: make(chan error, 1)}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	s.must(err)
	defer listener.Close()
	socket, err := listener.(*net.TCPListener).File()
	s.must(err)
	defer socket.Close()
	log, err := os.Create(s.path("daemon.log"))
	s.must(err)
	defer log.Close()
	d.base = "http://" + listener.Addr().String()
	d.process = s.command(context.Background(), "serve")
	d.process.Env = append(os.Environ(), "LISTEN_FDS=1", "LISTEN_PID=0")
	d.process.ExtraFiles = []*os.File{socket}
	d.process.Stdout, d.process.Stderr = log, log
	d.process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	s.must(d.process.Start())
	go func() { d.ended <- d.process.Wait() }()
	s.t.Cleanup(d.stop)
	eventually(s.t, 30*time.Second, d.well)
	return d
}

// ready: it runs, and says that all its parts work.
func (d *daemon) ready() error {
	select {
	case err := <-d.ended:
		d.ended <- err
		d.t.Fatalf("the daemon ended: %v\n%s", err, d.log())
	default:
	}
	body, err := d.get("/readyz")
	if err != nil {
		return fmt.Errorf("%w: %s", err, body)
	}
	return nil
}

// well: it is ready, and it sees both lines up.
func (d *daemon) well() error {
	if err := d.ready(); err != nil {
		return err
	}
	for _, line := range []string{"LN-1", "LN-2"} {
		if up, err := d.metric(`linewarden_line_up{line="` + line + `"`); err != nil || up != 1 {
			return fmt.Errorf("line %s: up %v (%v)", line, up, err)
		}
	}
	return nil
}

func (d *daemon) stop() {
	_ = d.process.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-d.ended:
		if err != nil {
			d.t.Errorf("the daemon ended with %v", err)
		}
	case <-time.After(20 * time.Second):
		_ = d.process.Process.Kill()
		d.t.Error("the daemon did not end within 20s of SIGTERM")
	}
	log := d.log()
	if strings.Contains(log, "panic") {
		d.t.Error("its log speaks of a panic")
	}
	if d.t.Failed() {
		d.t.Logf("its log:\n%s", log)
	}
}

func (d *daemon) log() string {
	raw, _ := os.ReadFile(d.path("daemon.log"))
	return string(raw)
}

// ExpectLog waits for a line of the log with all of these words.
func (d *daemon) ExpectLog(words ...string) {
	d.t.Helper()
	eventually(d.t, 30*time.Second, func() error {
	lines:
		for _, line := range strings.Split(d.log(), "\n") {
			for _, w := range words {
				if !strings.Contains(line, w) {
					continue lines
				}
			}
			return nil
		}
		return fmt.Errorf("no line of the log holds all of %q", words)
	})
}

func (d *daemon) get(path string) ([]byte, error) {
	req, err := http.NewRequest(http.MethodGet, d.base+path, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+d.token)
	resp, err := d.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("GET %s: %s", path, resp.Status)
	}
	return body, err
}

// metric adds up the samples that begin so.
func (d *daemon) metric(prefix string) (sum float64, err error) {
	body, err := d.get("/metrics")
	if err != nil {
		return 0, err
	}
	found := false
	for lines := bufio.NewScanner(strings.NewReader(string(body))); lines.Scan(); {
		if line := lines.Text(); strings.HasPrefix(line, prefix) {
			v, err := strconv.ParseFloat(line[strings.LastIndexByte(line, ' ')+1:], 64)
			if err != nil {
				return 0, fmt.Errorf("%s: %w", line, err)
			}
			sum, found = sum+v, true
		}
	}
	if !found {
		return 0, fmt.Errorf("/metrics has no %s", prefix)
	}
	return sum, nil
}

// ExpectMetric waits for a sum of samples.
func (d *daemon) ExpectMetric(prefix string, want float64) {
	d.t.Helper()
	eventually(d.t, 40*time.Second, func() error {
		if got, err := d.metric(prefix); err != nil || got != want {
			return fmt.Errorf("%s is %v (%v), want %v", prefix, got, err, want)
		}
		return nil
	})
}

// symptoms gives the raised ones: kind and subject.
func (d *daemon) symptoms() (all []string, err error) {
	body, err := d.get("/tmf-api/alarm/v4/alarm?limit=1000")
	if err != nil {
		return nil, err
	}
	var alarms []struct {
		State, SpecificProblem string
		AlarmedObject          struct{ ID string }
	}
	if err := json.Unmarshal(body, &alarms); err != nil {
		return nil, err
	}
	for _, a := range alarms {
		if a.State != "cleared" {
			all = append(all, a.SpecificProblem+" "+a.AlarmedObject.ID)
		}
	}
	return all, nil
}

// ExpectSymptoms waits until these and no others are raised.
func (d *daemon) ExpectSymptoms(want ...string) {
	d.t.Helper()
	eventually(d.t, 60*time.Second, func() error {
		got, err := d.symptoms()
		if err != nil {
			return err
		}
		if strings.Join(got, ", ") != strings.Join(want, ", ") {
			return fmt.Errorf("raised: %q, want %q", got, want)
		}
		return nil
	})
}

// ExpectNobodyCalled: all is well, and there is not one ticket.
func (d *daemon) ExpectNobodyCalled() {
	d.t.Helper()
	d.must(d.well())
	body, err := d.get("/tmf-api/troubleTicket/v4/troubleTicket")
	d.must(err)
	if got := strings.TrimSpace(string(body)); got != "[]" {
		d.t.Errorf("tickets: %s", got)
	}
}
