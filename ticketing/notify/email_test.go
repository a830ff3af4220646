package notify

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestEmailArrivesWhole(t *testing.T) {
	for _, security := range []string{"starttls", "implicit", "none"} {
		t.Run(security, func(t *testing.T) {
			p := newPost(t, security)
			if err := p.channel.Send(t.Context(), message); err != nil {
				t.Fatal(err)
			}
			m := p.first(t, "noc@example.net")
			subject, err := new(mime.WordDecoder).DecodeHeader(m.header.Get("Subject"))
			if err != nil || subject != message.Subject {
				t.Errorf("subject %q (%v), want %q", subject, err, message.Subject)
			}
			for name, want := range map[string]string{
				"Message-ID":     "<NT-20261122-000001.3.1@linewarden.example>",
				"From":           `"Linewarden" <noc@linewarden.example>`,
				"To":             "<noc@example.net>",
				"Date":           "Sun, 22 Nov 2026 08:00:00 +0000",
				"Auto-Submitted": "auto-generated",
				"Content-Type":   "text/plain; charset=UTF-8",
			} {
				if got := m.header.Get(name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
			text, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, strings.NewReader(m.body)))
			if err != nil || string(text) != message.Text {
				t.Errorf("text %q (%v)", text, err)
			}
		})
	}
}

// TestThirtyRecipientsAndALongSubject: RFC 5322 allows 998 characters a line,
// and recommends 78; some servers refuse a mail with longer ones.
func TestThirtyRecipientsAndALongSubject(t *testing.T) {
	p := newPost(t, "starttls")
	m := message
	m.To = nil
	for i := range 30 {
		m.To = append(m.To, fmt.Sprintf("a.very.long.name.of.a.customer.manager-%02d@mail.hefei.example.net", i))
	}
	m.Subject = strings.Repeat("光缆 CBL-12 中断，影响专线 LN-0042；", 40)
	if err := p.channel.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if got := p.got(); !slices.Equal(got, m.To) {
		t.Errorf("arrived at %q, want each once", got)
	}
	one := p.first(t, m.To[7])
	head, _, _ := strings.Cut(one.raw, "\r\n\r\n")
	for line := range strings.SplitSeq(head, "\r\n") {
		if len(line) > 78 && strings.Contains(line[1:], " ") {
			t.Errorf("header line of %d bytes: %s", len(line), line)
		}
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(one.header.Get("Subject"))
	if err != nil || subject != m.Subject {
		t.Errorf("subject %q (%v)", subject, err)
	}
}

func TestOneWrongAddressKeepsAMailFromNobodyElse(t *testing.T) {
	p := newPost(t, "starttls")
	p.refuse["gone@example.net"] = noSuchUser
	m := message
	m.To = []string{"gone@example.net", "noc@example.net", "no address", "li@example.net"}
	err := p.channel.Send(t.Context(), m)
	wantFinal(t, err, true)
	if !strings.Contains(err.Error(), "gone@example.net") || !strings.Contains(err.Error(), "no address") ||
		strings.Contains(err.Error(), "noc@example.net") {
		t.Errorf("error %v: want one that names who has not got it", err)
	}
	if got := p.got(); !slices.Equal(got, []string{"li@example.net", "noc@example.net"}) {
		t.Errorf("arrived at %q", got)
	}
}

func TestWhoHasAMailIsLeftOutOfTheNextTry(t *testing.T) {
	p := newPost(t, "starttls")
	m := message
	m.To = []string{"a@example.net", "gone@example.net", "slow@example.net", "z@example.net"}
	p.refuse["gone@example.net"], p.refuse["slow@example.net"] = noSuchUser, tryLater
	wantFinal(t, p.channel.Send(t.Context(), m), false)
	p.mu.Lock()
	p.refuse["slow@example.net"] = nil
	p.mu.Unlock()
	err := p.channel.Send(t.Context(), m)
	wantFinal(t, err, true)
	if !strings.Contains(err.Error(), "gone@example.net") || strings.Contains(err.Error(), "slow@example.net") {
		t.Errorf("error %v: want one that names who has not got it", err)
	}
	if got := p.got(); !slices.Equal(got, []string{"a@example.net", "slow@example.net", "z@example.net"}) {
		t.Errorf("arrived at %q, want each once", got)
	}
}

func TestAConnectionThatBreaksIsTakenUpWhereItEnded(t *testing.T) {
	p := newPost(t, "starttls")
	p.hangUp = 3
	m := message
	m.To = []string{"a@example.net", "b@example.net", "c@example.net", "d@example.net", "e@example.net"}
	wantFinal(t, p.channel.Send(t.Context(), m), false)
	if err := p.channel.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if got := p.got(); !slices.Equal(got, m.To) {
		t.Errorf("arrived at %q, want each once", got)
	}
}

func TestEmailThatTheServerTookIsNotSentAgain(t *testing.T) {
	p := newPost(t, "starttls")
	p.hangUp = 1
	if err := p.channel.Send(t.Context(), message); err != nil {
		t.Errorf("the server has it and hung up, and the channel says %v", err)
	}
	if got := p.got(); len(got) != 1 {
		t.Errorf("arrived at %q", got)
	}
}

func TestEmailKnowsWhatARetryMends(t *testing.T) {
	for _, c := range []struct {
		name  string
		given func(p *post)
		final bool
	}{
		{"an unknown recipient stays unknown", func(p *post) { p.refuse["noc@example.net"] = noSuchUser }, true},
		{"a recipient may be taken later", func(p *post) { p.refuse["noc@example.net"] = tryLater }, false},
		{"a mail that is refused is refused again", func(p *post) { p.refuseIt = isSpam }, true},
		{"a mail may be taken later", func(p *post) { p.refuseIt = tryLater }, false},
		{"somebody will mend the password", func(p *post) { p.channel.cfg.Password = "old" }, false},
		{"somebody will enter the password", func(p *post) { p.channel.cfg.Username = "" }, false},
		{"somebody will renew the certificate", func(p *post) { p.channel.roots = nil }, false},
		{"nobody listens yet", func(p *post) { p.channel.cfg.Server = "127.0.0.1:1" }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPost(t, "starttls")
			c.given(p)
			wantFinal(t, p.channel.Send(t.Context(), message), c.final)
			if got := p.got(); got != nil {
				t.Errorf("arrived at %q", got)
			}
		})
	}
}

func TestARefusedMailDoesNotSpoilTheNext(t *testing.T) {
	p := newPost(t, "starttls")
	p.refuseIt = tryLater
	m := message
	m.To = []string{"a@example.net", "b@example.net"}
	err := p.channel.Send(t.Context(), m)
	wantFinal(t, err, false)
	if n := strings.Count(err.Error(), "greylisted"); n != 2 {
		t.Errorf("error %v: want the server's answer to both", err)
	}
}

func TestEmailDoesNotFallBackToPlainText(t *testing.T) {
	p := newPost(t, "none")
	p.channel.cfg.TLS = ""
	wantFinal(t, p.channel.Send(t.Context(), message), false)
	if got := p.got(); got != nil {
		t.Errorf("arrived at %q over a connection that everybody can read", got)
	}
}

func TestAServerThatSaysNothingIsGivenUpInTime(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	begun := time.Now()
	channel := NewEmail(EmailConfig{Server: l.Addr().String(), From: "noc@linewarden.example"})
	wantFinal(t, channel.Send(ctx, message), false)
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("gave up after %v", took)
	}
}
