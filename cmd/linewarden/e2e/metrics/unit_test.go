package metrics

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// unit is a systemd unit: settings by key, in order.
type unit map[string][]string

func readUnit(path string) (unit, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	u := unit{}
	for s := bufio.NewScanner(f); s.Scan(); {
		if key, value, ok := strings.Cut(s.Text(), "="); ok && !strings.HasPrefix(key, "#") {
			u[key] = append(u[key], value)
		}
	}
	return u, nil
}

func unitPath() string { return filepath.Join(deploy, "systemd/linewarden.service") }

// words of all settings of a key.
func (u unit) words(key string) []string { return strings.Fields(strings.Join(u[key], " ")) }

// capabilities as setpriv writes them.
func (u unit) capabilities(t *testing.T) string {
	t.Helper()
	ambient, bounding := u.words("AmbientCapabilities"), u.words("CapabilityBoundingSet")
	if !slices.Equal(ambient, bounding) || len(ambient) == 0 {
		t.Fatalf("AmbientCapabilities %v, CapabilityBoundingSet %v", ambient, bounding)
	}
	out := "-all"
	for _, c := range ambient {
		out += ",+" + strings.ToLower(strings.TrimPrefix(c, "CAP_"))
	}
	return out
}

func (u unit) one(key string) (string, error) {
	if len(u[key]) != 1 {
		return "", fmt.Errorf("%s is set %d times", key, len(u[key]))
	}
	return u[key][0], nil
}
