package configs

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/linewarden/linewarden/configs/secret"
)

// Environment variables that stand in for secrets, so that none need be in a
// file. They are the only part of the configuration that the environment sets.
const (
	EnvPostgres     = "LINEWARDEN_POSTGRES"
	EnvSecretsFile  = "LINEWARDEN_SECRETS_FILE"
	EnvMailPassword = "LINEWARDEN_SMTP_PASSWORD"
)

// Load reads a linewarden.yaml over the defaults. Relative paths in it are
// taken from its own directory. All that is wrong is in the one error, which
// is then a Problems; beside it stands the configuration as far as it could be
// understood, or nil. Without a path it is the defaults and the environment.
func Load(path string) (*Config, error) {
	return load(path, os.ReadFile, os.Getenv)
}

func load(path string, read func(string) ([]byte, error), env func(string) string) (*Config, error) {
	c := Default()
	d := newDocument("environment")
	dir := "."
	if path != "" {
		raw, err := read(path)
		if err != nil {
			return nil, fmt.Errorf("read the configuration: %w", err)
		}
		d = decode(path, raw, &c)
		dir = filepath.Dir(path)
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("find the directory of %s: %w", path, err)
	}
	c.environment(env)
	if !d.unlike {
		d.report(c.Validate())
	}
	c.complete(dir)
	if d.unlike {
		return nil, d.err()
	}
	return &c, d.err()
}

func (c *Config) environment(env func(string) string) {
	if v := env(EnvPostgres); v != "" {
		c.Store.Postgres = secret.Text(v)
	}
	if v := env(EnvSecretsFile); v != "" {
		c.SecretsFile = v
	}
	if v := env(EnvMailPassword); v != "" {
		c.Notify.Email.Password = secret.Text(v)
	}
}

// complete fills in what depends on other keys, and makes paths absolute.
func (c *Config) complete(dir string) {
	abs := func(path *string) {
		if *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(dir, *path)
		}
	}
	abs(&c.DataDir)
	if c.Store.SQLite == "" {
		c.Store.SQLite = filepath.Join(c.DataDir, "linewarden.db")
	}
	abs(&c.Store.SQLite)
	abs(&c.Inventory.Dir)
	abs(&c.SecretsFile)
	abs(&c.Bus.Credentials)
	abs(&c.Collector.Profiles)
	abs(&c.Ticketing.Dir)
	c.Bus.Dir = filepath.Join(c.DataDir, "bus")
	c.Collector.StateFile = filepath.Join(c.DataDir, "answered.json")
}
