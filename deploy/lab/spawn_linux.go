package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Exit codes of exec as shells have them.
const (
	exitNotFound = 127
	exitNotRun   = 126
	exitSignal   = 128
)

// spawner runs commands in the holder's namespaces. They die with the holder,
// however that ends: the thread that starts them lives as long as it does.
type spawner struct {
	starts chan func()
	done   <-chan struct{}

	mu     sync.Mutex
	groups map[int]bool
	ended  bool
}

func newSpawner(ctx context.Context) *spawner {
	s := &spawner{starts: make(chan func()), groups: map[int]bool{}, done: ctx.Done()}
	go func() {
		runtime.LockOSThread() // Pdeathsig is sent when the starting thread ends
		for start := range s.starts {
			start()
		}
	}()
	return s
}

// run starts a command on the client's files and waits for it. The first three
// files are its standard ones, more of them its descriptors from 3 on.
func (s *spawner) run(c *command, files []*os.File, in *json.Decoder) reply {
	if c == nil || len(c.Args) == 0 || len(files) < 3 {
		return reply{Error: "exec: no command", Exit: exitNotRun}
	}
	path, err := lookPath(c)
	if err != nil {
		return reply{Error: err.Error(), Exit: exitNotFound}
	}
	cmd := &exec.Cmd{
		Path: path, Args: c.Args, Env: c.Env, Dir: c.Dir,
		Stdin: files[0], Stdout: files[1], Stderr: files[2], ExtraFiles: files[3:],
		SysProcAttr: &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL},
	}
	if err := s.start(cmd); err != nil {
		return reply{Error: err.Error(), Exit: exitNotRun}
	}
	go s.relay(cmd.Process.Pid, in)
	s.forget(cmd.Process.Pid)
	err = cmd.Wait()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		return reply{Error: err.Error(), Exit: exitNotRun}
	}
	status := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		return reply{Exit: exitSignal + int(status.Signal())}
	}
	return reply{Exit: status.ExitStatus()}
}

func (s *spawner) start(cmd *exec.Cmd) error {
	result := make(chan error, 1)
	s.starts <- func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.ended {
			result <- errStopped
			return
		}
		err := cmd.Start()
		if err == nil {
			s.groups[cmd.Process.Pid] = true
		}
		result <- err
	}
	return <-result
}

// relay passes the client's signals on to the command's session. When the
// client goes away without having seen the end, the command is killed.
func (s *spawner) relay(pid int, in *json.Decoder) {
	for {
		var m signalled
		if err := in.Decode(&m); err != nil {
			s.signal(pid, syscall.SIGKILL)
			return
		}
		s.signal(pid, syscall.Signal(m.Signal))
	}
}

func (s *spawner) signal(pid int, sig syscall.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.groups[pid] {
		_ = syscall.Kill(-pid, sig) // it may be ending just now
	}
}

// forget waits for a process to end without collecting it, so that its number
// is still its own when it is struck off the list of those to signal.
func (s *spawner) forget(pid int) {
	for unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil) == unix.EINTR {
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.groups, pid)
}

// grace is how long commands have to end by themselves when the lab ends.
const grace = 15 * time.Second

// end ends every process of the namespaces: politely first.
func (s *spawner) end() {
	s.mu.Lock()
	s.ended = true
	for pid := range s.groups {
		_ = syscall.Kill(-pid, syscall.SIGTERM)
	}
	s.mu.Unlock()
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		inhabitants(func(pid int) { _ = syscall.Kill(pid, sig) })
		for deadline := time.Now().Add(grace); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
			left := 0
			inhabitants(func(int) { left++ })
			if left == 0 {
				return
			}
		}
	}
}

// inhabitants calls do for each other living process in this network
// namespace, which is nobody's but the lab's.
func inhabitants(do func(pid int)) {
	own := namespace("self")
	names, _ := filepath.Glob("/proc/[0-9]*")
	for _, name := range names {
		var pid int
		if _, err := fmt.Sscanf(name, "/proc/%d", &pid); err == nil && pid != os.Getpid() && own != "" &&
			namespace(filepath.Base(name)) == own {
			do(pid)
		}
	}
}

// lookPath finds a command as the client's shell would: by the client's PATH
// and from its directory.
func lookPath(c *command) (string, error) {
	name := c.Args[0]
	try := func(path string) bool {
		if !filepath.IsAbs(path) {
			path = filepath.Join(c.Dir, path)
		}
		info, err := os.Stat(path)
		return err == nil && !info.IsDir() && unix.Access(path, unix.X_OK) == nil
	}
	if strings.Contains(name, "/") {
		if !filepath.IsAbs(name) {
			name = filepath.Join(c.Dir, name)
		}
		if !try(name) {
			return "", fmt.Errorf("%s: no such command", c.Args[0])
		}
		return name, nil
	}
	for _, v := range c.Env {
		if list, ok := strings.CutPrefix(v, "PATH="); ok {
			for _, dir := range filepath.SplitList(list) {
				if path := filepath.Join(dir, name); dir != "" && try(path) {
					return path, nil
				}
			}
		}
	}
	return "", fmt.Errorf("%s: command not found", name)
}

// receiveFiles reads the byte that opens a request and the descriptors that
// travel with it.
func receiveFiles(c *net.UnixConn) (files []*os.File, err error) {
	var b [1]byte
	oob := make([]byte, unix.CmsgSpace(32*4))
	_, n, _, _, err := c.ReadMsgUnix(b[:], oob)
	if err != nil {
		return nil, err
	}
	messages, err := unix.ParseSocketControlMessage(oob[:n])
	if err != nil {
		return nil, err
	}
	for _, m := range messages {
		fds, err := unix.ParseUnixRights(&m)
		if err != nil {
			return files, err
		}
		for _, fd := range fds {
			unix.CloseOnExec(fd)
			files = append(files, os.NewFile(uintptr(fd), "client"))
		}
	}
	return files, nil
}
