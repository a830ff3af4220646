package notify

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// post is a mail server on a real socket.
type post struct {
	channel *Email // one that sends to it as noc@linewarden.example

	mu       sync.Mutex
	refuse   map[string]error // of RCPT, by address
	refuseIt error            // of DATA
	hangUp   int              // after so many mails, instead of answering the next command; 0: never
	mails    map[string][]received
	count    int
}

// received is one mail as it arrived.
type received struct {
	raw    string
	header mail.Header
	body   string
}

const (
	postUser     = "noc"
	postPassword = "correct horse"
)

// newPost starts a server that offers, and a channel that wants, this kind of
// TLS: starttls, implicit or none.
func newPost(t *testing.T, security string) *post {
	t.Helper()
	p := &post{refuse: map[string]error{}, mails: map[string][]received{}}
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &postSession{post: p, conn: c.Conn()}, nil
	}))
	certified := httptest.NewTLSServer(nil) // for its certificate
	certified.Close()
	roots := x509.NewCertPool()
	roots.AddCert(certified.Certificate())
	server.AllowInsecureAuth = security == "none"
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	switch security {
	case "starttls":
		server.TLSConfig = certified.TLS.Clone()
		server.TLSConfig.NextProtos = nil
	case "implicit":
		l = tls.NewListener(l, certified.TLS)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	t.Cleanup(func() {
		_ = server.Close()
		<-served
	})
	p.channel = NewEmail(EmailConfig{
		Server: address, From: "Linewarden <noc@linewarden.example>", TLS: security,
		Username: postUser, Password: postPassword,
	})
	p.channel.roots = roots
	return p
}

// got lists who has how many mails, sorted.
func (p *post) got() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []string
	for to, mails := range p.mails {
		for range mails {
			out = append(out, to)
		}
	}
	slices.Sort(out)
	return out
}

func (p *post) first(t *testing.T, to string) received {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.mails[to]) == 0 {
		t.Fatalf("%s has no mail", to)
	}
	return p.mails[to][0]
}

// postSession is one connection.
type postSession struct {
	post *post
	conn net.Conn
	to   []string
	in   bool
}

func (s *postSession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *postSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if s.in = user == postUser && password == postPassword; !s.in {
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}

func (s *postSession) Mail(string, *smtp.MailOptions) error {
	if !s.in {
		return smtp.ErrAuthRequired
	}
	return nil
}

func (s *postSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.post.mu.Lock()
	defer s.post.mu.Unlock()
	if err := s.post.refuse[to]; err != nil {
		return err
	}
	s.to = append(s.to, to)
	return nil
}

func (s *postSession) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.post.mu.Lock()
	defer s.post.mu.Unlock()
	if s.post.refuseIt != nil {
		return s.post.refuseIt
	}
	m, err := mail.ReadMessage(strings.NewReader(string(raw)))
	if err != nil {
		return err
	}
	body, err := io.ReadAll(m.Body)
	if err != nil {
		return err
	}
	s.post.count++
	for _, to := range s.to {
		s.post.mails[to] = append(s.post.mails[to], received{string(raw), m.Header, string(body)})
	}
	return nil
}

// Reset comes after each mail and with RSET.
func (s *postSession) Reset() {
	s.post.mu.Lock()
	defer s.post.mu.Unlock()
	if s.to == nil && s.post.hangUp > 0 && s.post.count >= s.post.hangUp {
		_ = s.conn.Close()
		s.post.hangUp = 0
	}
	s.to = nil
}

func (s *postSession) Logout() error { return nil }

var (
	noSuchUser = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
	tryLater   = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "greylisted, try later"}
	isSpam     = &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "looks like spam"}
)

// wantFinal checks that Send failed, and whether for good.
func wantFinal(t *testing.T, err error, final bool) {
	t.Helper()
	if err == nil || errors.Is(err, ErrPermanent) != final {
		t.Errorf("error is %v, final %v; want one, final %v", err, errors.Is(err, ErrPermanent), final)
	}
}
