package kit

import (
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/linewarden/linewarden/ticketing/store/pgtest"
)

// databases numbers the databases of all clusters.
var databases atomic.Int64

// Postgres starts a throwaway cluster that survives its own crashes.
func Postgres(t testing.TB) *pgtest.Cluster {
	t.Helper()
	cluster, err := pgtest.Start(t.Context(), pgtest.Options{Durable: true})
	pgtest.Need(t, err)
	t.Cleanup(func() { cluster.Close() })
	return cluster
}

// Database makes an empty database in a cluster and returns its DSN.
func Database(t testing.TB, cluster *pgtest.Cluster) string {
	t.Helper()
	name := fmt.Sprintf("e2e_%d", databases.Add(1))
	if err := cluster.Exec(t.Context(), "postgres", "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	return cluster.DSN(name)
}

// NATS is a server with JetStream whose files are under dir.
type NATS struct {
	*Process
	URL   string // with the password
	Files string
}

// NewNATS prepares a server on port 4222 of wherever exec runs it.
func NewNATS(t testing.TB, dir string, exec Exec) *NATS {
	t.Helper()
	files, conf := filepath.Join(dir, "nats"), filepath.Join(dir, "nats.conf")
	text := fmt.Appendf(nil, "listen: 127.0.0.1:4222\njetstream: {store_dir: %q}\n"+
		"authorization: {user: noc, password: pencil}\n", files)
	if err := os.WriteFile(conf, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return &NATS{URL: "nats://noc:pencil@127.0.0.1:4222", Files: files, Process: &Process{T: t, Name: "nats", Exec: exec,
		Args: []string{Bin("nats-server"), "-c", conf}, Log: filepath.Join(dir, "nats.log")}}
}

// Start starts the server and waits until it serves.
func (n *NATS) Start() {
	n.T.Helper()
	n.Process.StartUntil("Server is ready")
}
