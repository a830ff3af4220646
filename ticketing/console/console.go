// Package console is what NOC staff live in: server-rendered pages, live by
// server-sent events, in zh-CN and en. It shows and passes on; what a person
// may do is decided by the workflow, and where a fault lies by the verdict.
package console

import (
	"context"
	"embed"
	"io/fs"
	"net/http"
	"time"

	"go.uber.org/zap"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/board"
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/sla"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
	"github.com/linewarden/linewarden/ticketing/web"
)

// Desk is what the pages need of ticketing.
type Desk interface {
	Tickets
	Faults
	Actions
	Inventory() *inventory.Inventory
	People(ctx context.Context) ([]people.Person, error)
}

// Tickets are read with the policy under which each was opened.
type Tickets interface {
	Ticket(ctx context.Context, id string) (ticket.Ticket, error)
	List(ctx context.Context, f store.Filter, p store.Page) ([]ticket.Ticket, int, error)
	Counts(ctx context.Context, fs []store.Filter) ([]int, error)
	Outages(ctx context.Context, f store.OutageFilter, limit int) ([]sla.Outage, error)
	Policy() ticket.Policy
	PolicyOf(ctx context.Context, t ticket.Ticket) (ticket.Policy, error)
}

// Faults are the verdicts on record.
type Faults interface {
	Fault(ctx context.Context, id string) (verdict.Verdict, error)
	FaultVersions(ctx context.Context, id string) ([]verdict.Verdict, error)
	Faults(ctx context.Context) ([]verdict.Verdict, error)
}

// Actions are what a person can do.
type Actions interface {
	Act(ctx context.Context, by people.Person, id string, expect int64, action, text string,
		fields map[string]string) (ticket.Ticket, error)
	Open(ctx context.Context, by people.Person, o ticket.Opening, acts ...ticket.Act) (ticket.Ticket, error)
	TestLine(ctx context.Context, by people.Person, line string) (symptom.TestResult, error)
}

// Board is what the pages need to know of the present state.
type Board interface {
	Line(id string) board.Health
	Lines(inv *inventory.Inventory) []board.State // in the inventory's order
	Of(subject symptom.Subject) []symptom.Symptom
	Collectors() []symptom.Heartbeat
}

// Sessions let people in and out.
type Sessions interface {
	SignIn(r *http.Request, name, password string) (people.Person, error)
	SignOut(r *http.Request) error
}

// Changes are what looks different since somebody began to read them: when
// Wake has something, Next may have a change.
type Changes interface {
	Wake() <-chan struct{}
	Next() (board.Change, bool)
	Close()
}

// Deps are what the console stands on.
type Deps struct {
	Desk      Desk
	Board     Board
	Sessions  Sessions
	Subscribe func() Changes
	Now       func() time.Time
	Log       *zap.Logger
}

// Console serves the pages.
type Console struct {
	Deps
	log   *zap.Logger
	pages *pages
	state lineStatesNow
}

//go:embed templates static locale
var files embed.FS

// New makes the console.
func New(deps Deps) (*Console, error) {
	p, err := loadPages(files, deps.Desk.Inventory, deps.Now,
		func() *time.Location { return deps.Desk.Policy().Zone })
	if err != nil {
		return nil, err
	}
	return &Console{Deps: deps, log: deps.Log.Named("console"), pages: p}, nil
}

// Register hangs the pages on a mux.
func (c *Console) Register(mux *http.ServeMux) {
	static, _ := fs.Sub(files, "static")
	mux.Handle("GET /static/", http.StripPrefix("/static/", cached(http.FileServerFS(static))))

	mux.HandleFunc("GET /login", c.loginPage)
	mux.HandleFunc("POST /login", c.login)
	mux.HandleFunc("POST /logout", c.logout)
	mux.HandleFunc("POST /language", c.language)

	mux.Handle("GET /{$}", c.signedIn(c.home))
	mux.Handle("GET /faults", c.signedIn(c.faults))
	mux.Handle("GET /faults/{id}", c.signedIn(c.fault))
	mux.Handle("GET /tickets", c.signedIn(c.tickets))
	mux.Handle("GET /tickets/new", c.signedIn(c.declarePage))
	mux.Handle("POST /tickets", c.signedIn(c.declare))
	mux.Handle("GET /tickets/{id}", c.signedIn(c.ticket))
	mux.Handle("POST /tickets/{id}", c.signedIn(c.act))
	mux.Handle("GET /lines", c.signedIn(c.lines))
	mux.Handle("GET /lines/{id}", c.signedIn(c.line))
	mux.Handle("POST /lines/{id}/test", c.signedIn(c.testLine))
	mux.Handle("GET /events", c.signedIn(c.events))
	mux.HandleFunc("/", c.notFound)
}

// scope is what a person may see now.
func (c *Console) scope(by people.Person) people.Scope { return people.ScopeOf(by, c.Desk.Inventory()) }

// signedIn lets in who has signed in and sends others to the sign-in page.
func (c *Console) signedIn(page func(http.ResponseWriter, *http.Request, people.Person)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		person, ok := web.PersonOf(r.Context())
		switch {
		case ok:
			page(w, r, person)
		case r.URL.Path == "/events":
			http.Error(w, "sign in first", http.StatusUnauthorized)
		case r.Method == http.MethodGet:
			http.Redirect(w, r, "/login?next="+queryEscape(r.URL.RequestURI()), http.StatusSeeOther)
		default:
			http.Redirect(w, r, "/login", http.StatusSeeOther)
		}
	})
}

func (c *Console) home(w http.ResponseWriter, r *http.Request, _ people.Person) {
	http.Redirect(w, r, "/faults", http.StatusSeeOther)
}

// cached lets browsers keep what changes only with the program; pages name it
// with its digest.
func cached(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery != "" {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		next.ServeHTTP(w, r)
	})
}
