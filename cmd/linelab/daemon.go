package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/linewarden/linewarden/deploy/lab"
)

// Files of a demonstration in the lab's directory.
const (
	daemonLog    = "linewarden.log"
	tokenFile    = "token"
	passwordFile = "password"
	networkFile  = "demo.json"
)

// daemon is linewarden, watching the lab from within.
type daemon struct {
	binary, dir string
	password    string

	signals chan os.Signal
	ended   chan struct{} // closed when it has ended, with code and err set
	code    int
	err     error
}

func (d *daemon) path(name string) string { return filepath.Join(d.dir, name) }

// suits refuses a directory whose tickets are about another network.
func (d *daemon) suits(w what) error {
	var had what
	b, err := os.ReadFile(d.path(networkFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(b, &had)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", d.path(networkFile), err)
	}
	if had != w {
		return fmt.Errorf("%s holds the tickets of a network of %d lines, seed %d: use that, another --dir, or remove it",
			d.dir, had.Lines, had.Seed)
	}
	return nil
}

// admit makes the administrator and a token for the API, once in a directory.
func (d *daemon) admit(w what) error {
	password, err := os.ReadFile(d.path(passwordFile))
	if err == nil {
		_, token := os.Stat(d.path(tokenFile))
		if _, data := os.Stat(d.path("data")); token == nil && data == nil {
			d.password = strings.TrimSpace(string(password))
			return nil
		}
	}
	config := d.path("linewarden.yaml")
	d.password, err = d.ask("user", "add", "admin", "--role", "admin", "--config", config)
	if err != nil { // an administrator from a start that did not come this far
		again, err2 := d.ask("user", "password", "admin", "--config", config)
		if err2 != nil {
			return err
		}
		d.password = again
	}
	token, err := d.ask("user", "token", "admin", "--config", config)
	if err != nil {
		return err
	}
	b, err := json.Marshal(w)
	if err != nil {
		return err
	}
	for _, f := range []struct{ name, text string }{{networkFile, string(b)}, {passwordFile, d.password},
		{tokenFile, token}} {
		if err := os.WriteFile(d.path(f.name), []byte(f.text+"\n"), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// ask runs a sub-command of the daemon's binary and returns the last line that
// it prints.
func (d *daemon) ask(args ...string) (string, error) {
	var out, complaint bytes.Buffer
	cmd := exec.Command(d.binary, args...)
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s", cmd, err, strings.TrimSpace(complaint.String()))
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	last := strings.TrimSpace(lines[len(lines)-1])
	if last == "" {
		return "", fmt.Errorf("%s printed nothing", cmd)
	}
	return last, nil
}

// start runs the daemon inside the lab. The console's socket is open already,
// outside, and handed in as systemd does it.
func (d *daemon) start(console net.Listener) error {
	socket, err := console.(*net.TCPListener).File()
	if err != nil {
		return err
	}
	log, err := os.OpenFile(d.path(daemonLog), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		return err
	}
	env := []string{"LISTEN_FDS=1", "LISTEN_FDNAMES=console"}
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "LISTEN_") {
			env = append(env, v)
		}
	}
	d.signals, d.ended = make(chan os.Signal, 1), make(chan struct{})
	command := lab.Command{
		Args: []string{d.binary, "serve", "--config", d.path("linewarden.yaml")},
		Env:  env, Files: []*os.File{null, log, log, socket},
	}
	go func() {
		defer close(d.ended)
		d.code, d.err = lab.Client{Dir: d.dir}.Exec(command, d.signals)
		for _, f := range []*os.File{null, log, socket} {
			f.Close()
		}
	}()
	return nil
}

// await polls url until it answers 200.
func (d *daemon) await(url string, patience time.Duration) error {
	client := &http.Client{Timeout: 2 * time.Second}
	defer client.CloseIdleConnections()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	last := "no answer yet"
	for deadline := time.After(patience); ; {
		select {
		case <-tick.C:
		case <-d.ended:
			return d.failure()
		case <-deadline:
			return fmt.Errorf("linewarden is not ready after %v: %s says %s; its log is %s", patience, url, last,
				d.path(daemonLog))
		}
		r, err := client.Get(url)
		if err != nil {
			last = err.Error()
			continue
		}
		r.Body.Close()
		if last = r.Status; r.StatusCode == http.StatusOK {
			return nil
		}
	}
}

// failure is what to say of a daemon that ended unasked.
func (d *daemon) failure() error {
	b, _ := os.ReadFile(d.path(daemonLog))
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	tail := strings.Join(lines[max(0, len(lines)-10):], "\n")
	if d.err != nil {
		return fmt.Errorf("start linewarden: %w", d.err)
	}
	return fmt.Errorf("linewarden ended with exit code %d; the end of %s:\n%s", d.code, d.path(daemonLog), tail)
}

// stop ends the daemon and waits for it.
func (d *daemon) stop() error {
	d.signals <- unix.SIGTERM
	select {
	case <-d.ended:
		if d.err == nil && d.code != 0 {
			return fmt.Errorf("linewarden ended with exit code %d; its log is %s", d.code, d.path(daemonLog))
		}
		return d.err
	case <-time.After(20 * time.Second):
		return errors.New("linewarden does not end; it is killed with the lab")
	}
}

// quote makes a path safe to paste into a shell.
func quote(path string) string {
	if !strings.ContainsAny(path, " \t'\"$&;()<>|*?[]{}~`\\!#") {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
