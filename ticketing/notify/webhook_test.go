package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
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
	channel := NewWebhook(WebhookConfig{Name: "oss", URL: server.URL, Secret: "s3cret"})
	if err := channel.Send(t.Context(), message); err != nil {
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
