// Package tmf is the public API: TMF621 v4 trouble tickets and TMF642 v4
// alarms over HTTP and JSON, for who shows a bearer token or has signed in. It
// translates; what may be done to a ticket is decided by the workflow.
//
// Source of the shapes: TM Forum, TMF621 Trouble Ticket Management API v4.0.0
// and TMF642 Alarm Management API v4.0.0.
package tmf

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
	"github.com/linewarden/linewarden/ticketing/web"
)

// Desk is what the API needs of ticketing.
type Desk interface {
	Ticket(ctx context.Context, id string) (ticket.Ticket, error)
	List(ctx context.Context, f store.Filter, p store.Page) ([]ticket.Ticket, int, error)
	PolicyOf(ctx context.Context, t ticket.Ticket) (ticket.Policy, error)
	Policy() ticket.Policy
	ActAll(ctx context.Context, by people.Person, id string, expect int64, acts ...ticket.Act) (ticket.Ticket, error)
	Open(ctx context.Context, by people.Person, o ticket.Opening, acts ...ticket.Act) (ticket.Ticket, error)
	Faults(ctx context.Context) ([]verdict.Verdict, error)
	Inventory() *inventory.Inventory
}

// Board is what the API needs to know of the symptoms.
type Board interface {
	Symptoms() []symptom.Symptom
	Symptom(key symptom.Key) (symptom.Symptom, bool)
}

// Where the two APIs are served. The alarm API answers under both names that
// its editions have used.
const (
	TicketBase = "/tmf-api/troubleTicket/v4"
	AlarmBase  = "/tmf-api/alarm/v4"
	AlarmAlias = "/tmf-api/alarmManagement/v4"
)

// API serves both.
type API struct {
	desk  Desk
	board Board
	now   func() time.Time
	log   *zap.Logger
}

// New makes the API.
func New(desk Desk, board Board, now func() time.Time, log *zap.Logger) *API {
	return &API{desk: desk, board: board, now: now, log: log.Named("tmf")}
}

// Register hangs the API on a mux.
func (a *API) Register(mux *http.ServeMux) {
	a.serve(mux, TicketBase+"/troubleTicket", methods{"GET": a.listTickets, "POST": a.createTicket})
	a.serve(mux, TicketBase+"/troubleTicket/{id}", methods{"GET": a.getTicket, "PATCH": a.patchTicket})
	mux.HandleFunc("GET "+TicketBase+"/schema/{name}", a.schema)
	for _, base := range []string{AlarmBase, AlarmAlias} {
		a.serve(mux, base+"/alarm", methods{"GET": a.listAlarms})
		a.serve(mux, base+"/alarm/{id}", methods{"GET": a.getAlarm})
		mux.HandleFunc("GET "+base+"/schema/{name}", a.schema)
	}
	mux.Handle("/tmf-api/", a.handle(func(r *http.Request, _ people.Person) (answer, error) {
		return answer{}, fail(
			http.StatusNotFound,
			"notFound",
			"no such resource",
			fmt.Sprintf(
				"%s %s is not served; see %s/troubleTicket and %s/alarm", r.Method, r.URL.Path, TicketBase, AlarmBase,
			),
		)
	}))
}

// do answers a request of a person.
type do func(*http.Request, people.Person) (answer, error)

type methods map[string]do

// serve hangs a resource on the mux, with an answer for methods that it has not.
func (a *API) serve(mux *http.ServeMux, path string, can methods) {
	allow := slices.Sorted(maps.Keys(can))
	if can["GET"] != nil {
		allow = append(allow, "HEAD")
	}
	for method, do := range can {
		mux.Handle(method+" "+path, a.handle(do))
	}
	mux.Handle(path, a.handle(func(r *http.Request, _ people.Person) (answer, error) {
		return answer{
				allow: strings.Join(allow, ", "),
			}, fail(
				http.StatusMethodNotAllowed, "methodNotAllowed", "method not allowed",
				fmt.Sprintf("%s %s: want %s", r.Method, r.URL.Path, strings.Join(allow, ", ")),
			)
	}))
}

// answer is what a handler returns: a status, a body and the counts of a list.
type answer struct {
	status   int
	body     any
	list     bool
	total    int
	returned int
	location string
	allow    string // the methods of a resource that has not the one asked for
}

