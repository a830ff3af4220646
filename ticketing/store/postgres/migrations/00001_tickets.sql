-- n orders tickets as they came. Identifiers sort by their bytes, whatever the
-- database's language, as they do in SQLite.
-- Tickets are narrow, so that counting and sorting a million touches little;
-- what is wide is beside them.

-- +goose Up
CREATE TABLE tickets (
	n             BIGINT           GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	id            TEXT COLLATE "C" NOT NULL UNIQUE,
	version       BIGINT           NOT NULL,
	key           TEXT COLLATE "C" UNIQUE,
	kind          TEXT COLLATE "C" NOT NULL,
	state         TEXT COLLATE "C" NOT NULL,
	status        TEXT COLLATE "C" NOT NULL,
	open          BOOLEAN          NOT NULL,
	visible       BOOLEAN          NOT NULL,
	severity      TEXT COLLATE "C" NOT NULL,
	severity_rank BIGINT           NOT NULL,
	domain        TEXT COLLATE "C" NOT NULL,
	region        TEXT COLLATE "C" NOT NULL,
	grp           TEXT COLLATE "C" NOT NULL,
	assignee      TEXT COLLATE "C" NOT NULL,
	opener        TEXT COLLATE "C" NOT NULL,
	parent        TEXT COLLATE "C" NOT NULL,
	external_id   TEXT COLLATE "C" NOT NULL,
	verdict       TEXT COLLATE "C" NOT NULL,
	urged         BOOLEAN          NOT NULL,
	supervised    BOOLEAN          NOT NULL,
	warned        BOOLEAN          NOT NULL,
	breached      BOOLEAN          NOT NULL,
	opened        TIMESTAMPTZ      NOT NULL,
	updated       TIMESTAMPTZ      NOT NULL,
	since         TIMESTAMPTZ      NOT NULL,
	due           TIMESTAMPTZ      NOT NULL, -- infinity: no clock runs
	closed        TIMESTAMPTZ,
	wake          TIMESTAMPTZ
);
-- History is walked in this order, mostly past what is open or hidden.
CREATE INDEX tickets_opened ON tickets (opened, n) INCLUDE (open, visible);
CREATE INDEX tickets_updated ON tickets (updated, n);
CREATE INDEX tickets_since ON tickets (since, n);
CREATE INDEX tickets_due ON tickets (due, n);
CREATE INDEX tickets_severity ON tickets (severity_rank, n);
CREATE INDEX tickets_closed ON tickets (closed, n) WHERE closed IS NOT NULL;
CREATE INDEX tickets_wake ON tickets (wake, n) WHERE wake IS NOT NULL;
CREATE INDEX tickets_open ON tickets (grp, opened, n) WHERE open;
CREATE INDEX tickets_grp ON tickets (grp, opened, n) INCLUDE (open, visible, closed);
CREATE INDEX tickets_assignee ON tickets (assignee, opened, n) WHERE assignee <> '';
CREATE INDEX tickets_opener ON tickets (opener, opened, n) WHERE opener <> 'system';
CREATE INDEX tickets_assigned ON tickets (assignee) WHERE open;
CREATE INDEX tickets_parent ON tickets (parent) WHERE parent <> '';
CREATE INDEX tickets_external ON tickets (external_id) WHERE external_id <> '';
CREATE INDEX tickets_verdict ON tickets (verdict) WHERE verdict <> '';

CREATE TABLE ticket_bodies (
	n    BIGINT PRIMARY KEY REFERENCES tickets,
	body JSON   NOT NULL
);

-- What a search looks in, and pieces of it that lead there. No extension is
-- needed.
CREATE TABLE ticket_texts (
	n      BIGINT PRIMARY KEY REFERENCES tickets,
	search TEXT   NOT NULL
);
CREATE TABLE ticket_grams (
	n     BIGINT   PRIMARY KEY REFERENCES tickets,
	grams TSVECTOR NOT NULL
);
CREATE INDEX ticket_grams_grams ON ticket_grams USING gin (grams);

CREATE TABLE ticket_links (
	rel    TEXT             NOT NULL, -- actor, watcher, customer, manager, line, root
	value  TEXT COLLATE "C" NOT NULL,
	ticket BIGINT           NOT NULL REFERENCES tickets,
	PRIMARY KEY (rel, value, ticket)
);

