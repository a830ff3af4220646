-- Times are microseconds since 1970 in UTC. n orders tickets as they came.
-- Tickets are narrow, so that counting and sorting a million touches little;
-- what is wide is beside them.

-- +goose Up
CREATE TABLE tickets (
	n             INTEGER PRIMARY KEY,
	id            TEXT    NOT NULL UNIQUE,
	version       INTEGER NOT NULL,
	key           TEXT    UNIQUE,
	kind          TEXT    NOT NULL,
	state         TEXT    NOT NULL,
	status        TEXT    NOT NULL,
	open          INTEGER NOT NULL,
	visible       INTEGER NOT NULL,
	severity      TEXT    NOT NULL,
	severity_rank INTEGER NOT NULL,
	domain        TEXT    NOT NULL,
	region        TEXT    NOT NULL,
	grp           TEXT    NOT NULL,
	assignee      TEXT    NOT NULL,
	opener        TEXT    NOT NULL,
	parent        TEXT    NOT NULL,
	external_id   TEXT    NOT NULL,
	verdict       TEXT    NOT NULL,
	urged         INTEGER NOT NULL,
	supervised    INTEGER NOT NULL,
	warned        INTEGER NOT NULL,
	breached      INTEGER NOT NULL,
	opened        INTEGER NOT NULL,
	updated       INTEGER NOT NULL,
	since         INTEGER NOT NULL,
	due           INTEGER NOT NULL, -- 9223372036854775807: no clock runs
	closed        INTEGER,
	wake          INTEGER
) STRICT;
-- History is walked in this order, mostly past what is open or hidden.
CREATE INDEX tickets_opened ON tickets (opened, n, open, visible);
CREATE INDEX tickets_updated ON tickets (updated);
CREATE INDEX tickets_since ON tickets (since);
CREATE INDEX tickets_due ON tickets (due);
CREATE INDEX tickets_severity ON tickets (severity_rank);
CREATE INDEX tickets_closed ON tickets (closed) WHERE closed IS NOT NULL;
CREATE INDEX tickets_wake ON tickets (wake) WHERE wake IS NOT NULL;
CREATE INDEX tickets_open ON tickets (grp, opened) WHERE open;
CREATE INDEX tickets_grp ON tickets (grp, opened, n, open, visible, closed);
CREATE INDEX tickets_assignee ON tickets (assignee, opened) WHERE assignee <> '';
CREATE INDEX tickets_opener ON tickets (opener, opened) WHERE opener <> 'system';
-- "open" is in it, though always true, or SQLite would read rows to see that.
CREATE INDEX tickets_assigned ON tickets (assignee, open) WHERE open;
CREATE INDEX tickets_parent ON tickets (parent) WHERE parent <> '';
CREATE INDEX tickets_external ON tickets (external_id) WHERE external_id <> '';
CREATE INDEX tickets_verdict ON tickets (verdict) WHERE verdict <> '';

CREATE TABLE ticket_bodies (
	n    INTEGER PRIMARY KEY REFERENCES tickets,
	body TEXT NOT NULL
) STRICT;

-- What a search looks in, and pieces of it, in hexadecimal, that lead there.
CREATE TABLE ticket_texts (
	n      INTEGER PRIMARY KEY REFERENCES tickets,
	search TEXT NOT NULL
) STRICT;
CREATE VIRTUAL TABLE ticket_grams USING fts5 (
	grams, content='', contentless_delete=1, detail=none, tokenize='ascii');

CREATE TABLE ticket_links (
	rel    TEXT    NOT NULL, -- actor, watcher, customer, manager, line, root
	value  TEXT    NOT NULL,
	ticket INTEGER NOT NULL REFERENCES tickets,
	PRIMARY KEY (rel, value, ticket)
) STRICT, WITHOUT ROWID;

-- How many tickets there are of each combination that occurs.
CREATE TABLE tallies (
	grp      TEXT    NOT NULL,
	region   TEXT    NOT NULL,
	kind     TEXT    NOT NULL,
	state    TEXT    NOT NULL,
	status   TEXT    NOT NULL,
	severity TEXT    NOT NULL,
	domain   TEXT    NOT NULL,
	open     INTEGER NOT NULL,
	visible  INTEGER NOT NULL,
	breached INTEGER NOT NULL,
	tickets  INTEGER NOT NULL,
	PRIMARY KEY (grp, region, kind, state, status, severity, domain, open, visible, breached)
) STRICT, WITHOUT ROWID;

