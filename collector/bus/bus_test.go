package bus

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/deploy/lab/wait"
)

var t0 = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

// external starts a server that listens on loopback, on a port of its own
// choosing the first time, and on the same port afterwards.
func external(t *testing.T, dir string, port int) *server.Server {
	t.Helper()
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: port, JetStream: true, StoreDir: dir, NoSigs: true, NoLog: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("external server did not start")
	}
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	return s
}

func open(t *testing.T, cfg Config) *Bus {
	t.Helper()
	b, err := Open(t.Context(), cfg, prometheus.NewRegistry(), zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func embeddedConfig(dir string) Config {
	cfg := DefaultConfig()
	cfg.Dir = dir
	return cfg
}

// both runs a test on an embedded and on an external bus.
func both(t *testing.T, f func(t *testing.T, b *Bus)) {
	t.Run("embedded", func(t *testing.T) { f(t, open(t, embeddedConfig(filepath.Join(t.TempDir(), "bus")))) })
	t.Run("external", func(t *testing.T) {
		cfg := DefaultConfig()
		cfg.URL = external(t, t.TempDir(), -1).ClientURL()
		f(t, open(t, cfg))
	})
}

// heard collects reports and waits for what it needs.
type heard struct {
	mu      sync.Mutex
	changed chan struct{}
	all     []symptom.Report
}

func listen(t *testing.T, b *Bus) *heard {
	t.Helper()
	h := &heard{changed: make(chan struct{}, 1)}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- b.Follow(ctx, h.hear) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Follow: %v", err)
		}
	})
	return h
}

func (h *heard) hear(r symptom.Report) {
	h.mu.Lock()
	h.all = append(h.all, r)
	h.mu.Unlock()
	select {
	case h.changed <- struct{}{}:
	default:
	}
}

func (h *heard) until(t *testing.T, what string, ok func([]symptom.Report) bool) []symptom.Report {
	t.Helper()
	deadline := time.After(wait.Long)
	for {
		h.mu.Lock()
		all := append([]symptom.Report(nil), h.all...)
		h.mu.Unlock()
		if ok(all) {
			return all
		}
		select {
		case <-h.changed:
		case <-deadline:
			t.Fatalf("never heard: %s; heard %d reports", what, len(all))
		}
	}
}

func hasSynced(all []symptom.Report) bool {
	for _, r := range all {
		if r.Synced {
			return true
		}
	}
	return false
}

func down(device string) symptom.Symptom {
	return symptom.Symptom{Observer: "collector/main", Subject: symptom.Device(device), Kind: symptom.Unreachable,
		State: symptom.Raised, Since: t0, SinceAfter: t0.Add(-10 * time.Second), At: t0.Add(time.Second)}
}

func cleared(s symptom.Symptom) symptom.Symptom {
	s.State, s.ClearedAt, s.At = symptom.Cleared, s.At.Add(time.Second), s.At.Add(time.Second)
	return s
}

func put(t *testing.T, b *Bus, all ...symptom.Symptom) {
	t.Helper()
	if err := b.PutSymptoms(t.Context(), all); err != nil {
		t.Fatal(err)
	}
}

func TestFollowerHearsPresentStateThenSyncedThenChanges(t *testing.T) {
	both(t, func(t *testing.T, b *Bus) {
		put(t, b, down("R1"), down("R2"))
		put(t, b, cleared(down("R2")))
		covered := symptom.Coverage{Collector: "main", Device: "R1", Kinds: []symptom.Kind{symptom.Unreachable}, At: t0}
		if err := b.PutCoverage(t.Context(), covered); err != nil {
			t.Fatal(err)
		}
		beat := symptom.Heartbeat{Collector: "main", Method: "icmp", Class: "10s", At: t0}
		if err := b.PutHeartbeat(t.Context(), beat); err != nil {
			t.Fatal(err)
		}
		h := listen(t, b)
		all := h.until(t, "synced", hasSynced)
		if len(all) != 5 {
			t.Fatalf("want R1, R2, coverage, heartbeat, synced; heard %+v", all)
		}
		if s := all[0].Symptom; s == nil || *s != down("R1") {
			t.Errorf("first: want R1 raised as it was put, got %+v", s)
		}
		if s := all[1].Symptom; s == nil || s.State != symptom.Cleared || s.Subject != "device/R2" {
			t.Errorf("second: want R2 cleared, got %+v", s)
		}
		if all[2].Coverage == nil || all[3].Heartbeat == nil || !all[4].Synced {
			t.Errorf("want coverage, heartbeat, synced; got %+v", all[2:])
		}
		put(t, b, down("R3"))
		beat.At = t0.Add(time.Second)
		if err := b.PutHeartbeat(t.Context(), beat); err != nil {
			t.Fatal(err)
		}
		all = h.until(t, "R3 and its heartbeat", func(all []symptom.Report) bool { return len(all) >= 7 })
		if all[5].Symptom == nil || all[5].Symptom.Subject != "device/R3" || all[6].Heartbeat == nil {
			t.Errorf("a heartbeat must follow the symptoms of its sweep, got %+v", all[5:])
		}
	})
}

