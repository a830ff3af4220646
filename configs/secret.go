package configs

import "fmt"

// Secret is text that no log, dump, template or file written by this program
// ever shows. Reveal is the only way to it.
type Secret string

const hidden = "(hidden)"

// Reveal gives the secret itself, to hand to whoever needs it.
func (s Secret) Reveal() string { return string(s) }

// Set tells whether there is one.
func (s Secret) Set() bool { return s != "" }

func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return hidden
}

// GoString hides it from %#v.
func (s Secret) GoString() string { return fmt.Sprintf("configs.Secret(%q)", s.String()) }

// Format hides it from every other verb, %x and %d included.
func (s Secret) Format(f fmt.State, verb rune) {
	if verb == 'v' && f.Flag('#') {
		_, _ = f.Write([]byte(s.GoString()))
		return
	}
	_, _ = f.Write([]byte(s.String()))
}

// MarshalText hides it from JSON and whatever else asks for text.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalYAML hides it from YAML.
func (s Secret) MarshalYAML() (any, error) { return s.String(), nil }
