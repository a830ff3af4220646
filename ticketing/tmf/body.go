package tmf

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

const maxBody = 1 << 20

// decodeBody reads a JSON object strictly: an attribute that would have no
// effect is refused rather than lost. It returns the names of those that are null.
func decodeBody(r *http.Request, into any, types ...string) (nulls []string, err error) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || !slices.Contains(types, media) {
		return nil, fail(
			http.StatusUnsupportedMediaType, "unsupportedMediaType", "unsupported content type",
			fmt.Sprintf("%q: want %s", r.Header.Get("Content-Type"), strings.Join(types, " or ")),
		)
	}
	raw, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	if err != nil {
		var big *http.MaxBytesError
		if errors.As(err, &big) {
			return nil, fail(
				http.StatusRequestEntityTooLarge, "tooLarge", "body too large",
				fmt.Sprintf("at most %d bytes", maxBody),
			)
		}
		return nil, badRequest("unreadable body", err.Error())
	}
	if !utf8.Valid(raw) || bytes.Contains(raw, []byte(`\u0000`)) {
		return nil, badRequest("invalid body", "text is not UTF-8 or holds a zero byte")
	}
	var given map[string]json.RawMessage
	d := json.NewDecoder(bytes.NewReader(raw))
	if err := d.Decode(&given); err != nil || given == nil {
		return nil, badRequest("invalid body", "want a JSON object; "+syntax(err))
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, badRequest("invalid body", "want one JSON object and nothing after it")
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if string(given[name]) == "null" {
			nulls = append(nulls, name)
		}
		if name == "id" || name == "href" {
			return nil, badRequest("invalid "+name, name+" is the server's to give")
		}
	}
	d = json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	var wrong *json.UnmarshalTypeError
	err = d.Decode(into)
	switch {
	case errors.As(err, &wrong):
		return nil, badRequest(
			"invalid "+wrong.Field,
			fmt.Sprintf("%s: want %s, not %s", wrong.Field, jsonWord(wrong.Type), wrong.Value),
		)
	case err != nil:
		return nil, badRequest(
			"invalid body",
			strings.Replace(strings.TrimPrefix(err.Error(), "json: "), "unknown field", "unknown attribute", 1),
		)
	}
	return nulls, nil
}

func syntax(err error) string {
	if err == nil {
		return "null is none"
	}
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return "not " + wrong.Value
	}
	return err.Error()
}

// jsonWord is what JSON calls a value of the type.
func jsonWord(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Slice:
		return "an array"
	case reflect.Struct, reflect.Map, reflect.Pointer:
		return "an object"
	}
	return "a string"
}