// Error is TMF's error body.
type Error struct {
	Code    string `json:"code"`
	Reason  string `json:"reason"`
	Message string `json:"message,omitempty"`
	Status  string `json:"status"`
	status  int
}

func (e *Error) Error() string { return e.Reason + ": " + e.Message }

func fail(status int, code, reason, message string) *Error {
	return &Error{Code: code, Reason: reason, Message: message, Status: strconv.Itoa(status), status: status}
}

func badRequest(reason, message string) *Error {
	return fail(http.StatusBadRequest, "badRequest", reason, message)
}

func (a *API) handle(do do) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		person, known := web.PersonOf(r.Context())
		if !known {
			w.Header().Set("WWW-Authenticate", `Bearer realm="linewarden"`)
			a.write(
				w,
				r,
				answer{},
				fail(
					http.StatusUnauthorized,
					"unauthorized",
					"authentication needed",
					"send Authorization: Bearer TOKEN; `linewarden user token NAME` makes one",
				),
			)
			return
		}
		if !takesJSON(r.Header.Values("Accept")) {
			a.write(
				w,
				r,
				answer{},
				fail(
					http.StatusNotAcceptable,
					"notAcceptable",
					"not acceptable",
					fmt.Sprintf(
						"Accept: %s: answers are application/json", strings.Join(r.Header.Values("Accept"), ", "),
					),
				),
			)
			return
		}
		got, err := do(r, person)
		a.write(w, r, got, err)
	})
}

// takesJSON reads Accept headers (RFC 9110): the most specific range that
// speaks of JSON decides, and no header means anything.
func takesJSON(accept []string) bool {
	best, takes := 0, len(accept) == 0
	for _, part := range strings.Split(strings.Join(accept, ","), ",") {
		media, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		rank := 1 + slices.Index([]string{"*/*", "application/*", "application/json"}, media)
		q, err := strconv.ParseFloat(cmp.Or(params["q"], "1"), 64)
		if rank > best {
			best, takes = rank, err == nil && q > 0
		}
	}
	return takes
}

// scope is what a person may see now.
func (a *API) scope(by people.Person) people.Scope { return people.ScopeOf(by, a.desk.Inventory()) }

func (a *API) write(w http.ResponseWriter, r *http.Request, got answer, err error) {
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	if got.allow != "" {
		h.Set("Allow", got.allow)
	}
	if err != nil {
		e := a.asError(r, err)
		w.WriteHeader(e.status)
		json.NewEncoder(w).Encode(e)
		return
	}
	status := got.status
	if got.list {
		h.Set("X-Total-Count", strconv.Itoa(got.total))
		h.Set("X-Result-Count", strconv.Itoa(got.returned))
		if got.returned < got.total {
			status = http.StatusPartialContent
		}
	}
	if got.location != "" {
		h.Set("Location", got.location)
	}
	if status == 0 {
		status = http.StatusOK
	}
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.Encode(got.body)
}

// asError turns what the inner rooms say into TMF's words.
func (a *API) asError(r *http.Request, err error) *Error {
	var known *Error
	var refusal *ticket.Refusal
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &refusal):
		status, code := http.StatusConflict, "conflict"
		switch refusal.Reason {
		case ticket.ReasonRequired, ticket.ReasonInvalid:
			status, code = http.StatusBadRequest, "badRequest"
		case people.ReasonNotRole,
			people.ReasonNotGroup,
			people.ReasonNotAssignee,
			people.ReasonDenied,
			people.ReasonDisabled:
			status, code = http.StatusForbidden, "forbidden"
		}
		return fail(status, code, refusal.Reason, refusal.Error())
	case errors.Is(err, store.ErrNotFound):
		return fail(
			http.StatusNotFound, "notFound", "no such resource",
			"nothing has the id "+strconv.Quote(r.PathValue("id")),
		)
	case errors.Is(err, store.ErrConflict):
		return fail(
			http.StatusConflict, "conflict", "changed meanwhile",
			"somebody else changed it at the same moment; read it and try again",
		)
	case errors.Is(err, context.Canceled):
		return fail(499, "cancelled", "request cancelled", "")
	}
	a.log.Error("request failed", zap.String("path", r.URL.Path), zap.Error(err))
	return fail(
		http.StatusServiceUnavailable, "unavailable", "temporarily unavailable",
		"the database or the bus cannot be reached; /readyz says more",
	)
}
