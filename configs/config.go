package configs

import (
	"fmt"
	"slices"

	"github.com/linewarden/linewarden/collector"
	"github.com/linewarden/linewarden/collector/bus"
	"github.com/linewarden/linewarden/configs/problem"
	"github.com/linewarden/linewarden/correlator"
	"github.com/linewarden/linewarden/ticketing/notify"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/web"
)

// Config is linewarden.yaml: what belongs to the process as a whole, and the
// part of each component. Paths in it are absolute once Load has returned.
type Config struct {
	Listen      string            `yaml:"listen" doc:"Console and API. Put a TLS proxy in front before you open it to others."`
	DataDir     string            `yaml:"data_dir" doc:"The embedded bus and the embedded database live here."`
	Inventory   Inventory         `yaml:"inventory"`
	SecretsFile string            `yaml:"secrets_file" doc:"Credentials of devices, readable by its owner only (chmod 600); or LINEWARDEN_SECRETS_FILE."`
	Roles       []string          `yaml:"roles" doc:"What this process does. Branch sites run the collector alone."`
	Log         Log               `yaml:"log"`
	Bus         bus.Config        `yaml:"bus"`
	Store       store.Config      `yaml:"store"`
	Collector   collector.Config  `yaml:"collector"`
	Correlator  correlator.Config `yaml:"correlator"`
	Ticketing   Ticketing         `yaml:"ticketing"`
	Notify      notify.Config     `yaml:"notify"`
	Web         web.Config        `yaml:"web"`
}

// The roles of a daemon.
const (
	RoleCollector  = "collector"
	RoleCorrelator = "correlator"
	RoleTicketing  = "ticketing"
)

// Roles are all roles that there are.
func Roles() []string { return []string{RoleCollector, RoleCorrelator, RoleTicketing} }

// Inventory says where the CSV files are.
type Inventory struct {
	Dir string `yaml:"dir" doc:"customers.csv, sites.csv, devices.csv, links.csv, lines.csv ..."`
}

// Log says how much is logged, and in what form.
type Log struct {
	Level  string `yaml:"level" doc:"debug, info, warn, error"`
	Format string `yaml:"format" doc:"json, console"`
}

// Ticketing says where the rules are.
type Ticketing struct {
	Dir string `yaml:"dir" doc:"Workflows, SLA, routing and groups are built in. Files here replace those of the same name."`
}

// Default is what holds where the file says nothing.
func Default() Config {
	return Config{
		Listen:     "127.0.0.1:8080",
		DataDir:    "/var/lib/linewarden",
		Inventory:  Inventory{Dir: "inventory"},
		Roles:      Roles(),
		Log:        Log{Level: "info", Format: "json"},
		Bus:        bus.DefaultConfig(),
		Store:      store.DefaultConfig(),
		Collector:  collector.DefaultConfig(),
		Correlator: correlator.DefaultConfig(),
		Notify:     notify.DefaultConfig(),
		Web:        web.DefaultConfig(),
	}
}

// Validate names what cannot work, of each component and between them.
func (c Config) Validate() []problem.Problem {
	var wrong problem.List
	wrong.HostPort("listen", c.Listen)
	wrong.Filled("data_dir", c.DataDir)
	wrong.Filled("inventory.dir", c.Inventory.Dir)
	wrong.Under("roles", c.validateRoles())
	wrong.OneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	wrong.OneOf("log.format", c.Log.Format, "json", "console")
	wrong.Under("bus", c.Bus.Validate())
	wrong.Under("store", c.Store.Validate())
	wrong.Under("collector", c.Collector.Validate())
	wrong.Under("correlator", c.Correlator.Validate())
	wrong.Under("notify", c.Notify.Validate())
	wrong.Under("web", c.Web.Validate())
	return wrong
}

func (c Config) validateRoles() []problem.Problem {
	var wrong problem.List
	for i, role := range c.Roles {
		at := problem.At("", i)
		wrong.OneOf(at, role, Roles()...)
		wrong.Check(!slices.Contains(c.Roles[:i], role), at, "%q is named twice", role)
	}
	if len(c.Roles) == 0 {
		wrong.Add("", "want at least one of %s, %s, %s", RoleCollector, RoleCorrelator, RoleTicketing)
	} else if err := c.Together(); err != nil {
		wrong.Add("", "%v", err)
	}
	return wrong
}

// Together tells whether the roles of this process can reach the others.
func (c Config) Together() error {
	for _, role := range Roles() {
		if c.Bus.URL == "" && !slices.Contains(c.Roles, role) {
			return fmt.Errorf("nobody outside this process reaches the embedded bus, and nobody in it is the %s; "+
				"to run roles apart, give each the address of a NATS server in bus.url", role)
		}
	}
	return nil
}
