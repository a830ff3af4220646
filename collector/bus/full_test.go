package bus

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
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
	wait := func(what string, holds func() bool) {
		t.Helper()
		tick, late := time.NewTicker(20*time.Millisecond), time.After(20*time.Second)
		defer tick.Stop()
		for !holds() {
			select {
			case <-tick.C:
			case <-late:
				t.Fatalf("not so that %s; health: %v", what, b.Health(t.Context()))
			}
		}
	}
	wait("the health speaks of the disk", func() bool {
		err := b.Health(t.Context())
		return err != nil && strings.Contains(err.Error(), "no space left")
	})

	if err := os.Remove(ballast.Name()); err != nil {
		t.Fatal(err)
	}
	wait("the bus is well again", func() bool { return b.Health(t.Context()) == nil })
	select {
	case <-remade:
	case <-time.After(10 * time.Second):
		t.Error("nobody is asked to say again what was not written")
	}
	faults.must(t, fault{ID: "V1", Version: 2})
	all := listen(t, b).until(t, "synced", hasSynced)
	if len(all) != 2 || all[0].Symptom == nil || *all[0].Symptom != down("R1") {
		t.Errorf("want R1 as it was, got %+v", all)
	}
}
