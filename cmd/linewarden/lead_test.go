package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/linewarden/linewarden/configs"
	"github.com/linewarden/linewarden/deploy/lab/wait"
)

func TestADaemonThatIsStoppedLetsAnotherLeadAtOnce(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "inventory"), configs.Sample()); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "linewarden.yaml")
	text := fmt.Sprintf("data_dir: %[1]s/data\nlisten: 127.0.0.1:0\n"+
		"inventory:\n  dir: %[1]s/inventory\nbus:\n  url: %[2]s\n", dir, natsServer(t))
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var said bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		args := []string{"serve", "--config", config, "--roles", "correlator", "--roles", "ticketing"}
		ended <- run(ctx, args, nil, &said, &said)
	}()

	raw, err := sql.Open("sqlite", filepath.Join(dir, "data", "linewarden.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	wait.Until(t, "the daemon leads", func() error {
		select {
		case code := <-ended:
			t.Fatalf("exit status %d: %s", code, &said)
		default:
		}
		var holder string
		return raw.QueryRowContext(ctx, `SELECT holder FROM leases WHERE name = $1`, leaseName).Scan(&holder)
	})
	stop()
	if code := <-ended; code != 0 {
		t.Fatalf("exit status %d: %s", code, &said)
	}
	s, err := openStore(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, ok, err := s.Lease(t.Context(), time.Now().UTC(), leaseName, "another", time.Minute); err != nil || !ok {
		t.Errorf("another daemon leads: %v (%v)", ok, err)
	}
}

// natsServer is a bus that roles in several processes could share.
func natsServer(t *testing.T) (url string) {
	t.Helper()
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	if !s.ReadyForConnections(wait.Long) {
		t.Fatal("the NATS server does not start")
	}
	return s.ClientURL()
}
