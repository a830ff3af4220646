package store

import (
	"strings"

	"github.com/linewarden/linewarden/configs/problem"
	"github.com/linewarden/linewarden/configs/secret"
)

// Config is where tickets live: PostgreSQL if an address is given, otherwise
// SQLite.
type Config struct {
	Postgres secret.Text `yaml:"postgres" doc:"postgres://USER:PASSWORD@HOST/DATABASE; empty: SQLite; or LINEWARDEN_POSTGRES"`
	SQLite   string      `yaml:"sqlite" doc:"empty: linewarden.db in data_dir"`
}

// DefaultConfig is SQLite.
func DefaultConfig() Config { return Config{} }

// Validate names what cannot work. The address is not shown: it may hold a
// password.
func (c Config) Validate() []problem.Problem {
	var wrong problem.List
	dsn := c.Postgres.Reveal()
	wrong.Check(dsn == "" || strings.Contains(dsn, "=") || strings.Contains(dsn, "://"), "postgres",
		"want postgres://USER@HOST/DATABASE, or host=... dbname=...")
	return wrong
}
