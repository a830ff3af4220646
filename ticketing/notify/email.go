package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
)

// answerWithin is how long connecting and signing in may take, and then each
// mail. The caller's context limits all of them together.
const answerWithin = 10 * time.Second

// Email sends plain text in UTF-8, a mail of its own to each recipient.
type Email struct {
	cfg      EmailConfig
	roots    *x509.CertPool // nil: the system's
	outcomes outcomes
}

// NewEmail makes a channel to a mail server.
func NewEmail(cfg EmailConfig) *Email { return &Email{cfg: cfg} }

// Send hands the message to the server, once for each recipient, so that an
// address that the server does not take keeps the message from no other. A 5xx
// answer to a mail is final for its recipient; one to us, such as a refused
// password, is not: somebody will mend that. While a recipient is worth another
// try the error is temporary, and the next Send of the same message leaves out
// those who have it. In the end the error names who has not got it.
func (e *Email) Send(ctx context.Context, m Message) error {
	if len(m.To) == 0 {
		return Permanent(errors.New("e-mail: nobody to send it to"))
	}
	if err := e.deliver(ctx, m, e.outcomes.remaining(m)); err != nil {
		return fmt.Errorf("e-mail: %w", err)
	}
	if err := e.outcomes.conclude(m); err != nil {
		return Permanent(fmt.Errorf("e-mail: %w", err))
	}
	return nil
}

// deliver sends the message to each address. Its error tells which are worth
// another try; final refusals are among the outcomes.
func (e *Email) deliver(ctx context.Context, m Message, to []string) error {
	session, err := e.connect(ctx)
	if err != nil {
		return err
	}
	defer session.close()
	var later []error
	for _, address := range to {
		switch err := session.send(e.cfg.From, address, m); {
		case err == nil:
			e.outcomes.settle(m, address, nil)
		case errors.Is(err, ErrPermanent):
			e.outcomes.settle(m, address, fmt.Errorf("to %s: %w", address, err))
		case errors.Is(err, errServer):
			return errors.Join(append(later, err)...)
		default:
			later = append(later, fmt.Errorf("to %s: %w", address, err))
		}
	}
	return errors.Join(later...)
}

// session is a connection on which the server has let us in.
type session struct {
	client *mail.Client
	conn   net.Conn
	stop   func() bool // ends the watch over the context
}

// connect opens a session, which ends with ctx.
func (e *Email) connect(ctx context.Context) (*session, error) {
	host, _, err := net.SplitHostPort(e.cfg.Server)
	if err != nil {
		return nil, err
	}
	s := &session{}
	security := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12, RootCAs: e.roots}
	dial := func(dialing context.Context, _, _ string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(dialing, "tcp", e.cfg.Server)
		if err != nil {
			return nil, err
		}
		if e.cfg.TLS == "implicit" {
			conn = tls.Client(conn, security)
		}
		s.conn, s.stop = conn, context.AfterFunc(ctx, func() { _ = conn.Close() })
		return conn, nil
	}
	s.client, err = mail.NewClient(host, e.options(dial, security)...)
	if err != nil {
		return nil, err
	}
	if err := s.client.DialWithContext(ctx); err != nil {
		s.close()
		return nil, fmt.Errorf("connect to %s: %w", e.cfg.Server, err)
	}
	return s, nil
}

func (e *Email) options(dial mail.DialContextFunc, security *tls.Config) []mail.Option {
	options := []mail.Option{
		mail.WithTimeout(answerWithin), mail.WithDialContextFunc(dial), mail.WithTLSConfig(security), mail.WithoutNoop(),
	}
	switch e.cfg.TLS {
	case "implicit":
		options = append(options, mail.WithSSL(), mail.WithTLSPolicy(mail.NoTLS))
	case "none":
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if e.cfg.Username != "" {
		options = append(options, mail.WithUsername(e.cfg.Username), mail.WithPassword(e.cfg.Password.Reveal()),
			mail.WithOpportunisticSMTPAuth(mail.SMTPAuthPlain, mail.SMTPAuthLogin))
	}
	return options
}

// close says goodbye where the server still listens: it has what it has taken.
func (s *session) close() {
	if s.conn == nil {
		return
	}
	s.stop()
	_ = s.conn.SetDeadline(time.Now().Add(time.Second))
	_ = s.client.Close()
	_ = s.conn.Close()
}

// errServer marks what concerns the server and us, not one recipient.
var errServer = errors.New("mail server")

// send mails the message to one address.
func (s *session) send(from, to string, m Message) error {
	msg, err := compose(from, to, m)
	if err != nil {
		return Permanent(err)
	}
	err = s.client.Send(msg)
	var failed *mail.SendError
	switch {
	case err == nil, msg.IsDelivered():
		return nil
	case !errors.As(err, &failed), failed.ErrorCode() == 0, failed.Reason == mail.ErrSMTPMailFrom:
		return fmt.Errorf("%w: %w", errServer, err)
	}
	_ = s.client.Reset() // the next mail starts anew; if that fails, it will say so
	if failed.ErrorCode() >= 500 {
		return Permanent(err)
	}
	return err
}

// compose writes the mail. Its Message-ID is made from the message's key, so
// that mail programs can tell a repeated one.
func compose(from, to string, m Message) (*mail.Msg, error) {
	sender, err := netmail.ParseAddress(from)
	if err != nil {
		return nil, fmt.Errorf("from %q: %w", from, err)
	}
	msg := mail.NewMsg(mail.WithEncoding(mail.EncodingB64), mail.WithNoDefaultUserAgent())
	msg.FromMailAddress(sender)
	if err := msg.To(to); err != nil {
		return nil, err
	}
	_, domain, _ := strings.Cut(sender.Address, "@")
	msg.SetMessageIDWithValue(strings.NewReplacer("/", ".", " ", "_").Replace(m.ID) + "@" + domain)
	msg.SetDateWithValue(m.At)
	msg.Subject(strings.Join(strings.Fields(m.Subject), " "))
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetBodyString(mail.TypeTextPlain, m.Text)
	return msg, nil
}
