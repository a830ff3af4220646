package console

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"go.uber.org/zap"

	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/web"
)

type loginView struct {
	frame
	Next string
	Name string
}

func (c *Console) loginPage(w http.ResponseWriter, r *http.Request) {
	if _, signed := web.PersonOf(r.Context()); signed {
		http.Redirect(w, r, local(r.FormValue("next")), http.StatusSeeOther)
		return
	}
	c.render(
		w, r, http.StatusOK, "login", loginView{frame: c.frame(r, "login", ""), Next: local(r.FormValue("next"))},
	)
}

func (c *Console) login(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
	name, next := strings.TrimSpace(r.PostFormValue("name")), local(r.PostFormValue("next"))
	_, err := c.Sessions.SignIn(r, name, r.PostFormValue("password"))
	if err == nil {
		http.Redirect(w, r, next, http.StatusSeeOther)
		return
	}
	view := loginView{frame: c.frame(r, "login", ""), Next: next, Name: name}
	status := http.StatusUnauthorized
	word := func(key string) string { return c.pages.word(c.lang(r), key) }
	switch {
	case errors.Is(err, web.ErrPassword):
		view.Error = word("login.wrong")
	case errors.Is(err, web.ErrTooMany):
		view.Error, status = word("login.too_many"), http.StatusTooManyRequests
	default:
		c.log.Warn("sign-in failed", zap.Error(err))
		view.Error, status = word("error.database"), http.StatusServiceUnavailable
	}
	c.render(w, r, status, "login", view)
}

func (c *Console) logout(w http.ResponseWriter, r *http.Request) {
	if err := c.Sessions.SignOut(r); err != nil {
		c.log.Warn("sign-out failed", zap.Error(err))
	}
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}

func (c *Console) language(w http.ResponseWriter, r *http.Request) {
	lang := r.PostFormValue("lang")
	if slices.Contains(languages, lang) {
		http.SetCookie(
			w,
			&http.Cookie{
				Name: "lang", Value: lang, Path: "/", MaxAge: 365 * 24 * 3600, SameSite: http.SameSiteLaxMode,
				HttpOnly: true,
			},
		)
	}
	http.Redirect(w, r, local(r.PostFormValue("next")), http.StatusSeeOther)
}

// local keeps a redirect on this server. Browsers take a backslash for a slash
// and leave out tabs, so that neither may stand in it.
func local(next string) string {
	odd := strings.ContainsFunc(next, func(r rune) bool { return r == '\\' || unicode.IsControl(r) })
	if odd || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.HasPrefix(next, "/login") {
		return "/"
	}
	return next
}

type errorView struct {
	frame
	Status int
	Text   string
}

func (c *Console) notFound(w http.ResponseWriter, r *http.Request) {
	c.render(
		w, r, http.StatusNotFound, "error",
		errorView{frame: c.frame(r, "", ""), Status: 404, Text: c.pages.word(c.lang(r), "error.not_found")},
	)
}

// failed answers with what went wrong.
func (c *Console) failed(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, store.ErrNotFound):
		c.notFound(w, r)
	case errors.Is(err, context.Canceled):
	default:
		c.log.Error("page failed", zap.String("path", r.URL.Path), zap.Error(err))
		c.render(
			w, r, http.StatusServiceUnavailable, "error",
			errorView{frame: c.frame(r, "", ""), Status: 503, Text: c.pages.word(c.lang(r), "error.database")},
		)
	}
}
