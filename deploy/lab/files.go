package lab

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/linewarden/linewarden/deploy/lab/plan"
)

// DefaultListen is where a daemon in the lab shows its console.
const DefaultListen = "127.0.0.1:8080"

// Files that a daemon in the lab is started with.
func configFile(dir string) string { return filepath.Join(dir, "linewarden.yaml") }

// writeFiles leaves in dir what a daemon needs to watch the network.
func writeFiles(dir string, n *plan.Network) error {
	if err := n.WriteInventory(filepath.Join(dir, "inventory")); err != nil {
		return fmt.Errorf("write inventory: %w", err)
	}
	secrets := fmt.Sprintf("snmp:\n  %s: {version: 2c, community: %s}\n", plan.Credential, n.Community)
	if err := writeSecret(filepath.Join(dir, "secrets.yaml"), secrets); err != nil {
		return err
	}
	return WriteConfig(dir, DefaultListen)
}

// WriteConfig writes DIR/linewarden.yaml for a console at listen.
func WriteConfig(dir, listen string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	text := fmt.Sprintf(`# Written by linelab: the daemon that watches this lab.
listen: %q
data_dir: %q
inventory: {dir: %q}
secrets_file: %q
collector: {id: c1, trap: {listen: ":162"}}
`, listen, filepath.Join(dir, "data"), filepath.Join(dir, "inventory"), filepath.Join(dir, "secrets.yaml"))
	return os.WriteFile(configFile(dir), []byte(text), 0o644)
}

func writeSecret(path, text string) error {
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return err
	}
	return os.Chmod(path, 0o600)
}

func fields(b []byte) []string { return strings.Fields(string(b)) }
