// Package kit is what the end-to-end tests share: the programs under test,
// built once; a simulated network; the daemon as a process of its own; and what
// people and programs ask it through its HTTP interface.
//
// It knows the daemon only from outside. Only tests import it. What a test
// waits for, it waits for with deploy/lab/wait.
package kit

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// BinEnv names the directory of programs that are built already; `make e2e`
// sets it, so that the packages do not each build their own.
const BinEnv = "LINEWARDEN_BIN"

// bin is where the programs are, for anybody to read and run: some tests run
// them as another user.
var bin = os.Getenv(binEnv)

const binEnv = "LINEWARDEN_E2E_BIN" // set for a test binary that starts itself again

// packages are the programs and where they are built from.
var packages = map[string]string{
	"linewarden":  "github.com/linewarden/linewarden/cmd/linewarden",
	"linelab":     "github.com/linewarden/linewarden/cmd/linelab",
	"nats-server": "github.com/nats-io/nats-server/v2",
}

// Main runs the tests of a package with programs at hand, and returns the exit
// code for os.Exit.
func Main(m *testing.M, programs ...string) int {
	dir, err := Programs(programs...)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	return m.Run()
}

// Programs puts programs into a new directory, which the caller removes. Bin
// finds them from then on, in processes started by this one, too.
func Programs(names ...string) (dir string, err error) {
	if dir, err = os.MkdirTemp("", "linewarden-e2e-"); err != nil {
		return "", err
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		return "", err
	}
	for _, name := range names {
		if err := provide(name, filepath.Join(dir, name)); err != nil {
			return "", fmt.Errorf("provide %s: %w", name, err)
		}
	}
	bin = dir
	return dir, os.Setenv(binEnv, dir)
}

// provide copies a program that is built, or builds it.
func provide(name, to string) error {
	if built := os.Getenv(BinEnv); built != "" {
		if err := CopyFile(to, filepath.Join(built, name)); err == nil || !os.IsNotExist(err) {
			return err
		}
	}
	build := exec.Command("go", "build", "-o", to, packages[name])
	build.Stdout, build.Stderr = os.Stderr, os.Stderr
	return build.Run()
}

// Bin is the path of a program.
func Bin(name string) string { return filepath.Join(bin, name) }

// CopyFile copies a program.
func CopyFile(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o755)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}

// Namespaces tells whether this user may have a network of his own. Where not,
// and nobody insists by setting CI, a package says loudly that it did not run.
func Namespaces() bool {
	return os.Geteuid() == 0 || os.Getenv("CI") != "" || exec.Command("unshare", "-rn", "true").Run() == nil
}
