package notify

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"strings"
	"testing"
	"time"
)

var message = Message{
	ID: "NT-20261122-000001/3/1", Event: "dispatched", Ticket: "NT-20261122-000001",
	At: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC),
	To: []string{"noc@example.net"}, Subject: "光缆 CBL-12 中断", Text: strings.Repeat("专线 LN-0001 阻断\n", 20),
	Body: map[string]string{"domain": "tail"},
}

func TestWebhookSignsAndNamesTheMessage(t *testing.T) {
	type request struct {
		header http.Header
		body   []byte
	}
	got := make(chan request, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- request{r.Header, body}
	}))
	defer server.Close()
	if err := NewWebhook(WebhookConfig{Name: "oss", URL: server.URL, Secret: "s3cret"}).Send(t.Context(), message); err != nil {
		t.Fatal(err)
	}
	r := <-got
	if key := r.header.Get("Idempotency-Key"); key != message.ID {
		t.Errorf("Idempotency-Key %q, want %q", key, message.ID)
	}
	mac := hmac.New(sha256.New, []byte("s3cret"))
	mac.Write(r.body)
	if want := "sha256=" + hex.EncodeToString(mac.Sum(nil)); r.header.Get("X-Linewarden-Signature") != want {
		t.Errorf("signature %q, want %q", r.header.Get("X-Linewarden-Signature"), want)
	}
	var body webhookBody
	if err := json.Unmarshal(r.body, &body); err != nil {
		t.Fatal(err)
	}
	if body.Ticket != message.Ticket || body.Title != message.Subject || !body.At.Equal(message.At) {
		t.Errorf("body %+v does not tell the message", body)
	}
}

func TestWebhookKnowsWhatARetryMends(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		fails  bool
		final  bool
	}{
		{"accepted is success", 202, false, false},
		{"a gone receiver stays gone", 410, true, true},
		{"a redirect is not followed", 302, true, true},
		{"too many requests may pass later", 429, true, false},
		{"a failing server may recover", 503, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Location", "http://127.0.0.1:1/")
				w.WriteHeader(c.status)
			}))
			defer server.Close()
			err := NewWebhook(WebhookConfig{Name: "oss", URL: server.URL}).Send(t.Context(), message)
			if (err != nil) != c.fails || errors.Is(err, ErrPermanent) != c.final {
				t.Errorf("%d gives %v, permanent %v", c.status, err, errors.Is(err, ErrPermanent))
			}
		})
	}
}

func TestWebhookErrorsDoNotShowTheAddress(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + l.Addr().String() + "/hook?key=hidden"
	l.Close()
	err = NewWebhook(WebhookConfig{Name: "oss", URL: url}).Send(t.Context(), message)
	if err == nil || errors.Is(err, ErrPermanent) || strings.Contains(err.Error(), "hidden") {
		t.Errorf("error %v: want a temporary one without the key", err)
	}
}

func TestEmailArrivesWhole(t *testing.T) {
	server := newSMTP(t, "250 ok")
	channel := NewEmail(EmailConfig{Server: server.addr, From: "Linewarden <noc@linewarden.example>", TLS: "none"})
	if err := channel.Send(t.Context(), message); err != nil {
		t.Fatal(err)
	}
	got, err := mail.ReadMessage(strings.NewReader(<-server.mails))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(got.Header.Get("Subject"))
	if err != nil || subject != message.Subject {
		t.Errorf("subject %q (%v), want %q", subject, err, message.Subject)
	}
	if id := got.Header.Get("Message-ID"); id != "<NT-20261122-000001.3.1@linewarden.example>" {
		t.Errorf("Message-ID %q does not come from the key", id)
	}
	text, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, got.Body))
	if err != nil || string(text) != message.Text {
		t.Errorf("text %q (%v)", text, err)
	}
}

func TestEmailRefusedByTheServerIsFinal(t *testing.T) {
	for answer, final := range map[string]bool{"550 no such user": true, "451 try later": false} {
		server := newSMTP(t, answer)
		err := NewEmail(EmailConfig{Server: server.addr, From: "noc@linewarden.example", TLS: "none"}).Send(t.Context(), message)
		if err == nil || errors.Is(err, ErrPermanent) != final {
			t.Errorf("%s gives %v, permanent %v", answer, err, errors.Is(err, ErrPermanent))
		}
	}
}

