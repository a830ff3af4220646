package sqlite

import (
	"encoding/hex"
	"strings"

	"github.com/linewarden/linewarden/ticketing/store/tables"
)

func dialect() tables.Dialect {
	return tables.Dialect{
		Args:    native,
		Explain: explain,
		AnyOf: func(column, param string) string {
			return column + " IN (SELECT value FROM json_each(" + param + "))"
		},
		Contains: func(column, param string) string {
			return "instr(" + column + ", " + param + ") > 0"
		},
		Match: func(param string) string {
			return "SELECT rowid AS n FROM ticket_grams WHERE ticket_grams MATCH " + param
		},
		Pieces: func(grams []string) string { return strings.Join(tokens(grams), " ") },
		SaveGrams: func(n int64, grams []string, first bool) []tables.Stmt {
			insert := tables.Stmt{
				SQL:  `INSERT INTO ticket_grams (rowid, grams) VALUES ($1, $2)`,
				Args: []any{n, strings.Join(tokens(grams), " ")},
			}
			if first {
				return []tables.Stmt{insert}
			}
			return []tables.Stmt{{SQL: `DELETE FROM ticket_grams WHERE rowid = $1`, Args: []any{n}}, insert}
		},
		Unindexed: func(column string) string { return "+" + column },
		Later:     "max",
	}
}

// tokens are grams as the full-text index takes them: letters and digits only.
// Between tokens a query means "and".
func tokens(grams []string) []string {
	out := make([]string, len(grams))
	for i, g := range grams {
		out[i] = hex.EncodeToString([]byte(g))
	}
	return out
}