CREATE TABLE ticket_timeline (
	ticket INTEGER NOT NULL REFERENCES tickets,
	seq    INTEGER NOT NULL,
	at     INTEGER NOT NULL,
	body   TEXT    NOT NULL,
	PRIMARY KEY (ticket, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE ticket_ledger (
	ticket INTEGER NOT NULL REFERENCES tickets,
	seq    INTEGER NOT NULL,
	clock  TEXT    NOT NULL,
	at     INTEGER NOT NULL,
	body   TEXT    NOT NULL,
	PRIMARY KEY (ticket, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE series (
	name TEXT    PRIMARY KEY,
	last INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE applied (
	verdict TEXT    PRIMARY KEY,
	epoch   INTEGER NOT NULL,
	version INTEGER NOT NULL,
	cleared INTEGER NOT NULL,
	at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE outages (
	id       TEXT    PRIMARY KEY,
	version  INTEGER NOT NULL,
	line     TEXT    NOT NULL,
	customer TEXT    NOT NULL,
	verdict  TEXT    NOT NULL,
	ticket   TEXT    NOT NULL,
	service  TEXT    NOT NULL,
	started  INTEGER NOT NULL,
	ended    INTEGER NOT NULL, -- 9223372036854775807: not yet
	wake     INTEGER,
	body     TEXT    NOT NULL
) STRICT;
CREATE INDEX outages_started ON outages (started, id);
CREATE INDEX outages_ended ON outages (ended);
CREATE INDEX outages_line ON outages (line, started);
CREATE INDEX outages_customer ON outages (customer, started);
CREATE INDEX outages_verdict ON outages (verdict);
CREATE INDEX outages_ticket ON outages (ticket);
CREATE INDEX outages_service ON outages (service);
CREATE INDEX outages_wake ON outages (wake) WHERE wake IS NOT NULL;

CREATE TABLE outage_ledger (
	outage TEXT    NOT NULL REFERENCES outages,
	seq    INTEGER NOT NULL,
	clock  TEXT    NOT NULL,
	at     INTEGER NOT NULL,
	body   TEXT    NOT NULL,
	PRIMARY KEY (outage, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE effects (
	seq           INTEGER PRIMARY KEY AUTOINCREMENT,
	id            TEXT    NOT NULL UNIQUE,
	ticket        TEXT    NOT NULL,
	channel       TEXT    NOT NULL,
	kind          TEXT    NOT NULL,
	due           INTEGER NOT NULL,
	attempts      INTEGER NOT NULL DEFAULT 0,
	claimed_by    TEXT    NOT NULL DEFAULT '',
	claimed_until INTEGER,
	problem       TEXT    NOT NULL DEFAULT '',
	done          INTEGER,
	dead          INTEGER,
	body          TEXT    NOT NULL
) STRICT;
CREATE INDEX effects_ticket ON effects (ticket, seq);
CREATE INDEX effects_due ON effects (due, seq) WHERE done IS NULL AND dead IS NULL;
CREATE INDEX effects_order ON effects (ticket, channel, seq) WHERE done IS NULL AND dead IS NULL;
CREATE INDEX effects_dead ON effects (dead, seq) WHERE dead IS NOT NULL;

-- +goose StatementBegin
CREATE TRIGGER ticket_timeline_update BEFORE UPDATE ON ticket_timeline
BEGIN SELECT raise(ABORT, 'the timeline only grows'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ticket_timeline_delete BEFORE DELETE ON ticket_timeline
BEGIN SELECT raise(ABORT, 'the timeline only grows'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ticket_ledger_update BEFORE UPDATE ON ticket_ledger
BEGIN SELECT raise(ABORT, 'the ledger only grows'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ticket_ledger_delete BEFORE DELETE ON ticket_ledger
BEGIN SELECT raise(ABORT, 'the ledger only grows'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER outage_ledger_update BEFORE UPDATE ON outage_ledger
BEGIN SELECT raise(ABORT, 'the ledger only grows'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER outage_ledger_delete BEFORE DELETE ON outage_ledger
BEGIN SELECT raise(ABORT, 'the ledger only grows'); END;
-- +goose StatementEnd