func TestEmailDoesNotFallBackToPlainText(t *testing.T) {
	server := newSMTP(t, "250 ok")
	err := NewEmail(EmailConfig{Server: server.addr, From: "noc@linewarden.example"}).Send(t.Context(), message)
	if err == nil {
		t.Error("sent without TLS to a server that offers none, though starttls was asked for")
	}
}

func TestBackoffGrowsToALimit(t *testing.T) {
	last := time.Duration(0)
	for attempts := 1; attempts < 20; attempts++ {
		wait := Backoff(attempts)
		if wait < last || wait > 10*time.Minute || wait <= 0 {
			t.Errorf("after %d attempts %v, before %v", attempts, wait, last)
		}
		last = wait
	}
	if last != 10*time.Minute {
		t.Errorf("settles at %v", last)
	}
}

// smtpServer is a mail server of the least kind on a real socket.
type smtpServer struct {
	addr   string
	mails  chan string
	abrupt bool
}

// newSMTP answers RCPT with rcpt; the address of somebody "gone" with 550. With
// no answer to give to QUIT, it hangs up.
func newSMTP(t *testing.T, rcpt string) *smtpServer {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(func() { cancel(); l.Close() })
	s := &smtpServer{addr: l.Addr().String(), mails: make(chan string, 1)}
	go func() {
		for ctx.Err() == nil {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.talk(conn, rcpt)
		}
	}()
	return s
}

func (s *smtpServer) talk(conn net.Conn, rcpt string) {
	defer conn.Close()
	r := bufio.NewReader(conn)
	say := func(line string) { fmt.Fprintf(conn, "%s\r\n", line) }
	say("220 test")
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		switch word := strings.ToUpper(strings.Fields(line + " x")[0]); word {
		case "EHLO":
			say("250-test")
			say("250 AUTH PLAIN")
		case "RCPT":
			if strings.Contains(line, "gone") {
				say("550 no such user")
			} else {
				say(rcpt)
			}
		case "DATA":
			say("354 go on")
			var b strings.Builder
			for {
				line, err := r.ReadString('\n')
				if err != nil {
					return
				}
				if line == ".\r\n" {
					break
				}
				b.WriteString(line)
			}
			s.mails <- b.String()
			say("250 ok")
		case "QUIT":
			if !s.abrupt {
				say("221 bye")
			}
			return
		case "AUTH":
			say("535 wrong password")
		case "MAIL":
			say("250 ok")
		default:
			say("502 no")
		}
	}
}

func TestEmailThatTheServerTookIsNotSentAgain(t *testing.T) {
	server := newSMTP(t, "250 ok")
	server.abrupt = true
	err := NewEmail(EmailConfig{Server: server.addr, From: "noc@linewarden.example", TLS: "none"}).Send(t.Context(), message)
	if err != nil || len(server.mails) != 1 {
		t.Errorf("the server has %d mails, and the channel says %v", len(server.mails), err)
	}
}

func TestOneWrongAddressKeepsAMailFromNobodyElse(t *testing.T) {
	server := newSMTP(t, "250 ok")
	m := message
	m.To = []string{"gone@example.net", "noc@example.net", "no address"}
	err := NewEmail(EmailConfig{Server: server.addr, From: "noc@linewarden.example", TLS: "none"}).Send(t.Context(), m)
	if !errors.Is(err, ErrPermanent) || !strings.Contains(err.Error(), "gone@example.net") || strings.Contains(err.Error(), "noc@example.net") {
		t.Errorf("error %v: want a final one that names who has not got it", err)
	}
	if len(server.mails) != 1 {
		t.Errorf("%d mails arrived", len(server.mails))
	}
}

func TestAWrongPasswordIsWorthAnotherTry(t *testing.T) {
	server := newSMTP(t, "250 ok")
	err := NewEmail(EmailConfig{Server: server.addr, From: "noc@linewarden.example", TLS: "none", Username: "noc", Password: "old"}).Send(t.Context(), message)
	if err == nil || errors.Is(err, ErrPermanent) {
		t.Errorf("error %v: want one that may pass when the password is mended", err)
	}
}
