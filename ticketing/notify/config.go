package notify

import (
	"net/mail"
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/configs/problem"
	"github.com/linewarden/linewarden/configs/secret"
)

// Config is how people and programs are told.
type Config struct {
	Webhooks []WebhookConfig `yaml:"webhooks" doc:"programs that are told, each such as:"`
	Email    EmailConfig     `yaml:"email"`
}

// WebhookConfig is one receiver.
type WebhookConfig struct {
	Name    string        `yaml:"name" example:"dispatch"`
	URL     string        `yaml:"url" example:"https://dispatch.example.com/hook"`
	Secret  secret.Text   `yaml:"secret" doc:"signs each body"`
	Events  []string      `yaml:"events" doc:"empty: all"`
	Timeout time.Duration `yaml:"timeout" example:"10s"`
}

// EmailConfig is the way to the mail server.
type EmailConfig struct {
	Server   string      `yaml:"server" doc:"HOST:PORT; empty: no e-mail"`
	From     string      `yaml:"from"`
	Username string      `yaml:"username"`
	Password secret.Text `yaml:"password" doc:"or LINEWARDEN_SMTP_PASSWORD"`
	TLS      string      `yaml:"tls" doc:"starttls, implicit, none"`
}

// defaultTimeout is how long a receiver may take to answer.
const defaultTimeout = 10 * time.Second

// DefaultConfig tells nobody.
func DefaultConfig() Config { return Config{Email: EmailConfig{TLS: "starttls"}} }

// Validate names what cannot work.
func (c Config) Validate() []problem.Problem {
	var wrong problem.List
	names := make(map[string]bool)
	for i, w := range c.Webhooks {
		at := problem.At("webhooks", i)
		wrong.Under(at, w.Validate())
		wrong.Check(!names[w.Name], at+".name", "%q is already the name of another webhook", w.Name)
		names[w.Name] = true
	}
	wrong.Under("email", c.Email.Validate())
	return wrong
}

// Validate names what cannot work.
func (c WebhookConfig) Validate() []problem.Problem {
	var wrong problem.List
	wrong.Check(symptom.ValidID(c.Name), "name", "want letters, digits, '_', '.' and '-', got %q", c.Name)
	wrong.HTTP("url", c.URL)
	if c.Timeout != 0 {
		wrong.Within("timeout", c.Timeout, 100*time.Millisecond, 5*time.Minute)
	}
	return wrong
}

// Validate names what cannot work.
func (c EmailConfig) Validate() []problem.Problem {
	var wrong problem.List
	wrong.OneOf("tls", c.TLS, "starttls", "implicit", "none")
	if c.Server == "" {
		wrong.Check(c.From == "" && c.Username == "", "server", "is missing; want HOST:PORT of the mail server")
		return wrong
	}
	wrong.HostPort("server", c.Server)
	if _, err := mail.ParseAddress(c.From); err != nil {
		wrong.Add("from", "want an e-mail address such as noc@example.com, got %q", c.From)
	}
	return wrong
}
