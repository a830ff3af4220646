package bus

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/linewarden/linewarden/deploy/lab/wait"
)

// TestFullDisk fills the disk under the embedded bus. The bus says so, and
// writes again by itself when there is room, with what it held before.
func TestFullDisk(t *testing.T) {
	disk := t.TempDir()
	if err := unix.Mount("none", disk, "tmpfs", 0, "size=2m"); err != nil {
		if errors.Is(err, unix.EPERM) && os.Getenv("CI") == "" {
			t.Skip("a small disk needs root: ", err)
		}
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Unmount(disk, unix.MNT_DETACH) })
	b := open(t, embeddedConfig(filepath.Join(disk, "bus")))
	put(t, b, down("R1"))
	faults := faultsOn(t, b)
	if err := b.Health(t.Context()); err != nil {
		t.Fatal(err)
	}
	remade := b.Remade()

	ballast, err := os.Create(filepath.Join(disk, "ballast"))
	if err != nil {
		t.Fatal(err)
	}
	block := make([]byte, 4096)
	for err == nil {
		_, err = ballast.Write(block)
	}
	if !errors.Is(err, unix.ENOSPC) {
		t.Fatal(err)
	}
	ballast.Close()
	go func() { _ = faults.Put(t.Context(), fault{ID: "V1", Version: 1}) }() // it gets no answer
	wait.Until(t, "the health speaks of the disk", func() error {
		err := b.Health(t.Context())
		if err != nil && strings.Contains(err.Error(), "no space left") {
			return nil
		}
		return fmt.Errorf("health: %v", err)
	})

	if err := os.Remove(ballast.Name()); err != nil {
		t.Fatal(err)
	}
	wait.Until(t, "the bus is well again", func() error { return b.Health(t.Context()) })
	wait.Receive(t, remade, "a request to say again what was not written")
	faults.must(t, fault{ID: "V1", Version: 2})
	all := listen(t, b).until(t, "synced", hasSynced)
	if len(all) != 2 || all[0].Symptom == nil || *all[0].Symptom != down("R1") {
		t.Errorf("want R1 as it was, got %+v", all)
	}
}
