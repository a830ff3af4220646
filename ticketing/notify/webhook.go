package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Webhook posts JSON. The request carries Idempotency-Key and, with a secret,
// X-Linewarden-Signature: sha256=HEX, the HMAC-SHA256 of the body.
type Webhook struct {
	cfg    WebhookConfig
	client *http.Client
}

// NewWebhook makes a channel to one receiver. Redirects are not followed: the
// body would go where nobody sent it.
func NewWebhook(cfg WebhookConfig) *Webhook {
	if cfg.Timeout <= 0 {
		cfg.Timeout = defaultTimeout
	}
	return &Webhook{cfg: cfg, client: &http.Client{
		Timeout:       cfg.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

type webhookBody struct {
	ID     string    `json:"id"`
	Event  string    `json:"event"`
	Ticket string    `json:"ticket,omitempty"`
	At     time.Time `json:"at"`
	Title  string    `json:"title"`
	Text   string    `json:"text"`
	Data   any       `json:"data,omitempty"`
}

// Send posts the message. A 2xx answer is success; 408, 425, 429 and 5xx are
// worth another try, everything else is not.
func (w *Webhook) Send(ctx context.Context, m Message) error {
	body, err := json.Marshal(webhookBody{m.ID, m.Event, m.Ticket, m.At, m.Subject, m.Text, m.Body})
	if err != nil {
		return Permanent(fmt.Errorf("webhook %s: encode: %w", w.cfg.Name, err))
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.cfg.URL, bytes.NewReader(body))
	if err != nil {
		return Permanent(fmt.Errorf("webhook %s: %w", w.cfg.Name, err))
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "linewarden")
	req.Header.Set("Idempotency-Key", m.ID)
	if w.cfg.Secret != "" {
		mac := hmac.New(sha256.New, []byte(w.cfg.Secret.Reveal()))
		mac.Write(body)
		req.Header.Set("X-Linewarden-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	}
	resp, err := w.client.Do(req)
	if err != nil {
		var ue *url.Error // its text holds the URL, which may hold a key
		if errors.As(err, &ue) {
			err = ue.Err
		}
		return fmt.Errorf("webhook %s: %w", w.cfg.Name, err)
	}
	defer resp.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(resp.Body, 512))
	switch code := resp.StatusCode; {
	case code >= 200 && code < 300:
		return nil
	case code == http.StatusRequestTimeout, code == http.StatusTooEarly, code == http.StatusTooManyRequests, code >= 500:
		return fmt.Errorf("webhook %s: answered %d: %s", w.cfg.Name, code, strconv.Quote(string(said)))
	default:
		return Permanent(fmt.Errorf("webhook %s: refused with %d: %s", w.cfg.Name, code, strconv.Quote(string(said))))
	}
}
