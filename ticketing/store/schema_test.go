package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver
	"go.uber.org/zap"

	"github.com/linewarden/linewarden/ticketing/store/pgtest"
	"github.com/linewarden/linewarden/ticketing/store/postgres"
	"github.com/linewarden/linewarden/ticketing/store/sqlite"
)

// TestBothDatabasesHaveTheSameTables compares what the two sets of migrations
// have made, as the live databases tell it: columns with type and nullability,
// keys, unique values, references and indexes.
func TestBothDatabasesHaveTheSameTables(t *testing.T) {
	lite, pg := sqliteSchema(t), postgresSchema(t)
	if len(lite) < 50 {
		t.Fatalf("SQLite tells of %d facts only: %q", len(lite), lite)
	}
	for _, fact := range lite {
		if !slices.Contains(pg, fact) {
			t.Errorf("only SQLite has: %s", fact)
		}
	}
	for _, fact := range pg {
		if !slices.Contains(lite, fact) {
			t.Errorf("only PostgreSQL has: %s", fact)
		}
	}
}

// indexFact leaves out what only one planner wants in an index: every index of
// SQLite has the row number n, and its planner wants the condition's own column
// although that is always true.
func indexFact(table, name string, columns []string, where string) string {
	where = strings.NewReplacer("(", "", ")", "", "::text", "").Replace(where)
	columns = slices.DeleteFunc(slices.Clone(columns), func(c string) bool { return c == "n" || c == where })
	return fmt.Sprintf("%s: index %s on %s where %q", table, name, strings.Join(columns, ", "), where)
}

func columnFact(table, column, kind string, required bool) string {
	return fmt.Sprintf("%s: column %s is %s, required %v", table, column, kind, required)
}

func uniqueFact(table string, columns []string) string {
	return fmt.Sprintf("%s: unique %s", table, strings.Join(columns, ", "))
}

func keyFact(table string, columns []string) string {
	return fmt.Sprintf("%s: key %s", table, strings.Join(columns, ", "))
}

func referenceFact(table, column, other string) string {
	return fmt.Sprintf("%s: %s refers to %s", table, column, other)
}

// grams is the index of text: a virtual table in one, a column of its own type in
// the other.
const grams = "ticket_grams"

func sqliteSchema(t *testing.T) []string {
	path := filepath.Join(t.TempDir(), "schema.db")
	s, err := sqlite.Open(t.Context(), path, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db := open(t, "sqlite", path)
	tables := texts(t, db, `SELECT name FROM sqlite_master
		WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'goose_%' AND name NOT LIKE 'ticket_grams%'`)
	var facts []string
	for _, table := range tables {
		facts = append(facts, sqliteTable(t, db, table)...)
	}
	return facts
}

var whereOf = regexp.MustCompile(`(?is)\bWHERE\b(.*)$`)

func sqliteTable(t *testing.T, db *sql.DB, table string) (facts []string) {
	var key []string
	for _, c := range rows(t, db, `SELECT name, type, "notnull", pk FROM pragma_table_info(?) ORDER BY pk`, table) {
		isKey := c[3] != "0"
		if isKey {
			key = append(key, c[0])
		}
		facts = append(facts, columnFact(table, c[0], strings.ToLower(c[1]), c[2] == "1" || isKey))
	}
	facts = append(facts, keyFact(table, key))
	for _, r := range rows(t, db, `SELECT "from", "table" FROM pragma_foreign_key_list(?)`, table) {
		facts = append(facts, referenceFact(table, r[0], r[1]))
	}
	for _, x := range rows(t, db, `SELECT l.name, l.origin, coalesce(m.sql, '')
		FROM pragma_index_list(?) l LEFT JOIN sqlite_master m ON m.name = l.name`, table) {
		columns := texts(t, db, `SELECT name FROM pragma_index_info(?) ORDER BY seqno`, x[0])
		switch x[1] {
		case "u":
			facts = append(facts, uniqueFact(table, columns))
		case "c":
			where := ""
			if m := whereOf.FindStringSubmatch(x[2]); m != nil {
				where = strings.TrimSpace(m[1])
			}
			facts = append(facts, indexFact(table, x[0], columns, where))
		}
	}
	return facts
}

// kinds are what PostgreSQL's types are in SQLite.
var kinds = map[string]string{
	"bigint": "integer", "boolean": "integer", "timestamp with time zone": "integer",
	"text": "text", "json": "text", "bytea": "blob",
}

func postgresSchema(t *testing.T) (facts []string) {
	server := pgtest.Shared{Migrate: func(ctx context.Context, dsn string) error {
		s, err := postgres.Open(ctx, dsn, zap.NewNop())
		if err != nil {
			return err
		}
		return s.Close()
	}}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	db := open(t, "pgx", server.Database(t))
	for _, c := range rows(t, db, `SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns
		WHERE table_schema = 'public' AND table_name NOT LIKE 'goose_%' AND table_name <> $1`, grams) {
		facts = append(facts, columnFact(c[0], c[1], kinds[c[2]], c[3] == "NO"))
	}
	for _, r := range rows(t, db, `SELECT c.conrelid::regclass::text, a.attname, c.confrelid::regclass::text
		FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
		WHERE c.contype = 'f' AND c.conrelid::regclass::text <> $1`, grams) {
		facts = append(facts, referenceFact(r[0], r[1], r[2]))
	}
	for _, x := range rows(t, db, `
		SELECT i.indrelid::regclass::text, i.indexrelid::regclass::text, i.indisprimary::text, i.indisunique::text,
			coalesce(pg_get_expr(i.indpred, i.indrelid), ''),
			(SELECT string_agg(a.attname, ',' ORDER BY k.at) FROM unnest(i.indkey) WITH ORDINALITY k (n, at)
				JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.n)
		FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
		WHERE c.relnamespace = 'public'::regnamespace AND i.indrelid::regclass::text <> $1
			AND i.indrelid::regclass::text NOT LIKE 'goose_%'`, grams) {
		columns := strings.Split(x[5], ",")
		switch {
		case x[2] == "true":
			facts = append(facts, keyFact(x[0], columns))
		case x[3] == "true":
			facts = append(facts, uniqueFact(x[0], columns))
		default:
			facts = append(facts, indexFact(x[0], x[1], columns, x[4]))
		}
	}
	return facts
}

func open(t *testing.T, driver, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// rows is the answer to a query, as text.
func rows(t *testing.T, db *sql.DB, query string, args ...any) (out [][]string) {
	t.Helper()
	r, err := db.QueryContext(t.Context(), query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	columns, err := r.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for r.Next() {
		row, dest := make([]string, len(columns)), make([]any, len(columns))
		for i := range row {
			dest[i] = &row[i]
		}
		if err := r.Scan(dest...); err != nil {
			t.Fatal(err)
		}
		out = append(out, row)
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// texts is the first column of an answer.
func texts(t *testing.T, db *sql.DB, query string, args ...any) (out []string) {
	t.Helper()
	for _, row := range rows(t, db, query, args...) {
		out = append(out, row[0])
	}
	return out
}
