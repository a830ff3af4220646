// Package pgtest starts throwaway PostgreSQL servers for tests, from the
// binaries that the machine has. They listen on a Unix socket only, which also
// works across network namespaces, and end with the test binary, also when
// that is killed.
//
// It stands in for nothing: what is tested with it is tested on PostgreSQL.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// Options of a cluster.
type Options struct {
	// Durable leaves fsync on, for tests of crashes and for measurements.
	Durable bool
	// Settings go into postgresql.conf, as name to value.
	Settings map[string]string
}

// Cluster is a server with its data, in a directory of its own.
type Cluster struct {
	bin, dir string
	who      *syscall.Credential // nil: whoever runs the tests
	exited   chan struct{}       // closed when the running server has; nil: none was started
	server   *os.Process
	strategy string // how to clone a database fastest
}

// Password is that of the user "guarded", the only one who needs one.
const Password = "open sesame"

const startTimeout = 30 * time.Second

// Start makes a cluster and starts its server.
func Start(ctx context.Context, o Options) (_ *Cluster, err error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	who, err := credential()
	if err != nil {
		return nil, err
	}
	sweep()
	// Not $TMPDIR: the path of a socket has at most 107 bytes.
	dir, err := os.MkdirTemp("/tmp", fmt.Sprintf("%s%d-", prefix, os.Getpid()))
	if err != nil {
		return nil, err
	}
	c := &Cluster{bin: bin, dir: dir, who: who}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Close())
		}
	}()
	if who != nil {
		if err := os.Chown(dir, int(who.Uid), int(who.Gid)); err != nil {
			return nil, err
		}
	}
	initdb := c.command("initdb", "-D", c.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", initdb, err, out)
	}
	if err := c.configure(o); err != nil {
		return nil, err
	}
	if err := c.Restart(ctx); err != nil {
		return nil, err
	}
	return c, c.prepare(ctx)
}

func (c *Cluster) prepare(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, c.DSN("postgres"))
	if err != nil {
		return err
	}
	// PostgreSQL 15 brought a choice; before, copying files was all there was.
	major, _, _ := strings.Cut(conn.PgConn().ParameterStatus("server_version"), ".")
	if n, err := strconv.Atoi(major); err == nil && n >= 15 {
		c.strategy = " STRATEGY file_copy"
	}
	_, err = conn.Exec(ctx, "CREATE ROLE guarded LOGIN PASSWORD '"+Password+"'")
	return errors.Join(err, conn.Close(ctx))
}

func (c *Cluster) data() string { return filepath.Join(c.dir, "data") }
func (c *Cluster) log() string  { return filepath.Join(c.dir, "log") }

// command runs a program of PostgreSQL's as the user who may.
func (c *Cluster) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(c.bin, name), args...)
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.who}
	return cmd
}

// configure writes the settings, and who must give a password.
func (c *Cluster) configure(o Options) error {
	settings := map[string]string{
		"listen_addresses": "''", "unix_socket_directories": "'" + c.dir + "'",
		"max_connections": "200", "shared_buffers": "'128MB'", "timezone": "'Asia/Shanghai'",
	}
	if !o.Durable {
		settings["fsync"], settings["full_page_writes"] = "off", "off"
	}
	for name, value := range o.Settings {
		settings[name] = value
	}
	var conf strings.Builder
	for name, value := range settings {
		fmt.Fprintf(&conf, "%s = %s\n", name, value)
	}
	f, err := os.OpenFile(filepath.Join(c.data(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(conf.String())
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(c.data(), "pg_hba.conf"),
		[]byte("local all guarded scram-sha-256\nlocal all all trust\n"), 0o600)
}

// Restart starts the server on its old data, if it is not running, and waits
// until it answers.
func (c *Cluster) Restart(ctx context.Context) error {
	if c.Running() {
		return nil
	}
	log, err := os.OpenFile(c.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := c.command("postgres", "-D", c.data())
	cmd.Stdout, cmd.Stderr = log, log
	if err := c.spawn(cmd); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		err := c.Exec(ctx, "postgres", "SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-c.exited:
			return fmt.Errorf("the server did not start:\n%s", c.tail())
		case <-ctx.Done():
			return fmt.Errorf("the server does not answer: %w\n%s", err, c.tail())
		}
	}
}

// spawn starts cmd on a thread that lives as long as it does: the kernel ends
// a child with the thread that started it.
func (c *Cluster) spawn(cmd *exec.Cmd) error {
	cmd.SysProcAttr.Pdeathsig = syscall.SIGQUIT // immediate shutdown: nothing of it is wanted
	started, exited := make(chan error), make(chan struct{})
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended is in its log
			close(exited)
		}
	}()
	if err := <-started; err != nil {
		return err
	}
	c.server, c.exited = cmd.Process, exited
	return nil
}

// Running says whether the server has been started and has not ended.
func (c *Cluster) Running() bool {
	if c.exited == nil {
		return false
	}
	select {
	case <-c.exited:
		return false
	default:
		return true
	}
}

// Stop shuts the server down as an administrator would: sessions are ended.
func (c *Cluster) Stop() error { return c.end(syscall.SIGINT) }

// Crash ends the server without warning, as a power cut would.
func (c *Cluster) Crash() error { return c.end(syscall.SIGQUIT) }

// Freeze stops every process of the server where it stands, as a hypervisor
// that hangs does: connections stay, and nobody answers. Thaw lets them go on.
func (c *Cluster) Freeze() error { return c.signalAll(syscall.SIGSTOP) }

// Thaw ends Freeze.
func (c *Cluster) Thaw() error { return c.signalAll(syscall.SIGCONT) }

func (c *Cluster) signalAll(sig syscall.Signal) error {
	pid := c.server.Pid
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return err
	}
	for _, field := range strings.Fields(string(children)) {
		if child, err := strconv.Atoi(field); err == nil {
			_ = syscall.Kill(child, sig) // it may have ended meanwhile
		}
	}
	return syscall.Kill(pid, sig)
}

func (c *Cluster) end(sig syscall.Signal) error {
	if !c.Running() {
		return nil
	}
	if err := c.server.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-c.exited:
		return nil
	case <-time.After(startTimeout):
		_ = c.server.Kill()
		<-c.exited
		return fmt.Errorf("the server did not stop on %v:\n%s", sig, c.tail())
	}
}

// Close stops the server and removes its data.
func (c *Cluster) Close() error {
	return errors.Join(c.Crash(), os.RemoveAll(c.dir))
}

// DSN is the address of a database.
func (c *Cluster) DSN(database string) string {
	q := url.Values{"host": {c.dir}, "user": {"postgres"}}
	return (&url.URL{Scheme: "postgres", Path: "/" + database, RawQuery: q.Encode()}).String()
}

// Exec runs statements in a database.
func (c *Cluster) Exec(ctx context.Context, database, statements string) error {
	conn, err := pgx.Connect(ctx, c.DSN(database))
	if err != nil {
		return err
	}
	_, err = conn.PgConn().Exec(ctx, statements).ReadAll()
	return errors.Join(err, conn.Close(ctx))
}

// tail is the end of the server's log.
func (c *Cluster) tail() string {
	log, err := os.ReadFile(c.log())
	if err != nil {
		return err.Error()
	}
	return string(log[max(0, len(log)-2000):])
}
