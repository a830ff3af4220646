-- +goose Up
CREATE TABLE users (
	id            TEXT    PRIMARY KEY,
	person        TEXT    NOT NULL,
	password_hash TEXT    NOT NULL,
	must_change   INTEGER NOT NULL,
	created       INTEGER NOT NULL,
	updated       INTEGER NOT NULL,
	last_seen     INTEGER
) STRICT;

CREATE TABLE tokens (
	id        TEXT    PRIMARY KEY,
	user_id   TEXT    NOT NULL REFERENCES users,
	name      TEXT    NOT NULL,
	hash      TEXT    NOT NULL UNIQUE,
	created   INTEGER NOT NULL,
	expires   INTEGER,
	last_used INTEGER,
	revoked   INTEGER
) STRICT;
CREATE INDEX tokens_user ON tokens (user_id, created);

-- token is the SHA-256 of what the browser holds.
CREATE TABLE sessions (
	token   TEXT    PRIMARY KEY,
	data    BLOB    NOT NULL,
	expires INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_expires ON sessions (expires);

CREATE TABLE audit (
	seq  INTEGER PRIMARY KEY AUTOINCREMENT,
	at   INTEGER NOT NULL,
	body TEXT    NOT NULL
) STRICT;
CREATE INDEX audit_at ON audit (at, seq);

CREATE TABLE docs (
	kind    TEXT    NOT NULL,
	id      TEXT    NOT NULL,
	body    TEXT    NOT NULL,
	updated INTEGER NOT NULL,
	PRIMARY KEY (kind, id)
) STRICT;

CREATE TABLE leases (
	name    TEXT    PRIMARY KEY,
	holder  TEXT    NOT NULL,
	epoch   INTEGER NOT NULL,
	expires INTEGER NOT NULL
) STRICT;

CREATE TABLE pings (
	id INTEGER PRIMARY KEY,
	n  INTEGER NOT NULL
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER audit_update BEFORE UPDATE ON audit
BEGIN SELECT raise(ABORT, 'the audit log only grows'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_delete BEFORE DELETE ON audit
BEGIN SELECT raise(ABORT, 'the audit log only grows'); END;
-- +goose StatementEnd
