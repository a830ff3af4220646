package tmf

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// FuzzQuery: whatever a client writes behind the question mark is answered, or
// refused with a reason; windows stay in bounds.
func FuzzQuery(f *testing.F) {
	for _, s := range []string{"fields=id,status&limit=5&offset=2", "status=held,pending&status=closed", "creationDate.gte=2026-11-22T08:00:00Z&creationDate.lt=2026-11-23",
		"limit=-1", "offset=99999999999999999999", "relatedEntity.id=LN-1,cable/C-1", "x.gt.gt=1", "%zz=1", "sort=-severity", "alarmRaisedTime.gt='2026-11-22T08:00:00+08:00'"} {
		f.Add(s)
	}
	a := &API{desk: paper{}}
	f.Fuzz(func(t *testing.T, raw string) {
		values, err := url.ParseQuery(raw)
		if err != nil {
			return
		}
		q, err := parseQuery(values)
		var refused *Error
		if err != nil {
			if !errors.As(err, &refused) || refused.Reason == "" || refused.status != 400 {
				t.Fatalf("%q: %v", raw, err)
			}
			return
		}
		if q.limit < 0 || q.limit > maxLimit || q.offset < 0 {
			t.Fatalf("%q: window %d+%d", raw, q.offset, q.limit)
		}
		s, err := a.searchOf(q, people.Person{ID: "root", Roles: []people.Role{people.Admin}})
		if err != nil && !errors.As(err, &refused) {
			t.Fatalf("%q: %v", raw, err)
		}
		if s.filter.Visible = nil; err == nil && len(q.conditions) > 0 && len(s.rest) == 0 && empty(s.filter) {
			t.Fatalf("%q has conditions, and the search none", raw)
		}
		tests, err := alarmAttributes.compile(q.conditions)
		if err != nil && !errors.As(err, &refused) {
			t.Fatalf("%q: %v", raw, err)
		}
		list := []object{{"id": "a", "alarmRaisedTime": stamp(time.Unix(0, 0)), "confidence": 0.5}, {"id": "b"}}
		matches(list[0], tests)
		if err := alarmAttributes.order(list, q.sort, q.descending); err != nil && !errors.As(err, &refused) {
			t.Fatalf("%q: %v", raw, err)
		}
	})
}

// paper is a desk that knows no ticket and no line.
type paper struct{ Desk }

func (paper) Policy() ticket.Policy           { return ticket.Policy{} }
func (paper) Inventory() *inventory.Inventory { return &inventory.Inventory{} }

func empty(f store.Filter) bool {
	a, _ := json.Marshal(f)
	b, _ := json.Marshal(store.Filter{})
	return bytes.Equal(a, b)
}

// FuzzBody: whatever a client sends as a body is read, or refused with a reason.
func FuzzBody(f *testing.F) {
	for _, s := range []string{`{"description":"x","severity":"major","ticketType":"declaration"}`, `{"status":"resolved","note":[{"text":"x"}]}`,
		`{"action":{"name":"accept","fields":{"person":"x"}}}`, `[]`, `null`, `{"a":1}`, `{}{}`, `{"note":[{"text":1}]}`, `{"attachment":[{"content":"AAAA"}]}`,
		`{"requestedResolutionDate":"soon"}`, `{"relatedEntity":[{"id":"LN-1","@referredType":"x","href":{}}]}`, strings.Repeat("[", 20000)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		for _, into := range []any{&createBody{}, &patchBody{}} {
			r := httptest.NewRequest("POST", "/", strings.NewReader(raw))
			r.Header.Set("Content-Type", "application/json; charset=utf-8")
			_, err := decodeBody(r, into, "application/json")
			var refused *Error
			if err != nil && (!errors.As(err, &refused) || refused.Message == "") {
				t.Fatalf("%q: %v", raw, err)
			}
			if body, ok := into.(*createBody); ok && err == nil {
				if _, err := body.remarks(""); err != nil && !errors.As(err, &refused) {
					t.Fatalf("%q: %v", raw, err)
				}
			}
		}
	})
}

// FuzzAccept: whatever a client says it takes is understood or passed over.
func FuzzAccept(f *testing.F) {
	for _, s := range []string{"", "*/*", "application/json", "text/html, application/xml;q=0.9", "application/json;q=0", "application/*;q=0.1, */*;q=0", ";q=", "application/json; q=x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if !takesJSON([]string{raw, "application/json"}) && !strings.Contains(strings.ToLower(raw), "json") {
			t.Fatalf("%q beside application/json takes no JSON", raw)
		}
	})
}

func TestWhoTakesJSON(t *testing.T) {
	for accept, want := range map[string]bool{"*/*": true, "application/json": true, "application/json;charset=utf-8": true, "APPLICATION/*": true,
		"text/html, */*;q=0.1": true, "text/html": false, "application/xml": false, "application/json;q=0": false, "application/json;q=0, */*": false,
		"*/*;q=0, application/json": true, "": false, "application/json;profile=x": true} {
		if got := takesJSON([]string{accept}); got != want {
			t.Errorf("Accept: %s: %v, want %v", accept, got, want)
		}
	}
	if !takesJSON(nil) {
		t.Error("who says nothing takes no JSON")
	}
}
