package e2e

import (
	"os"
	"path/filepath"

	"github.com/linewarden/linewarden/collector/inventory"
)

// portOf is the port at a link's A end, as the lab's inventory has it.
func portOf(n *scene, link string) string {
	n.T.Helper()
	inv, err := inventory.Load(os.DirFS(filepath.Join(n.dir, "inventory")))
	if err != nil {
		n.T.Fatal(err)
	}
	l, ok := inv.Link(link)
	if !ok {
		n.T.Fatalf("the inventory has no link %s", link)
	}
	return "port/" + l.A.String()
}
