package postgres

import (
	"database/sql"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/linewarden/linewarden/ticketing/store/tables"
)

func dialect() tables.Dialect {
	return tables.Dialect{
		Args:     native,
		Explain:  explain,
		NotSent:  notSent,
		GaveWay:  gaveWay,
		Patience: patience,
		Snapshot: &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
		Batch:    batch,
		AnyOf:    func(column, param string) string { return column + " = ANY(" + param + ")" },
		Contains: func(column, param string) string {
			return "strpos(" + column + ", " + param + ") > 0"
		},
		Match: func(param string) string {
			return "SELECT g.n FROM ticket_grams g WHERE g.grams @@ CAST(" + param + " AS tsquery)"
		},
		Pieces: query,
		SaveGrams: func(n int64, grams []string, first bool) []tables.Stmt {
			if first {
				return []tables.Stmt{{
					SQL:  `INSERT INTO ticket_grams (n, grams) VALUES ($1, array_to_tsvector($2))`,
					Args: []any{n, grams},
				}}
			}
			return []tables.Stmt{{
				SQL:  `UPDATE ticket_grams SET grams = array_to_tsvector($2) WHERE n = $1`,
				Args: []any{n, grams},
			}}
		},
		Unindexed:  func(column string) string { return column }, // statistics tell the planner
		Later:      "greatest",
		ForUpdate:  " FOR UPDATE",
		ForShare:   " FOR SHARE",
		SkipLocked: " FOR UPDATE OF e SKIP LOCKED",
	}
}

var quoted = strings.NewReplacer(`'`, `''`, `\`, `\\`)

// query demands all grams.
func query(grams []string) string {
	parts := make([]string, len(grams))
	for i, g := range grams {
		parts[i] = "'" + quoted.Replace(g) + "'"
	}
	return strings.Join(parts, " & ")
}

// native turns arguments into what PostgreSQL stores. It takes no zero byte
// and nothing but UTF-8 in text; JSON has neither.
func native(args []any) []any {
	out := make([]any, len(args))
	for i, a := range args {
		switch v := a.(type) {
		case time.Time:
			out[i] = tables.Micros(v)
		case tables.Never:
			out[i] = until(v.Time)
		case string:
			out[i] = clean(v)
		case []string:
			list := make([]string, len(v))
			for j, s := range v {
				list[j] = clean(s)
			}
			out[i] = list
		default:
			out[i] = a
		}
	}
	return out
}

func until(t time.Time) pgtype.Timestamptz {
	if t.IsZero() {
		return pgtype.Timestamptz{InfinityModifier: pgtype.Infinity, Valid: true}
	}
	return pgtype.Timestamptz{Time: tables.Micros(t), Valid: true}
}

func clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
}
