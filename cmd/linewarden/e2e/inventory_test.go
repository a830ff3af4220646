package e2e

import (
	"os"
	"path/filepath"

	"github.com/linewarden/linewarden/collector/inventory"
)

// portOf is the port at a link's A end, as the lab's inventory has it.
func portOf(n *noc, link string) string {
	n.t.Helper()
	inv, err := inventory.Load(os.DirFS(filepath.Join(n.dir, "inventory")))
	if err != nil {
		n.t.Fatal(err)
	}
	l, ok := inv.Link(link)
	if !ok {
		n.t.Fatalf("the inventory has no link %s", link)
	}
	return "port/" + l.A.String()
}
