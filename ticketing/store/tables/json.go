package tables

import (
	"encoding/json"
	"fmt"
)

// encode is v as JSON, in a string: both drivers take that for JSON and text.
func encode(v any) (string, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("%T as JSON: %w", v, err)
	}
	return string(body), nil
}

func decode(body []byte, v any) error {
	if err := json.Unmarshal(body, v); err != nil {
		return fmt.Errorf("a stored %T does not read as JSON: %w", v, err)
	}
	return nil
}
