// Package secret is text that no log, dump, template or file written by this
// program ever shows.
package secret

import "fmt"

// Text is a secret. Reveal is the only way to it.
type Text string

// Hidden stands in the place of a secret wherever it is shown.
const Hidden = "(hidden)"

// Reveal gives the secret itself, to hand to whoever needs it.
func (s Text) Reveal() string { return string(s) }

// Set tells whether there is one.
func (s Text) Set() bool { return s != "" }

func (s Text) String() string {
	if s == "" {
		return ""
	}
	return Hidden
}

// GoString hides it from %#v.
func (s Text) GoString() string { return fmt.Sprintf("secret.Text(%q)", s.String()) }

// Format hides it from every other verb, %x and %d included.
func (s Text) Format(f fmt.State, verb rune) {
	if verb == 'v' && f.Flag('#') {
		_, _ = f.Write([]byte(s.GoString()))
		return
	}
	_, _ = f.Write([]byte(s.String()))
}

// MarshalText hides it from JSON and whatever else asks for text.
func (s Text) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalYAML hides it from YAML.
func (s Text) MarshalYAML() (any, error) { return s.String(), nil }