func TestClearedSymptomExpiresAndIsToldAsGone(t *testing.T) {
	cfg := embeddedConfig(filepath.Join(t.TempDir(), "bus"))
	cfg.ClearedTTL = time.Second
	b := open(t, cfg)
	h := listen(t, b)
	put(t, b, down("R1"), down("R2"), cleared(down("R1")))
	all := h.until(t, "R1 gone", func(all []symptom.Report) bool {
		return len(all) > 0 && all[len(all)-1].Gone != nil
	})
	if gone := *all[len(all)-1].Gone; gone != down("R1").Key() {
		t.Errorf("gone: %+v, want R1; a raised symptom never expires", gone)
	}
}

func TestEndsOfALineAreDifferentKeys(t *testing.T) {
	b := open(t, embeddedConfig(filepath.Join(t.TempDir(), "bus")))
	a := down("x")
	a.Subject = symptom.Line("LN-1")
	z := a
	z.End = "z"
	put(t, b, a, z)
	h := listen(t, b)
	all := h.until(t, "synced", hasSynced)
	if len(all) != 3 {
		t.Fatalf("want both ends and synced, got %+v", all)
	}
}

func TestInvalidSymptomIsRefused(t *testing.T) {
	b := open(t, embeddedConfig(filepath.Join(t.TempDir(), "bus")))
	bad := down("R1")
	bad.Kind = "strange"
	if err := b.PutSymptoms(t.Context(), []symptom.Symptom{bad}); err == nil || !strings.Contains(err.Error(), "strange") {
		t.Fatalf("want an error that names the kind, got %v", err)
	}
}

func TestEmbeddedStateOutlivesARestart(t *testing.T) {
	cfg := embeddedConfig(filepath.Join(t.TempDir(), "bus"))
	b := open(t, cfg)
	put(t, b, down("R1"))
	faultsOn(t, b).must(t, fault{ID: "V1", Version: 3})
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b = open(t, cfg)
	all := listen(t, b).until(t, "synced", hasSynced)
	if len(all) != 2 || all[0].Symptom == nil || *all[0].Symptom != down("R1") {
		t.Fatalf("want R1 as it was, got %+v", all)
	}
	if told := present(t, faultsOn(t, b)); len(told) != 1 || told[0].Version != 3 {
		t.Errorf("want V1 as it was, got %+v", told)
	}
}

// The mark of what was dropped expires, and what was put before it stays.
func TestEmbeddedStateWhoseNewestHasExpiredIsGood(t *testing.T) {
	cfg := embeddedConfig(filepath.Join(t.TempDir(), "bus"))
	b := open(t, cfg)
	put(t, b, down("R1"))
	if err := b.bucket(symptomBucket).Purge(t.Context(), "s.x", jetstream.PurgeTTL(time.Second)); err != nil {
		t.Fatal(err)
	}
	stream, err := b.js.Stream(t.Context(), "KV_"+symptomBucket)
	if err != nil {
		t.Fatal(err)
	}
	wait.For(t, "the mark expires", func() bool {
		_, err := stream.GetMsg(t.Context(), stream.CachedInfo().State.LastSeq)
		return errors.Is(err, jetstream.ErrMsgNotFound)
	})
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	core, logs := observer.New(zap.WarnLevel)
	b, err = Open(t.Context(), cfg, prometheus.NewRegistry(), zap.New(core))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	all := listen(t, b).until(t, "synced", hasSynced)
	if len(all) != 2 || all[0].Symptom == nil || logs.FilterMessageSnippet("cannot be used").Len() > 0 {
		t.Errorf("want R1 as it was, got %+v; log: %v", all, logs.All())
	}
}

func TestEmbeddedFilesDeletedMeansStartingEmpty(t *testing.T) {
	cfg := embeddedConfig(filepath.Join(t.TempDir(), "bus"))
	b := open(t, cfg)
	put(t, b, down("R1"))
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(cfg.Dir); err != nil {
		t.Fatal(err)
	}
	b = open(t, cfg)
	all := listen(t, b).until(t, "synced", hasSynced)
	if len(all) != 1 {
		t.Fatalf("want nothing but synced, got %+v", all)
	}
	put(t, b, down("R2"))
}

func TestUnusableFilesAreMovedAsideAndSaidSo(t *testing.T) {
	cfg := embeddedConfig(filepath.Join(t.TempDir(), "bus"))
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	// Where the store's directory should be there is a file.
	if err := os.WriteFile(filepath.Join(cfg.Dir, "jetstream"), []byte("not a directory"), 0o600); err != nil {
		t.Fatal(err)
	}
	core, logs := observer.New(zap.WarnLevel)
	b, err := Open(t.Context(), cfg, prometheus.NewRegistry(), zap.New(core))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	put(t, b, down("R1"))
	if logs.FilterMessage("bus files cannot be used, starting empty").Len() != 1 {
		t.Errorf("want a warning that says so, got %v", logs.All())
	}
	aside, _ := filepath.Glob(cfg.Dir + ".unusable-*/jetstream")
	if len(aside) != 1 {
		t.Errorf("want the old files kept aside, found %v", aside)
	}
}

