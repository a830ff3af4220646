package pgtest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/linewarden/linewarden/deploy/lab/wait"
)

// childEnv makes the test binary start a cluster and wait to be killed.
const childEnv = "LINEWARDEN_PGTEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) == "" {
		os.Exit(m.Run())
	}
	c, err := Start(context.Background(), Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(c.dir, c.server.Pid)
	select {}
}

func TestDataSurvivesStopCrashAndRestart(t *testing.T) {
	c, err := Start(t.Context(), Options{Durable: true})
	Need(t, err)
	defer func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(c.dir); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the data is left: %v", err)
		}
	}()
	must(t, c.Exec(t.Context(), "postgres", "CREATE TABLE t (n int)"))
	for _, end := range []func() error{c.Stop, c.Crash} {
		must(t, end())
		if c.Running() || c.Exec(t.Context(), "postgres", "SELECT 1") == nil {
			t.Fatal("it still answers")
		}
		must(t, end()) // again is no error
		must(t, c.Restart(t.Context()))
		must(t, c.Exec(t.Context(), "postgres", "SELECT n FROM t"))
	}
}

func TestAKilledTestBinaryLeavesNoServerAndTheNextCleansUp(t *testing.T) {
	if _, err := binaries(); err != nil {
		Need(t, err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"=1")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	must(t, err)
	var dir string
	var pid int
	if _, err := fmt.Sscan(line, &dir, &pid); err != nil {
		t.Fatal(err)
	}
	must(t, cmd.Process.Kill())
	if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatal(err)
	}
	// Not by its process id: who should reap it may not.
	wait.Until(t, fmt.Sprintf("server %d ends", pid), func() error {
		conn, err := net.Dial("unix", dir+"/.s.PGSQL.5432")
		if err != nil {
			return nil
		}
		must(t, conn.Close())
		return errors.New("it takes connections")
	})
	sweep()
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is left: %v", dir, err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
