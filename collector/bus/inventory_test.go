package bus

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestInventoryTravelsByRevision(t *testing.T) {
	both(t, func(t *testing.T, b *Bus) {
		first := map[string][]byte{"lines.csv": []byte("id\nLN-1\n"), "links.csv": {}}
		second := map[string][]byte{"lines.csv": []byte(strings.Repeat("id\n", 1<<20))}
		if err := b.PublishInventory(t.Context(), "rev1", first); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		var revisions []string
		err := b.FollowInventory(ctx, func(revision string, files map[string][]byte) error {
			revisions = append(revisions, revision)
			switch revision {
			case "rev1":
				if len(files) != 2 || string(files["lines.csv"]) != "id\nLN-1\n" {
					t.Errorf("rev1: got %q", files)
				}
				if err := b.PublishInventory(ctx, "rev1", first); err != nil {
					return err
				}
				return b.PublishInventory(ctx, "rev2", second)
			case "rev2":
				if !reflect.DeepEqual(files, second) {
					t.Error("rev2 did not arrive as it was sent")
				}
				return errEnough
			}
			return nil
		})
		if !errors.Is(err, errEnough) || !reflect.DeepEqual(revisions, []string{"rev1", "rev2"}) {
			t.Fatalf("want rev1 then rev2, got %v (%v)", revisions, err)
		}
		if old, err := b.Inventory(ctx, "rev1"); err != nil || len(old) != 2 {
			t.Errorf("an old revision stays readable: %v", err)
		}
	})
}

func TestOldInventoryRevisionsAreDropped(t *testing.T) {
	b := open(t, embeddedConfig(filepath.Join(t.TempDir(), "bus")))
	for i := range revisionsKept + 3 {
		files := map[string][]byte{"a.csv": {byte(i)}}
		if err := b.PublishInventory(t.Context(), fmt.Sprintf("rev%02d", i), files); err != nil {
			t.Fatal(err)
		}
	}
	all, err := b.store().List(t.Context())
	if err != nil || len(all) != revisionsKept {
		t.Fatalf("want %d revisions kept, got %d (%v)", revisionsKept, len(all), err)
	}
}

func FuzzUnpack(f *testing.F) {
	good, err := pack(map[string][]byte{"lines.csv": []byte("id\n")})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Fuzz(func(t *testing.T, data []byte) {
		files, err := unpack(data)
		if err != nil {
			return
		}
		for name := range files {
			if strings.Contains(name, "/") {
				t.Errorf("a name with a path got through: %q", name)
			}
		}
	})
}
