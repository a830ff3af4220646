package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"strings"
	"time"
)

// EmailConfig is the way to the mail server.
type EmailConfig struct {
	Server   string `yaml:"server"` // host:port
	From     string `yaml:"from"`
	Username string `yaml:"username"`
	Password string `yaml:"-"`
	TLS      string `yaml:"tls"` // starttls (default), implicit, none
}

// Validate tells what is wrong with the configuration.
func (c EmailConfig) Validate() error {
	var errs []error
	if _, _, err := net.SplitHostPort(c.Server); err != nil {
		errs = append(errs, fmt.Errorf("server: want HOST:PORT, got %q", c.Server))
	}
	if _, err := mail.ParseAddress(c.From); err != nil {
		errs = append(errs, fmt.Errorf("from: want an e-mail address, got %q", c.From))
	}
	switch c.TLS {
	case "", "starttls", "implicit", "none":
	default:
		errs = append(errs, fmt.Errorf("tls: want starttls, implicit or none, got %q", c.TLS))
	}
	return errors.Join(errs...)
}

// Email sends plain text in UTF-8.
type Email struct{ cfg EmailConfig }

// NewEmail makes a channel to a mail server.
func NewEmail(cfg EmailConfig) *Email { return &Email{cfg} }

// Send hands the message to the server. A 5xx answer to the message is final;
// one to us, such as a refused password, is not: somebody will mend that. An
// address that the server does not take keeps the message from no other; when
// these have it, the error that names it is final.
func (e *Email) Send(ctx context.Context, m Message) error {
	if len(m.To) == 0 {
		return Permanent(errors.New("e-mail: nobody to send it to"))
	}
	if err := e.send(ctx, m); err != nil {
		return fmt.Errorf("e-mail: %w", err)
	}
	return nil
}

// about marks a server's final answer about the message.
func about(err error) error {
	var reply *textproto.Error
	if errors.As(err, &reply) && reply.Code >= 500 {
		return Permanent(err)
	}
	return err
}

func (e *Email) send(ctx context.Context, m Message) error {
	host, _, err := net.SplitHostPort(e.cfg.Server)
	if err != nil {
		return err
	}
	conn, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, "tcp", e.cfg.Server)
	if err != nil {
		return err
	}
	defer conn.Close()
	deadline := time.Now().Add(30 * time.Second)
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		deadline = d
	}
	conn.SetDeadline(deadline)
	security := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if e.cfg.TLS == "implicit" {
		conn = tls.Client(conn, security)
	}
	client, err := smtp.NewClient(conn, host)
	if err != nil {
		return err
	}
	defer client.Close()
	if e.cfg.TLS == "" || e.cfg.TLS == "starttls" {
		if err := client.StartTLS(security); err != nil {
			return fmt.Errorf("starttls: %w", err)
		}
	}
	if e.cfg.Username != "" {
		if err := client.Auth(smtp.PlainAuth("", e.cfg.Username, e.cfg.Password, host)); err != nil {
			return fmt.Errorf("sign in as %s: %w", e.cfg.Username, err)
		}
	}
	from, err := mail.ParseAddress(e.cfg.From)
	if err != nil {
		return err
	}
	if err := client.Mail(from.Address); err != nil {
		return err
	}
	refused, err := recipients(client, m.To)
	if err != nil {
		return err
	}
	w, err := client.Data()
	if err != nil {
		return about(err)
	}
	if _, err := w.Write(compose(from, m)); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return about(err)
	}
	_ = client.Quit() // the server has the message, whatever it says now
	if len(refused) > 0 {
		return Permanent(fmt.Errorf("the others have it, but %w", errors.Join(refused...)))
	}
	return nil
}

// recipients names them to the server. It fails if none is taken, for good only
// if none may be taken later; else it returns why some were not.
func recipients(client *smtp.Client, to []string) (refused []error, err error) {
	later := false
	for _, address := range to {
		err := client.Rcpt(address)
		if err == nil {
			continue
		}
		var reply *textproto.Error
		if _, parsed := mail.ParseAddress(address); parsed == nil && !errors.As(err, &reply) {
			return nil, fmt.Errorf("to %s: %w", address, err) // the connection is gone
		}
		later = later || reply != nil && reply.Code < 500
		refused = append(refused, fmt.Errorf("to %s: %w", address, err))
	}
	if len(refused) < len(to) {
		return refused, nil
	}
	err = errors.Join(refused...)
	if !later {
		err = Permanent(err)
	}
	return nil, err
}

// compose writes the message with a Message-ID made from its key, so that a
// repeated one can be told by mail programs.
func compose(from *mail.Address, m Message) []byte {
	var b bytes.Buffer
	header := func(k, v string) { fmt.Fprintf(&b, "%s: %s\r\n", k, v) }
	_, domain, _ := strings.Cut(from.Address, "@")
	header("From", from.String())
	header("To", strings.Join(m.To, ", "))
	header("Subject", mime.BEncoding.Encode("utf-8", strings.Join(strings.Fields(m.Subject), " ")))
	header("Date", m.At.Format(time.RFC1123Z))
	header("Message-ID", fmt.Sprintf("<%s@%s>", strings.NewReplacer("/", ".", " ", "_").Replace(m.ID), domain))
	header("MIME-Version", "1.0")
	header("Content-Type", "text/plain; charset=utf-8")
	header("Content-Transfer-Encoding", "base64")
	header("Auto-Submitted", "auto-generated")
	b.WriteString("\r\n")
	text := base64.StdEncoding.EncodeToString([]byte(m.Text))
	for len(text) > 76 {
		b.WriteString(text[:76] + "\r\n")
		text = text[76:]
	}
	b.WriteString(text + "\r\n")
	return b.Bytes()
}
