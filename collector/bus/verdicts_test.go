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

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/verdict"
)

var errEnough = errors.New("enough")

// versions follows until enough says so, and returns what was told.
func versions(t *testing.T, b *Bus, enough func(told []*verdict.Verdict, synced bool) bool) []*verdict.Verdict {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var told []*verdict.Verdict
	err := b.FollowVerdicts(ctx, func(v *verdict.Verdict, synced bool) error {
		if v != nil {
			told = append(told, v)
		}
		if enough(told, synced) {
			return errEnough
		}
		return nil
	})
	if !errors.Is(err, errEnough) {
		t.Fatalf("FollowVerdicts ended with %v after %d verdicts", err, len(told))
	}
	return told
}

func TestVerdictsAreToldInTheirNewestVersion(t *testing.T) {
	both(t, func(t *testing.T, b *Bus) {
		for v := uint64(1); v <= 3; v++ {
			if err := b.PutVerdict(t.Context(), &verdict.Verdict{ID: "V01", Version: v, State: verdict.Open}); err != nil {
				t.Fatal(err)
			}
		}
		if err := b.PutVerdict(t.Context(), &verdict.Verdict{ID: "V02", Version: 1}); err != nil {
			t.Fatal(err)
		}
		if err := b.DropVerdict(t.Context(), "V02"); err != nil {
			t.Fatal(err)
		}
		if err := b.DropVerdict(t.Context(), "V99"); err != nil {
			t.Errorf("dropping what is not there: %v", err)
		}
		told := versions(t, b, func(_ []*verdict.Verdict, synced bool) bool { return synced })
		if len(told) != 1 || told[0].ID != "V01" || told[0].Version != 3 {
			t.Fatalf("want V01 in version 3 alone, got %+v", told)
		}
	})
}

func TestAVerdictThatHasBegunAgainIsNotDropped(t *testing.T) {
	both(t, func(t *testing.T, b *Bus) {
		for v, state := range []verdict.State{verdict.Open, verdict.Cleared, verdict.Open} {
			if err := b.PutVerdict(t.Context(), &verdict.Verdict{ID: "V01", Version: uint64(v + 1), State: state}); err != nil {
				t.Fatal(err)
			}
		}
		if err := b.DropVerdict(t.Context(), "V01"); err != nil { // the second version has been recorded
			t.Fatal(err)
		}
		told := versions(t, b, func(_ []*verdict.Verdict, synced bool) bool { return synced })
		if len(told) != 1 || told[0].Version != 3 {
			t.Fatalf("want V01 in version 3, got %+v", told)
		}
	})
}

func TestVerdictWithAHundredThousandLinesArrivesWhole(t *testing.T) {
	both(t, func(t *testing.T, b *Bus) {
		big := &verdict.Verdict{ID: "V01", Version: 1}
		for i := range 100_000 {
			big.Lines.Down = append(big.Lines.Down, fmt.Sprintf("LN-%06d", i))
		}
		if err := b.PutVerdict(t.Context(), big); err != nil {
			t.Fatal(err)
		}
		next := *big
		next.Version = 2
		if err := b.PutVerdict(t.Context(), &next); err != nil {
			t.Fatal(err)
		}
		told := versions(t, b, func(_ []*verdict.Verdict, synced bool) bool { return synced })
		if len(told) != 1 || told[0].Version != 2 || !reflect.DeepEqual(told[0].Lines.Down, big.Lines.Down) {
			t.Fatalf("want version 2 whole, got %d verdicts", len(told))
		}
		small := &verdict.Verdict{ID: "V01", Version: 3, State: verdict.Cleared}
		if err := b.PutVerdict(t.Context(), small); err != nil {
			t.Fatal(err)
		}
		if left := keys(t, b, verdictBucket); len(left) != 1 {
			t.Errorf("want no pieces of old versions left, got %v", left)
		}
		if err := b.PutVerdict(t.Context(), big); err != nil {
			t.Fatal(err)
		}
		if err := b.DropVerdict(t.Context(), "V01"); err != nil {
			t.Fatal(err)
		}
		if left := keys(t, b, verdictBucket); len(left) != 0 {
			t.Errorf("want nothing left of a dropped verdict, got %v", left)
		}
	})
}

