package bus

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/linewarden/linewarden/configs/problem"
)

// Config says where the bus is.
type Config struct {
	URL         string        `yaml:"url" doc:"empty: embedded, without a listening port; else nats://HOST:4222,..."`
	Credentials string        `yaml:"credentials" doc:"file with the credentials of the external account"`
	Replicas    int           `yaml:"replicas" doc:"copies on an external cluster: 1, 3 or 5"`
	Sync        time.Duration `yaml:"sync" doc:"how often the embedded bus writes to disk for good"`
	ClearedTTL  time.Duration `yaml:"cleared_ttl" doc:"how long a symptom stays after it has cleared"`
	Dir         string        `yaml:"-"` // the embedded server's files
}

// DefaultConfig is the embedded bus. Dir has no default.
func DefaultConfig() Config {
	return Config{Replicas: 1, Sync: 10 * time.Second, ClearedTTL: time.Hour}
}

// Validate names what cannot work. An address is not shown: it may hold a
// password.
func (c Config) Validate() []problem.Problem {
	var wrong problem.List
	wrong.Check(validServers(c.URL), "url", "want nats://HOST:PORT or tls://HOST:PORT, several separated by commas")
	wrong.Between("replicas", c.Replicas, 1, 5)
	wrong.Check(c.URL != "" || c.Replicas <= 1, "replicas",
		"the embedded bus keeps one copy; %d need an external cluster in bus.url", c.Replicas)
	wrong.Within("sync", c.Sync, time.Millisecond, time.Hour)
	wrong.Within("cleared_ttl", c.ClearedTTL, time.Second, 7*24*time.Hour)
	return wrong
}

func validServers(list string) bool {
	if list == "" {
		return true
	}
	for server := range strings.SplitSeq(list, ",") {
		u, err := url.Parse(strings.TrimSpace(server))
		if err != nil || u.Host == "" || !slices.Contains([]string{"nats", "tls", "ws", "wss"}, u.Scheme) {
			return false
		}
	}
	return true
}
