package ticket

import (
	"slices"
	"strings"
	"time"
)

// fields are the values of a form, checked against the workflow.
type fields struct {
	values map[string]string
	zone   *time.Location
}

func (f fields) text(name string) string { return strings.TrimSpace(f.values[name]) }

// moment parses RFC 3339, or a local date and time as browsers send it.
func (f fields) moment(name string) (time.Time, error) {
	s := f.text(name)
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return t.UTC().Truncate(time.Microsecond), nil
	}
	t, err := time.ParseInLocation("2006-01-02T15:04", s, f.zone)
	return t.UTC(), err
}

// fields checks that what is needed is there, and that everything given is
// what it should be. What the record holds already is not asked for again.
func (r *run) fields(ev Act, def ActionDef, tr Transition) (fields, error) {
	f := fields{values: ev.Fields, zone: r.p.Zone}
	for _, name := range slices.Concat(def.Need, tr.Need) {
		known := name == "cause" && r.t.Cause != "" || name == "responsibility" && r.t.Responsibility != ""
		if f.text(name) == "" && !known {
			return f, &Refusal{Action: ev.Action, Reason: ReasonRequired, Field: name}
		}
	}
	for name := range ev.Fields {
		fd, ok := r.wf.Fields[name]
		if !ok || f.text(name) == "" {
			continue
		}
		if !r.valid(f, name, fd) {
			return f, &Refusal{Action: ev.Action, Reason: ReasonInvalid, Field: name}
		}
	}
	return f, nil
}

func (r *run) valid(f fields, name string, fd FieldDef) bool {
	v := f.text(name)
	switch fd.Type {
	case ChoiceField:
		return slices.ContainsFunc(fd.Options, func(o Option) bool { return o.Value == v })
	case TimeField:
		_, err := f.moment(name)
		return err == nil
	case DurationField:
		d, err := time.ParseDuration(v)
		return err == nil && d > 0
	case GroupField:
		_, ok := r.p.Group(v)
		return ok
	case BoolField:
		return v == "yes" || v == "no" || v == "true" || v == "false"
	}
	return len(v) <= 4000
}
