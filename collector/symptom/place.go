package symptom

import (
	"fmt"
	"strings"
)

// Place is what a symptom is about: a subject, and which end of it if it is a
// line. Make it with PlaceOf or ParsePlace, so that two places are equal
// exactly if they mean the same thing.
type Place struct {
	Subject Subject
	End     string // "z" for the Z end of a line; "" for its A end, and for all that has no ends
}

// PlaceOf is the end of a subject. Of a line, end "a" is the same as none.
func PlaceOf(subject Subject, end string) Place {
	if end == "a" && subject.Kind() == LineSubject {
		end = ""
	}
	return Place{Subject: subject, End: end}
}

// LineEnd is "a" or "z" for a line, and "" for all that has no ends.
func (p Place) LineEnd() string {
	if p.End == "" && p.Subject.Kind() == LineSubject {
		return "a"
	}
	return p.End
}

// String writes a line as line/ID/END, and anything else as its subject.
func (p Place) String() string {
	if end := p.LineEnd(); end != "" {
		return string(p.Subject) + "/" + end
	}
	return string(p.Subject)
}

// ParsePlace is the inverse of String. A line without an end is its A end.
func ParsePlace(s string) (Place, error) {
	subject, end := Subject(s), ""
	if subject.Kind() == LineSubject {
		if id, word, found := strings.Cut(subject.ID(), "/"); found && (word == "a" || word == "z") {
			subject, end = Line(id), word
		}
	}
	p := PlaceOf(subject, end)
	return p, p.Validate()
}

// Validate names what is wrong with the subject or its end.
func (p Place) Validate() error {
	if _, err := ParseSubject(string(p.Subject)); err != nil {
		return err
	}
	switch {
	case p.End == "":
		return nil
	case p.End != "z":
		return fmt.Errorf("end %q: want a or z", p.End)
	case p.Subject.Kind() != LineSubject:
		return fmt.Errorf("end %q: only a line has ends, not %s", p.End, p.Subject)
	}
	return nil
}

// MarshalText lets a place be the key of a JSON object.
func (p Place) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText is the inverse of MarshalText.
func (p *Place) UnmarshalText(text []byte) error {
	parsed, err := ParsePlace(string(text))
	if err != nil {
		return err
	}
	*p = parsed
	return nil
}
