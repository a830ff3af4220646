package inventory

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// The table of files in the package's documentation lists every column, marks
// those that are required, and lists nothing else.
func TestDocumentationListsTheColumns(t *testing.T) {
	raw, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]string{}
	file := ""
	for _, m := range regexp.MustCompile(`(?m)^//\t(\w+\.csv)? +(.*)$`).FindAllStringSubmatch(string(raw), -1) {
		if m[1] != "" {
			file = m[1]
		}
		documented[file] = strings.TrimSpace(documented[file] + " " + m[2])
	}
	for file, columns := range map[string]string{
		CustomersFile: header(customerTable), SitesFile: header(siteTable), DevicesFile: header(deviceTable),
		CablesFile: header(cableTable), LinksFile: header(linkTable), LinesFile: header(lineTable),
		WatchesFile: header(watchTable), RisksFile: header(riskTable), AliasesFile: header(aliasTable),
		StationsFile: header(stationTable),
	} {
		if documented[file] != columns {
			t.Errorf("%s: the documentation lists\n%s\nthe table has\n%s", file, documented[file], columns)
		}
	}
}

func header[T any](t table[T]) string {
	var all []string
	for _, c := range t.columns {
		name := c.name
		if c.required {
			name += "*"
		}
		all = append(all, name)
	}
	return strings.Join(all, " ")
}