-- How many tickets there are of each combination that occurs.
CREATE TABLE tallies (
	grp      TEXT COLLATE "C" NOT NULL,
	region   TEXT COLLATE "C" NOT NULL,
	kind     TEXT COLLATE "C" NOT NULL,
	state    TEXT COLLATE "C" NOT NULL,
	status   TEXT COLLATE "C" NOT NULL,
	severity TEXT COLLATE "C" NOT NULL,
	domain   TEXT COLLATE "C" NOT NULL,
	open     BOOLEAN          NOT NULL,
	visible  BOOLEAN          NOT NULL,
	breached BOOLEAN          NOT NULL,
	tickets  BIGINT           NOT NULL,
	PRIMARY KEY (grp, region, kind, state, status, severity, domain, open, visible, breached)
) WITH (fillfactor = 50);

CREATE TABLE ticket_timeline (
	ticket BIGINT      NOT NULL REFERENCES tickets,
	seq    BIGINT      NOT NULL,
	at     TIMESTAMPTZ NOT NULL,
	body   JSON        NOT NULL,
	PRIMARY KEY (ticket, seq)
);

CREATE TABLE ticket_ledger (
	ticket BIGINT      NOT NULL REFERENCES tickets,
	seq    BIGINT      NOT NULL,
	clock  TEXT        NOT NULL,
	at     TIMESTAMPTZ NOT NULL,
	body   JSON        NOT NULL,
	PRIMARY KEY (ticket, seq)
);

CREATE TABLE series (
	name TEXT COLLATE "C" PRIMARY KEY,
	last BIGINT           NOT NULL
);

CREATE TABLE applied (
	verdict TEXT COLLATE "C" PRIMARY KEY,
	epoch   BIGINT           NOT NULL,
	version BIGINT           NOT NULL,
	cleared BOOLEAN          NOT NULL,
	at      TIMESTAMPTZ      NOT NULL
);

CREATE TABLE outages (
	id       TEXT COLLATE "C" PRIMARY KEY,
	version  BIGINT           NOT NULL,
	line     TEXT COLLATE "C" NOT NULL,
	customer TEXT COLLATE "C" NOT NULL,
	verdict  TEXT COLLATE "C" NOT NULL,
	ticket   TEXT COLLATE "C" NOT NULL,
	service  TEXT COLLATE "C" NOT NULL,
	started  TIMESTAMPTZ      NOT NULL,
	ended    TIMESTAMPTZ      NOT NULL, -- infinity: not yet
	wake     TIMESTAMPTZ,
	body     JSON             NOT NULL
);
CREATE INDEX outages_started ON outages (started, id);
CREATE INDEX outages_ended ON outages (ended);
CREATE INDEX outages_line ON outages (line, started);
CREATE INDEX outages_customer ON outages (customer, started);
CREATE INDEX outages_verdict ON outages (verdict);
CREATE INDEX outages_ticket ON outages (ticket);
CREATE INDEX outages_service ON outages (service);
CREATE INDEX outages_wake ON outages (wake) WHERE wake IS NOT NULL;

CREATE TABLE outage_ledger (
	outage TEXT COLLATE "C" NOT NULL REFERENCES outages,
	seq    BIGINT           NOT NULL,
	clock  TEXT             NOT NULL,
	at     TIMESTAMPTZ      NOT NULL,
	body   JSON             NOT NULL,
	PRIMARY KEY (outage, seq)
);

CREATE TABLE effects (
	seq           BIGINT           GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	id            TEXT COLLATE "C" NOT NULL UNIQUE,
	ticket        TEXT COLLATE "C" NOT NULL,
	channel       TEXT COLLATE "C" NOT NULL,
	kind          TEXT COLLATE "C" NOT NULL,
	due           TIMESTAMPTZ      NOT NULL,
	attempts      BIGINT           NOT NULL DEFAULT 0,
	claimed_by    TEXT             NOT NULL DEFAULT '',
	claimed_until TIMESTAMPTZ,
	problem       TEXT             NOT NULL DEFAULT '',
	done          TIMESTAMPTZ,
	dead          TIMESTAMPTZ,
	body          JSON             NOT NULL
);
CREATE INDEX effects_ticket ON effects (ticket, seq);
CREATE INDEX effects_due ON effects (due, seq) WHERE done IS NULL AND dead IS NULL;
CREATE INDEX effects_order ON effects (ticket, channel, seq) WHERE done IS NULL AND dead IS NULL;
CREATE INDEX effects_dead ON effects (dead, seq) WHERE dead IS NOT NULL;

-- +goose StatementBegin
CREATE FUNCTION only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION '% only grows', TG_TABLE_NAME;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON ticket_timeline
	EXECUTE FUNCTION only_grows();
CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON ticket_ledger
	EXECUTE FUNCTION only_grows();
CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON outage_ledger
	EXECUTE FUNCTION only_grows();