func TestTornFilesDoNotKeepTheBusFromStarting(t *testing.T) {
	cfg := embeddedConfig(filepath.Join(t.TempDir(), "bus"))
	b := open(t, cfg)
	put(t, b, down("R1"), down("R2"), down("R3"))
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	var torn int
	err := filepath.Walk(cfg.Dir, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		torn++
		return os.WriteFile(path, []byte("\x00garbage\xff"), 0o600)
	})
	if err != nil || torn == 0 {
		t.Fatalf("nothing to tear: %v", err)
	}
	b = open(t, cfg)
	put(t, b, down("R4"))
	listen(t, b).until(t, "R4", func(all []symptom.Report) bool {
		for _, r := range all {
			if r.Symptom != nil && r.Symptom.Subject == "device/R4" {
				return true
			}
		}
		return false
	})
}

func TestTwoProcessesCannotShareTheFiles(t *testing.T) {
	cfg := embeddedConfig(filepath.Join(t.TempDir(), "bus"))
	b := open(t, cfg)
	put(t, b, down("R1"))
	if _, err := Open(t.Context(), cfg, prometheus.NewRegistry(), zap.NewNop()); !errors.Is(err, ErrInUse) {
		t.Fatalf("want ErrInUse, got %v", err)
	}
	put(t, b, down("R2"))
}

func TestExternalServerThatIsNotThereIsNamed(t *testing.T) {
	cfg := DefaultConfig()
	cfg.URL = "nats://user:secret@127.0.0.1:1"
	_, err := Open(t.Context(), cfg, prometheus.NewRegistry(), zap.NewNop())
	if err == nil || !strings.Contains(err.Error(), "127.0.0.1:1") || strings.Contains(err.Error(), "secret") {
		t.Fatalf("want the address and no password, got %v", err)
	}
}

func TestFollowerSurvivesAServerThatLosesEverything(t *testing.T) {
	dir := t.TempDir()
	s := external(t, dir, -1)
	cfg := DefaultConfig()
	cfg.URL = s.ClientURL()
	b := open(t, cfg)
	put(t, b, down("R1"), down("R2"))
	h := listen(t, b)
	h.until(t, "synced", hasSynced)
	if err := b.Health(t.Context()); err != nil {
		t.Fatal(err)
	}

	port := s.Addr().(*net.TCPAddr).Port
	s.Shutdown()
	s.WaitForShutdown()
	if err := b.Health(t.Context()); err == nil {
		t.Error("health says well while the server is gone")
	}
	remade := b.Remade()
	external(t, t.TempDir(), port)
	wait.Receive(t, remade, "word that the content is lost")
	all := h.until(t, "R1 and R2 gone", func(all []symptom.Report) bool { return len(all) >= 5 })
	gone := map[symptom.Key]bool{}
	for _, r := range all[3:] {
		if r.Gone == nil {
			t.Fatalf("want gone, got %+v", r)
		}
		gone[*r.Gone] = true
	}
	if !gone[down("R1").Key()] || !gone[down("R2").Key()] {
		t.Fatalf("want R1 and R2 gone, got %v", gone)
	}
	put(t, b, down("R3"))
	all = h.until(t, "R3", func(all []symptom.Report) bool { return len(all) >= 6 })
	if all[5].Symptom == nil || all[5].Symptom.Subject != "device/R3" {
		t.Fatalf("want R3, got %+v", all[5])
	}
}

func TestFollowerIsToldWhatChangedWhileTheServerWasAway(t *testing.T) {
	dir := t.TempDir()
	s := external(t, dir, -1)
	cfg := DefaultConfig()
	cfg.URL = s.ClientURL()
	b := open(t, cfg)
	put(t, b, down("R1"), down("R2"))
	h := listen(t, b)
	h.until(t, "synced", hasSynced)
	port := s.Addr().(*net.TCPAddr).Port
	s.Shutdown()
	s.WaitForShutdown()
	external(t, dir, port)
	deadline := time.Now().Add(wait.Long)
	for b.PutSymptoms(t.Context(), []symptom.Symptom{cleared(down("R2"))}) != nil {
		if time.Now().After(deadline) {
			t.Fatal("the bus never came back")
		}
	}
	all := h.until(t, "R2 cleared", func(all []symptom.Report) bool { return len(all) >= 4 })
	last := all[len(all)-1].Symptom
	if len(all) != 4 || last == nil || last.Subject != "device/R2" || last.State != symptom.Cleared {
		t.Fatalf("want only what changed, got %+v", all[3:])
	}
}
