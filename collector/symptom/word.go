package symptom

import "encoding/base64"

// Word makes any text fit for one word of a key on the bus: base64url, without
// padding (RFC 4648, section 5).
func Word(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// parseWord is the inverse of Word.
func parseWord(word string) (string, error) {
	text, err := base64.RawURLEncoding.DecodeString(word)
	return string(text), err
}
