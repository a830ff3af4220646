package check

import (
	"fmt"
	"io"
	"strings"

	"github.com/linewarden/linewarden/collector/inventory"
)

// shown is how many of a kind are named before "and N more".
const shown = 20

func printInventory(out io.Writer, dir string, inv *inventory.Inventory) {
	fmt.Fprintf(out, "%-14s %s, revision %s\n", "inventory", dir, inv.Revision)
	for _, row := range []struct {
		file string
		n    int
		note string
	}{
		{inventory.CustomersFile, len(inv.Customers), ""},
		{inventory.SitesFile, len(inv.Sites), ""},
		{inventory.DevicesFile, len(inv.Devices), ""},
		{inventory.CablesFile, len(inv.Cables), "with those that only links name"},
		{inventory.LinksFile, len(inv.Links), ""},
		{inventory.LinesFile, len(inv.Lines), unwatched(inv)},
		{inventory.WatchesFile, len(inv.Watches), "beside those that follow from the lines"},
		{inventory.RisksFile, len(inv.Risks), ""},
		{inventory.AliasesFile, len(inv.Aliases), ""},
		{inventory.StationsFile, len(inv.Stations), station(inv)},
	} {
		if row.n == 0 {
			row.note = ""
		}
		fmt.Fprintln(out, strings.TrimRight(fmt.Sprintf("  %-14s %7d  %s", row.file, row.n, row.note), " "))
	}
}

// unwatched counts the lines whose service nothing proves.
func unwatched(inv *inventory.Inventory) string {
	var ids []string
	for i := range inv.Lines {
		if inv.Unobserved(&inv.Lines[i]) {
			ids = append(ids, inv.Lines[i].ID)
		}
	}
	if len(ids) == 0 {
		return ""
	}
	n, more := len(ids), ""
	if n > 5 {
		ids, more = ids[:5], " ..."
	}
	return fmt.Sprintf("%d unwatched (未监测: no target, nothing proves the service): %s%s", n, strings.Join(ids, " "), more)
}

func station(inv *inventory.Inventory) string {
	if len(inv.Stations) == 1 && inv.Stations[0].ID == inventory.DefaultStation {
		return "the default, at " + inv.Stations[0].Attached
	}
	return ""
}

func printWarnings(out io.Writer, warnings []inventory.Problem) {
	if len(warnings) == 0 {
		fmt.Fprintln(out, "all well")
		return
	}
	fmt.Fprintf(out, "no error; %d to look at:\n", len(warnings))
	for i, w := range warnings {
		if i == shown {
			fmt.Fprintf(out, "  ... and %d more\n", len(warnings)-shown)
			break
		}
		fmt.Fprintf(out, "  %s\n", w.Error())
	}
}