func keys(t *testing.T, b *Bus, bucket string) []string {
	t.Helper()
	lister, err := b.bucket(bucket).ListKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for k := range lister.Keys() {
		all = append(all, k)
	}
	return all
}

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
		if err := b.PublishInventory(t.Context(), fmt.Sprintf("rev%02d", i), map[string][]byte{"a.csv": {byte(i)}}); err != nil {
			t.Fatal(err)
		}
	}
	all, err := b.store().List(t.Context())
	if err != nil || len(all) != revisionsKept {
		t.Fatalf("want %d revisions kept, got %d (%v)", revisionsKept, len(all), err)
	}
}

func TestControlsAreOneDocument(t *testing.T) {
	b := open(t, embeddedConfig(filepath.Join(t.TempDir(), "bus")))
	if err := b.PutControls(t.Context(), []byte(`{"windows":`)); err == nil {
		t.Error("half a document was taken")
	}
	if err := b.PutControls(t.Context(), []byte(`{"windows":[]}`)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	big := `{"windows":"` + strings.Repeat("w", 3*pieceSize) + `"}`
	told := 0
	err := b.FollowControls(ctx, func(doc []byte) error {
		told++
		switch {
		case told == 1 && string(doc) == `{"windows":[]}`:
			return b.PutControls(ctx, []byte(big))
		case told == 2 && string(doc) == big:
			return errEnough
		}
		return fmt.Errorf("unexpected document %d of %d bytes", told, len(doc))
	})
	if !errors.Is(err, errEnough) {
		t.Fatal(err)
	}
}

func TestATestIsAnsweredByItsCollector(t *testing.T) {
	both(t, func(t *testing.T, b *Bus) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			done <- b.ServeTests(ctx, "branch.1", func(ctx context.Context, req symptom.TestRequest) symptom.TestResult {
				if req.Test == "slow" {
					<-ctx.Done()
					return symptom.TestResult{ID: req.ID, Outcome: symptom.Inconclusive, Reason: "deadline"}
				}
				return symptom.TestResult{ID: req.ID, Outcome: symptom.Pass}
			})
		}()
		ask := func(collector, test string) symptom.TestResult {
			return b.Test(t.Context(), collector, symptom.TestRequest{ID: "T1", Test: test, Deadline: time.Now().Add(300 * time.Millisecond)})
		}
		deadline := time.Now().Add(10 * time.Second)
		r := ask("branch.1", "ping")
		for r.Outcome != symptom.Pass && time.Now().Before(deadline) {
			r = ask("branch.1", "ping")
		}
		if r.Outcome != symptom.Pass || r.ID != "T1" || r.Collector != "branch.1" {
			t.Errorf("want a pass from branch.1, got %+v", r)
		}
		if r := ask("branch.2", "ping"); r.Outcome != symptom.Inconclusive || !strings.Contains(r.Reason, "branch.2 is not on the bus") {
			t.Errorf("no collector: want inconclusive with the reason, got %+v", r)
		}
		if r := ask("branch.1", "slow"); r.Outcome != symptom.Inconclusive || r.Reason != "deadline" {
			t.Errorf("slow: want the collector's own inconclusive at the deadline, got %+v", r)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func FuzzParseReport(f *testing.F) {
	f.Add("s."+down("R1").Key().Token(), []byte(`{"observer":"collector/main"}`))
	f.Add("h.bWFpbg.aWNtcA.MTBz", []byte(`{"collector":"main","interval":10000000000}`))
	f.Add("c.bWFpbg.UjE", []byte(`{"collector":"main","device":"R1"}`))
	f.Fuzz(func(t *testing.T, key string, value []byte) {
		r, ok, err := parseReport(change{key: key, value: value})
		if err == nil && ok && r.Symptom != nil {
			if err := r.Symptom.Validate(); err != nil {
				t.Errorf("an invalid symptom got through: %v", err)
			}
		}
	})
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
