-- +goose Up
CREATE TABLE users (
	id            TEXT COLLATE "C" PRIMARY KEY,
	person        JSON             NOT NULL,
	password_hash TEXT             NOT NULL,
	must_change   BOOLEAN          NOT NULL,
	created       TIMESTAMPTZ      NOT NULL,
	updated       TIMESTAMPTZ      NOT NULL,
	last_seen     TIMESTAMPTZ
);

CREATE TABLE tokens (
	id        TEXT COLLATE "C" PRIMARY KEY,
	user_id   TEXT COLLATE "C" NOT NULL REFERENCES users,
	name      TEXT COLLATE "C" NOT NULL,
	hash      TEXT COLLATE "C" NOT NULL UNIQUE,
	created   TIMESTAMPTZ      NOT NULL,
	expires   TIMESTAMPTZ,
	last_used TIMESTAMPTZ,
	revoked   TIMESTAMPTZ
);
CREATE INDEX tokens_user ON tokens (user_id, created);

-- token is the SHA-256 of what the browser holds.
CREATE TABLE sessions (
	token   TEXT COLLATE "C" PRIMARY KEY,
	data    BYTEA            NOT NULL,
	expires TIMESTAMPTZ      NOT NULL
);
CREATE INDEX sessions_expires ON sessions (expires);

CREATE TABLE audit (
	seq  BIGINT      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	at   TIMESTAMPTZ NOT NULL,
	body JSON        NOT NULL
);
CREATE INDEX audit_at ON audit (at, seq);

CREATE TABLE docs (
	kind    TEXT COLLATE "C" NOT NULL,
	id      TEXT COLLATE "C" NOT NULL,
	body    JSON             NOT NULL,
	updated TIMESTAMPTZ      NOT NULL,
	PRIMARY KEY (kind, id)
);

CREATE TABLE leases (
	name    TEXT COLLATE "C" PRIMARY KEY,
	holder  TEXT COLLATE "C" NOT NULL,
	epoch   BIGINT           NOT NULL,
	expires TIMESTAMPTZ      NOT NULL
);

CREATE TABLE pings (
	id BIGINT PRIMARY KEY,
	n  BIGINT NOT NULL
);

CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
	EXECUTE FUNCTION only_grows();
