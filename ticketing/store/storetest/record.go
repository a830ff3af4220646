package storetest

import (
	"testing"

	"github.com/linewarden/linewarden/ticketing/store"
)

// RecordTables are the tables that only grow.
var RecordTables = []string{"ticket_timeline", "ticket_ledger", "outage_ledger", "audit"}

// Record puts a line into each of them.
func Record(t *testing.T, s store.Store) {
	t.Helper()
	must(t, s.Save(t.Context(), at(0), everything(1)))
}
