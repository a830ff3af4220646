package console

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"math"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/sla"
	"github.com/linewarden/linewarden/ticketing/web"
)

// Languages of the console; the first is the default.
var languages = []string{"zh-CN", "en"}

// The words are ours rather than a library's: of some five hundred, seventeen
// take values, and the others are found by keys that come with the data, such as
// linestate.down, which a library of messages would only wrap. Chinese has no
// plural, and English says a number the same way for one and for many.

// pages are the parsed templates, the words in each language, and the digest
// under which browsers keep the static files.
type pages struct {
	templates map[string]*template.Template // language/page
	words     map[string]map[string]string  // language -> key -> text
	digest    string
	inventory func() *inventory.Inventory
	now       func() time.Time
	zone      func() *time.Location // of the carrier's wall clock
}

func loadPages(
	files fs.FS, inv func() *inventory.Inventory, now func() time.Time, zone func() *time.Location,
) (*pages, error) {
	p := &pages{
		templates: map[string]*template.Template{}, words: map[string]map[string]string{}, inventory: inv,
		now: now, zone: zone,
	}
	for _, lang := range languages {
		raw, err := fs.ReadFile(files, "locale/"+lang+".json")
		if err != nil {
			return nil, err
		}
		words := map[string]string{}
		if err := json.Unmarshal(raw, &words); err != nil {
			return nil, fmt.Errorf("locale %s: %w", lang, err)
		}
		p.words[lang] = words
	}
	sum := sha256.New()
	for _, pattern := range []string{"static/*"} {
		names, err := fs.Glob(files, pattern)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			raw, err := fs.ReadFile(files, name)
			if err != nil {
				return nil, err
			}
			sum.Write(raw)
		}
	}
	p.digest = hex.EncodeToString(sum.Sum(nil))[:12]
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		return nil, err
	}
	for _, lang := range languages {
		for _, name := range names {
			base := path.Base(name)
			if base == "layout.html" || base == "parts.html" {
				continue
			}
			t, err := template.New(base).
				Funcs(p.funcs(lang)).
				ParseFS(files, "templates/layout.html", "templates/parts.html", name)
			if err != nil {
				return nil, err
			}
			p.templates[lang+"/"+strings.TrimSuffix(base, ".html")] = t
		}
	}
	return p, nil
}

// word is a text in a language; a key without one is shown as it is, with its
// underscores as spaces, so that nothing disappears.
func (p *pages) word(lang, key string) string {
	if text, ok := p.words[lang][key]; ok {
		return text
	}
	_, last, _ := strings.Cut(key, ".")
	if last == "" {
		last = key
	}
	return strings.ReplaceAll(last, "_", " ")
}

func (p *pages) funcs(lang string) template.FuncMap {
	s := speaker{p, lang}
	return template.FuncMap{
		"t": func(key string, args ...any) string {
			text := p.word(lang, key)
			if len(args) > 0 {
				return fmt.Sprintf(text, args...)
			}
			return text
		},
		"tk":       func(prefix string, key any) string { return p.word(lang, prefix+"."+fmt.Sprint(key)) },
		"title":    func(t people.Title) string { return t.In(lang) },
		"lang":     func() string { return lang },
		"digest":   func() string { return p.digest },
		"when":     s.when,
		"full":     p.clockTime,
		"subject":  s.subject,
		"headline": s.fault,
		"hit":      s.hit,
		"called":   s.ticket,
		"next":     s.next,
		"why":      func(text string) string { return s.orSelf("why.", text) },
		"reason":   func(text string) string { return s.orSelf("reason.", text) },
		"person":   s.who,
		"short":    short,
		"iso":      func(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) },
		"ms":       func(t time.Time) int64 { return t.UnixMilli() },
		"span":     span,
		"percent":  func(f float64) string { return fmt.Sprintf("%.0f %%", math.Floor(f*1000+0.5)/10) },
		"join":     func(sep string, all []string) string { return strings.Join(all, sep) },
		"pathesc":  url.PathEscape,
		"queryesc": queryEscape,
		"dict":     dict,
		"split":    strings.Fields,
		"hundred":  func(f float64) float64 { return 100 * f },
		"ms1":      func(seconds float64) float64 { return 1000 * seconds },
		"number":   func(f float64) string { return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", f), "0"), ".") },
	}
}

// orSelf is a message key's text, or the key itself where it is plain text.
func (s speaker) orSelf(prefix, text string) string {
	if known, ok := s.named(prefix + text); ok {
		return known
	}
	return text
}

// short is the end of a long id, enough to tell it from its neighbours.
func short(id string) string {
	if len(id) > 8 {
		return "…" + id[len(id)-6:]
	}
	return id
}

func queryEscape(s string) string { return url.QueryEscape(s) }

func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict wants pairs")
	}
	d := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		d[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return d, nil
}

// clockTime is a moment as people in the NOC say it, with the date.
func (p *pages) clockTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(p.zone()).Format("2006-01-02 15:04:05")
}

// span is a duration as a clock shows it: 1d 02:03:04.
func span(d time.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	d = d.Round(time.Second)
	days := d / (24 * time.Hour)
	d -= days * 24 * time.Hour
	text := fmt.Sprintf("%02d:%02d:%02d", int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60)
	if days > 0 {
		text = fmt.Sprintf("%dd %s", days, text)
	}
	return sign + text
}

// frame is what every page has.
type frame struct {
	Page   string // faults, tickets, lines: the tab that is lit
	Title  string
	Topics string // what makes this page stale: "ticket fault"
	Person people.Person
	Signed bool
	Now    time.Time
	URL    string
	Notice string // a message key, after an action
	Error  string // plain words
	Lang   string
	Wall   bool // on a wallboard: large, and nothing to click

	Gaps []sla.Gap // years that the calendars lack, for who can see to it
}

func (c *Console) frame(r *http.Request, page, topics string) frame {
	person, signed := web.PersonOf(r.Context())
	f := frame{
		Page: page, Topics: topics, Person: person, Signed: signed, Now: c.Now(), URL: r.URL.RequestURI(), Lang: c.lang(r),
		Notice: r.URL.Query().Get("done"), Wall: r.URL.Query().Has("wall"),
	}
	if signed && person.KeepsCalendars() {
		f.Gaps = c.Desk.Policy().SLA.Gaps(f.Now)
	}
	return f
}

// lang is the reader's language: his choice, else his account's, else what the
// browser asks for first.
func (c *Console) lang(r *http.Request) string {
	if cookie, err := r.Cookie("lang"); err == nil && slices.Contains(languages, cookie.Value) {
		return cookie.Value
	}
	if p, ok := web.PersonOf(r.Context()); ok && slices.Contains(languages, p.Lang) {
		return p.Lang
	}
	if accept := strings.ToLower(r.Header.Get("Accept-Language")); strings.HasPrefix(accept, "en") {
		return "en"
	}
	return languages[0]
}

func (c *Console) render(w http.ResponseWriter, r *http.Request, status int, name string, data any) {
	var page bytes.Buffer
	if err := c.pages.templates[c.lang(r)+"/"+name].ExecuteTemplate(&page, "layout", data); err != nil {
		c.log.Error("page failed", zap.String("page", name), zap.Error(err))
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Language", c.lang(r))
	w.WriteHeader(status)
	w.Write(page.Bytes())
}
