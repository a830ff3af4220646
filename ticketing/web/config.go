package web

import (
	"time"

	"github.com/linewarden/linewarden/configs/problem"
)

// Config of the server, and of the pages on it.
type Config struct {
	PublicURL       string        `yaml:"public_url" doc:"as people reach it, for links in messages"`
	Language        string        `yaml:"language" doc:"zh-CN, en"`
	SessionLifetime time.Duration `yaml:"session_lifetime" doc:"since the last sign-in"`
	SessionIdle     time.Duration `yaml:"session_idle" doc:"without a request"`
	SecureCookies   bool          `yaml:"secure_cookies" doc:"set behind TLS"`
	PublicMetrics   bool          `yaml:"public_metrics" doc:"/metrics without a token"`
	ReadTimeout     time.Duration `yaml:"read_timeout"`
	ShutdownTimeout time.Duration `yaml:"shutdown_timeout"`
}

// DefaultConfig suits a NOC: a shift without signing in again.
func DefaultConfig() Config {
	return Config{
		Language:        "zh-CN",
		SessionLifetime: 12 * time.Hour,
		SessionIdle:     9 * time.Hour,
		PublicMetrics:   true,
		ReadTimeout:     15 * time.Second,
		ShutdownTimeout: 5 * time.Second,
	}
}

// Validate names what cannot work.
func (c Config) Validate() []problem.Problem {
	var wrong problem.List
	if c.PublicURL != "" {
		wrong.HTTP("public_url", c.PublicURL)
	}
	wrong.OneOf("language", c.Language, "zh-CN", "en")
	wrong.Within("session_lifetime", c.SessionLifetime, time.Minute, 90*24*time.Hour)
	wrong.Within("session_idle", c.SessionIdle, time.Minute, 90*24*time.Hour)
	wrong.Within("read_timeout", c.ReadTimeout, time.Second, 10*time.Minute)
	wrong.Within("shutdown_timeout", c.ShutdownTimeout, 100*time.Millisecond, 10*time.Minute)
	return wrong
}
