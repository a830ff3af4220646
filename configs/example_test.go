package configs

import (
	"bytes"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/configs/problem"
	"github.com/linewarden/linewarden/configs/secret"
	"github.com/linewarden/linewarden/ticketing/notify"
)

// TestTheExampleIsWhatTheDefaultsSay holds linewarden.yaml to the structs: it is
// written from their defaults and their doc tags (make generate).
func TestTheExampleIsWhatTheDefaultsSay(t *testing.T) {
	want := writeExample(Default())
	if *update {
		if err := os.WriteFile("linewarden.yaml", want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(Example(), want) {
		t.Errorf("linewarden.yaml is not what the defaults say; run make generate. It should be:\n%s", want)
	}
}

// TestTheExampleSetsTheDefaults reads the example over other values.
func TestTheExampleSetsTheDefaults(t *testing.T) {
	got := Default()
	got.Roles, got.Collector.ID, got.Web.PublicMetrics = nil, "", false
	got.Collector.Guard.Others, got.Correlator.Degraded, got.Collector.Engine.Tries = 0, 0, 0
	d := decode("linewarden.yaml", Example(), &got)
	if err := d.err(); err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Notify.Webhooks = []notify.WebhookConfig{}
	want.Collector.Trap.Communities = []secret.Text{}
	want.Collector.Rules.Raise, want.Collector.Rules.Clear = map[symptom.Kind]int{}, map[symptom.Kind]int{}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the example decodes to\n%+v\nwant\n%+v", got, want)
	}
}

// TestTheExampleOfAListWorks takes the comment marks off the examples.
func TestTheExampleOfAListWorks(t *testing.T) {
	text := string(Example())
	plain := strings.ReplaceAll(text, "  webhooks: []", "  webhooks:")
	plain = regexp.MustCompile(`(?m)^  # ((- |  )[a-z_]+: )`).ReplaceAllString(plain, "    $1")
	c, err := load("linewarden.yaml", func(string) ([]byte, error) { return []byte(plain), nil }, noEnv)
	if err != nil {
		t.Fatalf("%v in\n%s", err, plain)
	}
	if len(c.Notify.Webhooks) != 1 || c.Notify.Webhooks[0].Name != "dispatch" {
		t.Errorf("webhooks = %+v", c.Notify.Webhooks)
	}
}

const exampleHead = `# linewarden.yaml with every key. The values are the defaults; a key that is
# left out has them anyway. Durations carry their unit: 500ms, 10s, 15m, 2h.
# Relative paths are taken from the directory of this file.
# ` + "`linewarden check --config FILE`" + ` tells what is wrong with it.
`

func writeExample(c Config) []byte {
	var w exampleWriter
	w.WriteString(exampleHead)
	w.block(reflect.ValueOf(c), "")
	return w.Bytes()
}

type exampleWriter struct{ bytes.Buffer }

// block writes the keys of a struct. At the top each has a line of its own
// before it.
func (w *exampleWriter) block(v reflect.Value, indent string) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		if options == "inline" {
			w.block(v.Field(i), indent)
			continue
		}
		if name == "-" || name == "" {
			continue
		}
		if indent == "" {
			w.WriteString("\n")
		}
		w.key(v.Field(i), indent, name, field.Tag.Get("doc"))
	}
}

func (w *exampleWriter) key(v reflect.Value, indent, name, doc string) {
	if v.Kind() == reflect.Struct {
		w.line(indent, name+":", doc)
		w.block(v, indent+"  ")
		return
	}
	w.line(indent, name+": "+valueText(v), doc)
	if v.Kind() != reflect.Slice || v.Type().Elem().Kind() != reflect.Struct {
		return
	}
	item := v.Type().Elem()
	for i := range item.NumField() {
		mark := "# - "
		if i > 0 {
			mark = "#   "
		}
		field := item.Field(i)
		value := field.Tag.Get("example")
		if value == "" {
			value = valueText(reflect.Zero(field.Type))
		}
		w.line(indent, mark+field.Tag.Get("yaml")+": "+value, field.Tag.Get("doc"))
	}
}

// line puts the comment behind the text, or above it where that is too long or
// the key stands at the top.
func (w *exampleWriter) line(indent, text, doc string) {
	behind := fmt.Sprintf("%s%s # %s\n", indent, text, doc)
	switch {
	case doc == "":
		fmt.Fprintf(w, "%s%s\n", indent, text)
	case indent != "" && len(behind) <= 90:
		w.WriteString(behind)
	default:
		fmt.Fprintf(w, "%s# %s\n%s%s\n", indent, doc, indent, text)
	}
}

var plainText = regexp.MustCompile(`^[A-Za-z/][A-Za-z0-9_./-]*$|^[0-9.]+:[0-9]+$`)

func valueText(v reflect.Value) string {
	switch x := v.Interface().(type) {
	case time.Duration:
		return problem.Brief(x)
	case secret.Text:
		return `""`
	}
	switch v.Kind() {
	case reflect.String:
		if plainText.MatchString(v.String()) {
			return v.String()
		}
		return fmt.Sprintf("%q", v.String())
	case reflect.Slice:
		items := make([]string, v.Len())
		for i := range items {
			items[i] = valueText(v.Index(i))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case reflect.Map:
		if v.Len() > 0 {
			panic("a map with defaults cannot be written")
		}
		return "{}"
	}
	return fmt.Sprint(v.Interface())
}
