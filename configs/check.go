package configs

import (
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
)

// DefaultWebhookTimeout is how long a receiver may take to answer.
const DefaultWebhookTimeout = 10 * time.Second

// check looks at the values; d knows where each key stands.
func (c *Config) check(d *document) {
	d.hostPort("listen", c.Listen)
	d.filled("data_dir", c.DataDir)
	d.filled("inventory.dir", c.Inventory.Dir)
	c.checkRoles(d)
	d.oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	d.oneOf("log.format", c.Log.Format, "json", "console")
	c.Bus.check(d)
	if dsn := c.Store.Postgres.Reveal(); dsn != "" && !strings.Contains(dsn, "=") && !strings.Contains(dsn, "://") {
		d.wrong("store.postgres", "want postgres://USER@HOST/DATABASE, or host=... dbname=...")
	}
	c.Collector.check(d)
	c.Correlator.check(d)
	c.Notify.check(d)
	c.Web.check(d)
}

func (c *Config) checkRoles(d *document) {
	if len(c.Roles) == 0 {
		d.wrong("roles", "want at least one of %s, %s, %s", RoleCollector, RoleCorrelator, RoleTicketing)
	}
	for i, role := range c.Roles {
		key := fmt.Sprintf("roles[%d]", i)
		d.oneOf(key, role, RoleCollector, RoleCorrelator, RoleTicketing)
		if slices.Contains(c.Roles[:i], role) {
			d.wrong(key, "%q is named twice", role)
		}
	}
	if err := c.Together(); len(c.Roles) > 0 && err != nil {
		d.wrong("roles", "%v", err)
	}
}

// Together tells whether the roles of this process can reach the others.
func (c *Config) Together() error {
	for _, role := range []string{RoleCollector, RoleCorrelator, RoleTicketing} {
		if c.Bus.URL == "" && !slices.Contains(c.Roles, role) {
			return fmt.Errorf("nobody outside this process reaches the embedded bus, and nobody in it is the %s; "+
				"to run roles apart, give each the address of a NATS server in bus.url", role)
		}
	}
	return nil
}

func (b Bus) check(d *document) {
	for server := range strings.SplitSeq(b.URL, ",") {
		if b.URL == "" {
			break
		}
		u, err := url.Parse(strings.TrimSpace(server))
		if err != nil || u.Host == "" || !slices.Contains([]string{"nats", "tls", "ws", "wss"}, u.Scheme) {
			// Not quoted: it may hold a password.
			d.wrong("bus.url", "want nats://HOST:PORT or tls://HOST:PORT, several separated by commas")
			break
		}
	}
	d.between("bus.replicas", b.Replicas, 1, 5)
	if b.URL == "" && b.Replicas > 1 {
		d.wrong("bus.replicas", "the embedded bus keeps one copy; %d need an external cluster in bus.url", b.Replicas)
	}
	d.within("bus.sync", b.Sync, time.Millisecond, time.Hour)
	d.within("bus.cleared_ttl", b.ClearedTTL, time.Minute, 7*24*time.Hour)
}

func (c Correlator) check(d *document) {
	d.within("correlator.quiet", c.Quiet, time.Millisecond, 10*time.Second)
	d.within("correlator.max_wait", c.MaxWait, c.Quiet, time.Minute)
	d.within("correlator.hold.multi_line", c.Hold.MultiLine, 0, 10*time.Minute)
	d.within("correlator.hold.single_line", c.Hold.SingleLine, 0, 10*time.Minute)
	d.within("correlator.hold.degraded", c.Hold.Degraded, 0, time.Hour)
}

func (n Notify) check(d *document) {
	names := make(map[string]bool)
	for i, w := range n.Webhooks {
		at := fmt.Sprintf("notify.webhooks[%d]", i)
		if !symptom.ValidID(w.Name) {
			d.wrong(at+".name", "want letters, digits, '_', '.' and '-', got %q", w.Name)
		} else if names[w.Name] {
			d.wrong(at+".name", "%q is already the name of another webhook", w.Name)
		}
		names[w.Name] = true
		d.httpURL(at+".url", w.URL)
		if w.Timeout != 0 {
			d.within(at+".timeout", w.Timeout, 100*time.Millisecond, 5*time.Minute)
		}
	}
	e := n.Email
	d.oneOf("notify.email.tls", e.TLS, "starttls", "implicit", "none")
	if e.Server == "" {
		if e.From != "" || e.Username != "" {
			d.wrong("notify.email.server", "is missing; want HOST:PORT of the mail server")
		}
		return
	}
	d.hostPort("notify.email.server", e.Server)
	if _, err := mail.ParseAddress(e.From); err != nil {
		d.wrong("notify.email.from", "want an e-mail address such as noc@example.com, got %q", e.From)
	}
}

func (w Web) check(d *document) {
	if w.PublicURL != "" {
		d.httpURL("web.public_url", w.PublicURL)
	}
	d.oneOf("web.language", w.Language, "zh-CN", "en")
	d.within("web.session_lifetime", w.SessionLifetime, time.Minute, 90*24*time.Hour)
	d.within("web.session_idle", w.SessionIdle, time.Minute, 90*24*time.Hour)
	d.within("web.read_timeout", w.ReadTimeout, time.Second, 10*time.Minute)
	d.within("web.shutdown_timeout", w.ShutdownTimeout, 100*time.Millisecond, 10*time.Minute)
}

func (d *document) filled(key, value string) {
	if value == "" {
		d.wrong(key, "is empty, and must not be")
	}
}

func (d *document) oneOf(key, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		d.wrong(key, "want one of %s, got %q", strings.Join(allowed, ", "), value)
	}
}

func (d *document) between(key string, v, least, most int) {
	if v < least || v > most {
		d.wrong(key, "want %d to %d, got %d", least, most, v)
	}
}

func (d *document) within(key string, v, least, most time.Duration) {
	if v < least || v > most {
		d.wrong(key, "want %s to %s, got %s", brief(least), brief(most), brief(v))
	}
}

// brief writes a duration as people write it in the file: 1h, not 1h0m0s.
func brief(v time.Duration) string {
	s := v.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

func (d *document) band(key string, b TimeBand) {
	if b.Raise <= 0 {
		d.wrong(key+".raise", "want a duration above zero, got %s", b.Raise)
	}
	if b.Clear < 0 || b.Clear >= b.Raise {
		d.wrong(key+".clear", "want less than raise (%s), got %s", b.Raise, b.Clear)
	}
}

func (d *document) numbers(key string, v, least, most float64) {
	if v < least || v > most {
		d.wrong(key, "want %g to %g, got %g", least, most, v)
	}
}

func (d *document) below(key string, v, raise float64) {
	if v < 0 || v >= raise {
		d.wrong(key, "want 0 or more, and less than raise (%g), got %g", raise, v)
	}
}

func (d *document) hostPort(key, value string) {
	_, port, err := net.SplitHostPort(value)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		d.wrong(key, "want HOST:PORT, such as 127.0.0.1:8080, got %q", value)
	}
}

// httpURL does not show the value, which may hold a key.
func (d *document) httpURL(key, value string) {
	u, err := url.Parse(value)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		d.wrong(key, "want http://HOST/PATH or https://HOST/PATH")
	}
}
