package secret_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/linewarden/linewarden/configs/secret"
)

func TestASecretIsNeverShown(t *testing.T) {
	s := secret.Text("hunter2")
	held := struct{ Password secret.Text }{s}
	j, err := json.Marshal(held)
	if err != nil {
		t.Fatal(err)
	}
	y, err := yaml.Marshal(held)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		string(j), string(y), fmt.Sprint(s), fmt.Sprintf("%+v %#v", held, held),
		fmt.Sprintf("%s %q %x %d %v %#v", s, s, s, s, s, s),
	} {
		if strings.Contains(text, "hunter2") || strings.Contains(text, fmt.Sprintf("%x", "hunter2")) {
			t.Errorf("shown: %s", text)
		}
		if !strings.Contains(text, secret.Hidden) {
			t.Errorf("not marked as hidden: %s", text)
		}
	}
	if s.Reveal() != "hunter2" || !s.Set() || secret.Text("").Set() || secret.Text("").String() != "" {
		t.Error("a secret is lost, or nothing is taken for one")
	}
}
