package configs

import (
	"time"

	"github.com/linewarden/linewarden/configs/secret"
)

// Config is linewarden.yaml. Paths in it are absolute once Load has returned.
type Config struct {
	Listen      string     `yaml:"listen"`
	DataDir     string     `yaml:"data_dir"`
	Inventory   Inventory  `yaml:"inventory"`
	SecretsFile string     `yaml:"secrets_file"`
	Roles       []string   `yaml:"roles"`
	Log         Log        `yaml:"log"`
	Bus         Bus        `yaml:"bus"`
	Store       Store      `yaml:"store"`
	Collector   Collector  `yaml:"collector"`
	Correlator  Correlator `yaml:"correlator"`
	Ticketing   Ticketing  `yaml:"ticketing"`
	Notify      Notify     `yaml:"notify"`
	Web         Web        `yaml:"web"`
}

// The roles of a daemon.
const (
	RoleCollector  = "collector"
	RoleCorrelator = "correlator"
	RoleTicketing  = "ticketing"
)

// Inventory says where the CSV files are.
type Inventory struct {
	Dir string `yaml:"dir"`
}

// Log says how much is logged, and in what form.
type Log struct {
	Level  string `yaml:"level"`  // debug, info, warn, error
	Format string `yaml:"format"` // json, console
}

// Bus is the way between the parts: embedded, or an external NATS cluster.
type Bus struct {
	URL         string        `yaml:"url"`         // empty: embedded
	Credentials string        `yaml:"credentials"` // file, for an external one
	Replicas    int           `yaml:"replicas"`
	Sync        time.Duration `yaml:"sync"` // how often the embedded one calls fsync
	ClearedTTL  time.Duration `yaml:"cleared_ttl"`
}

// Store is where tickets live: PostgreSQL if a DSN is given, otherwise SQLite.
type Store struct {
	Postgres secret.Text `yaml:"postgres"`
	SQLite   string      `yaml:"sqlite"`
}

// Correlator says how long the engine waits before it speaks.
type Correlator struct {
	Quiet   time.Duration `yaml:"quiet"`    // without a change
	MaxWait time.Duration `yaml:"max_wait"` // with changes
	Hold    Hold          `yaml:"hold"`
}

// Hold is for how long at most an undecided fault is withheld, by class.
type Hold struct {
	MultiLine  time.Duration `yaml:"multi_line"`
	SingleLine time.Duration `yaml:"single_line"`
	Degraded   time.Duration `yaml:"degraded"`
}

// Ticketing says where the rules are.
type Ticketing struct {
	Dir string `yaml:"dir"` // files here replace the built-in ones of the same name
}

// Notify is how people and programs are told.
type Notify struct {
	Webhooks []Webhook `yaml:"webhooks"`
	Email    Email     `yaml:"email"`
}

// Webhook is one receiver.
type Webhook struct {
	Name    string        `yaml:"name"`
	URL     string        `yaml:"url"`
	Secret  secret.Text   `yaml:"secret"`
	Events  []string      `yaml:"events"` // empty: all
	Timeout time.Duration `yaml:"timeout"`
}

// Email is the way to the mail server; without a server none is sent.
type Email struct {
	Server   string      `yaml:"server"` // HOST:PORT
	From     string      `yaml:"from"`
	Username string      `yaml:"username"`
	Password secret.Text `yaml:"password"`
	TLS      string      `yaml:"tls"` // starttls, implicit, none
}

// Web is the console and the API.
type Web struct {
	PublicURL       string        `yaml:"public_url"` // as people reach it, for links in messages
	Language        string        `yaml:"language"`   // zh-CN, en
	SessionLifetime time.Duration `yaml:"session_lifetime"`
	SessionIdle     time.Duration `yaml:"session_idle"`
	SecureCookies   bool          `yaml:"secure_cookies"`
	PublicMetrics   bool          `yaml:"public_metrics"`
	ReadTimeout     time.Duration `yaml:"read_timeout"`
	ShutdownTimeout time.Duration `yaml:"shutdown_timeout"`
}

// Default is what holds where the file says nothing.
func Default() Config {
	return Config{
		Listen:    "127.0.0.1:8080",
		DataDir:   "/var/lib/linewarden",
		Inventory: Inventory{Dir: "inventory"},
		Roles:     []string{RoleCollector, RoleCorrelator, RoleTicketing},
		Log:       Log{Level: "info", Format: "json"},
		Bus:       Bus{Replicas: 1, Sync: 10 * time.Second, ClearedTTL: time.Hour},
		Collector: defaultCollector(),
		Correlator: Correlator{
			Quiet: 50 * time.Millisecond, MaxWait: 200 * time.Millisecond,
			Hold: Hold{MultiLine: time.Second, SingleLine: 3 * time.Second, Degraded: 3 * time.Minute},
		},
		Notify: Notify{Email: Email{TLS: "starttls"}},
		Web: Web{
			Language: "zh-CN", SessionLifetime: 12 * time.Hour, SessionIdle: 9 * time.Hour, PublicMetrics: true,
			ReadTimeout: 15 * time.Second, ShutdownTimeout: 5 * time.Second,
		},
	}
}
