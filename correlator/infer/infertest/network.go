// Package infertest is the bench of the tests of correlator/infer and its parts:
// networks as a script writes them, and what is known of one at a time. Only
// tests use it.
package infertest

import (
	"bytes"
	"embed"
	"encoding/csv"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/linewarden/linewarden/collector/inventory"
)

//go:embed networks/*.txt
var networks embed.FS

// Network is an inventory as a script writes it: a row a line, with the columns
// that every row needs in a fixed order and the others as column=value.
type Network struct {
	rows    map[string][]map[string]string
	managed int
}

// Load makes the inventory of the lines of a script.
func Load(tb testing.TB, script string) *inventory.Inventory {
	tb.Helper()
	var n Network
	if err := n.addAll(script); err != nil {
		tb.Fatal(err)
	}
	inv, err := n.Load()
	if err != nil {
		tb.Fatal(err)
	}
	return inv
}

// shapes are the columns that each word of a script wants, in order.
var shapes = map[string][]string{
	"site": {"id", "kind"}, "device": {"id", "kind", "site", "layer", "technology"}, "link": {"id", "a", "z", "layer"},
	"cable": {"id"}, "line": {"id", "a", "z"}, "risk": {"id", "kind", "members"}, "station": {"id", "attached"},
	"watch": {"line", "end", "method", "object", "proves"},
}

// Add takes a row in, or all rows of networks/NAME.txt (use NAME). It is false
// where the words say nothing of the network.
func (n *Network) Add(words []string) (bool, error) {
	if words[0] == "use" {
		raw, err := networks.ReadFile("networks/" + words[1] + ".txt")
		if err != nil {
			return true, err
		}
		if err := n.addAll(string(raw)); err != nil {
			return true, fmt.Errorf("networks/%s: %w", words[1], err)
		}
		return true, nil
	}
	shape, ok := shapes[words[0]]
	if !ok {
		return false, nil
	}
	row := map[string]string{}
	for i, word := range words[1:] {
		k, v, named := strings.Cut(word, "=")
		switch {
		case named:
			row[k] = v
		case i < len(shape):
			row[shape[i]] = word
		default:
			return true, fmt.Errorf("%s: one word too many: %s", words[0], word)
		}
	}
	n.complete(words[0], row)
	if n.rows == nil {
		n.rows = map[string][]map[string]string{}
	}
	n.rows[words[0]] = append(n.rows[words[0]], row)
	return true, nil
}

// addAll takes in the rows of a text. What follows "#" is a comment.
func (n *Network) addAll(text string) error {
	for line := range strings.Lines(text) {
		words, _, _ := strings.Cut(line, "#")
		row := strings.Fields(words)
		if len(row) == 0 {
			continue
		}
		if ok, err := n.Add(row); err != nil {
			return fmt.Errorf("%q: %w", line, err)
		} else if !ok {
			return fmt.Errorf("%q says nothing of a network", line)
		}
	}
	return nil
}

// complete puts in what a story seldom cares about: names, the customer, and
// an address for whatever answers pings.
func (n *Network) complete(table string, row map[string]string) {
	fill := func(column, value string) {
		if row[column] == "" {
			row[column] = value
		}
	}
	address := func(net int) string {
		n.managed++
		return fmt.Sprintf("10.%d.%d.%d", net, n.managed/250, 1+n.managed%250)
	}
	switch table {
	case "site", "device", "station":
		fill("name", row["id"])
	case "line":
		fill("customer", "C")
		fill("product", "internet")
		fill("grade", "AA")
		fill("target", address(2))
		if row["target"] == "none" {
			row["target"] = ""
		}
	}
	if table == "device" && row["near_end"] == "" && row["kind"] != "splitter" {
		fill("address", address(1))
	}
}

// Load makes the inventory, with every check that an operator's files get.
func (n *Network) Load() (*inventory.Inventory, error) {
	files := fstest.MapFS{"customers.csv": {Data: []byte("id,name,grade\nC,Customer,gold\n")}}
	for table, rows := range n.rows {
		columns := map[string]bool{}
		for _, row := range rows {
			for k := range row {
				columns[k] = true
			}
		}
		header := slices.Sorted(maps.Keys(columns))
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		_ = w.Write(header)
		for _, row := range rows {
			var cells []string
			for _, k := range header {
				cells = append(cells, row[k])
			}
			_ = w.Write(cells)
		}
		w.Flush()
		name := table + "s.csv"
		if table == "watch" {
			name = "watches.csv"
		}
		files[name] = &fstest.MapFile{Data: b.Bytes()}
	}
	return inventory.Load(files)
}

// Station is the first one, or the one that there is without any.
func (n *Network) Station() string {
	if all := n.rows["station"]; len(all) > 0 {
		return all[0]["id"]
	}
	return inventory.DefaultStation
}
