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

	"github.com/linewarden/linewarden/ticketing/store"
)

// FuzzQuery: whatever a client writes behind the question mark is answered, or
// refused with a reason; windows stay in bounds.
func FuzzQuery(f *testing.F) {
	for _, s := range []string{"fields=id,status&limit=5&offset=2", "status=held,pending&status=closed", "creationDate.gte=2026-11-22T08:00:00Z&creationDate.lt=2026-11-23",
		"limit=-1", "offset=99999999999999999999", "relatedEntity.id=LN-1,cable/C-1", "x.gt.gt=1", "%zz=1", "sort=-severity", "alarmRaisedTime.gt='2026-11-22T08:00:00+08:00'"} {
		f.Add(s)
	}
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
		filter, err := ticketFilter(q.conditions)
		if err != nil && !errors.As(err, &refused) {
			t.Fatalf("%q: %v", raw, err)
		}
		if err == nil && len(q.conditions) > 0 && empty(filter) {
			t.Fatalf("%q has conditions, and its filter none", raw)
		}
		if _, err := matches(object{"id": "a", "alarmRaisedTime": stamp(time.Unix(0, 0))}, q.conditions); err != nil && !errors.As(err, &refused) {
			t.Fatalf("%q: %v", raw, err)
		}
	})
}

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
			err := decodeBody(r, into, "application/json")
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
