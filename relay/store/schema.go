package store

// steps are the migrations: steps[i] brings a database from version i to
// version i+1. A released step is never changed; a new one is appended.
var steps = [...]string{schema1, schema2, schema3, schema4, schema5}

// schema1 is the first schema.
//
// event_ids outlives events: an id that was ever seen is known after its
// payload and row are gone. Events and posts refer to each other by small
// integers; the long id of Vast.ai is kept once and indexed once.
//
// events.fate and events.may_repeat repeat what follows from the event's
// posts, so that lists need no join; every transaction that changes a post's
// state or may_repeat writes them again. events.folded is NULL for texts that
// are plain ASCII, which LIKE compares without regard to case by itself, and
// else the folded subject and message. payload comes last, so that reading
// the other columns never touches its overflow pages.
//
// post_events and attempts cascade, because removing a post means that its
// members have moved into another one or are no longer kept at all.
const schema1 = `
CREATE TABLE event_ids (
	num        INTEGER PRIMARY KEY,
	id         TEXT    NOT NULL UNIQUE,
	verdict    TEXT    NOT NULL,
	first_seen INTEGER NOT NULL
) STRICT;

CREATE TABLE events (
	num         INTEGER PRIMARY KEY REFERENCES event_ids (num),
	context     TEXT    NOT NULL,
	type        TEXT    NOT NULL,
	user_id     INTEGER NOT NULL,
	occurred_at INTEGER,
	received_at INTEGER NOT NULL,
	stored_at   INTEGER NOT NULL,
	delivery    INTEGER NOT NULL,
	fate        TEXT    NOT NULL,
	may_repeat  INTEGER NOT NULL DEFAULT 0,
	subject     TEXT    NOT NULL,
	message     TEXT    NOT NULL,
	folded      TEXT,
	payload     BLOB
) STRICT;
CREATE INDEX events_by_time ON events (received_at);
CREATE INDEX events_by_type ON events (type, received_at);
CREATE INDEX events_by_fate ON events (fate, received_at);

CREATE TABLE destinations (
	space         TEXT    PRIMARY KEY,
	label         TEXT    NOT NULL,
	ids           TEXT    NOT NULL,
	refuses_ids   INTEGER NOT NULL,
	refuses_cards INTEGER NOT NULL,
	parked_since  INTEGER,
	park_reason   TEXT    NOT NULL,
	park_detail   TEXT    NOT NULL,
	probe_at      INTEGER,
	unauthorized  INTEGER NOT NULL,
	hold_until    INTEGER,
	hold_step     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE posts (
	id           INTEGER PRIMARY KEY AUTOINCREMENT,
	space        TEXT    NOT NULL,
	kind         TEXT    NOT NULL,
	state        TEXT    NOT NULL,
	message_id   TEXT    NOT NULL DEFAULT '',
	rung         TEXT    NOT NULL DEFAULT '',
	may_repeat   INTEGER NOT NULL DEFAULT 0,
	not_before   INTEGER NOT NULL DEFAULT 0,
	tries        INTEGER NOT NULL DEFAULT 0,
	answers      INTEGER NOT NULL DEFAULT 0,
	first_answer INTEGER,
	created_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX posts_open ON posts (space, state, id, not_before, created_at)
	WHERE state = 'waiting' OR state = 'sending';

CREATE TABLE post_events (
	post     INTEGER NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
	position INTEGER NOT NULL,
	event    INTEGER NOT NULL REFERENCES events (num),
	PRIMARY KEY (post, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX post_events_by_event ON post_events (event);

CREATE TABLE attempts (
	id          INTEGER PRIMARY KEY AUTOINCREMENT,
	post        INTEGER NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
	number      INTEGER NOT NULL,
	rung        TEXT    NOT NULL,
	started_at  INTEGER NOT NULL,
	ended_at    INTEGER,
	outcome     TEXT    NOT NULL DEFAULT '',
	status      INTEGER NOT NULL DEFAULT 0,
	reason      TEXT    NOT NULL DEFAULT '',
	detail      TEXT    NOT NULL DEFAULT '',
	name        TEXT    NOT NULL DEFAULT '',
	thread      TEXT    NOT NULL DEFAULT '',
	replayed    INTEGER NOT NULL DEFAULT 0,
	retry_after INTEGER NOT NULL DEFAULT 0,
	took        INTEGER NOT NULL DEFAULT 0,
	may_repeat  INTEGER NOT NULL DEFAULT 0,
	UNIQUE (post, number)
) STRICT;
CREATE UNIQUE INDEX attempts_open ON attempts (post) WHERE ended_at IS NULL;

CREATE TABLE gaps (
	id         INTEGER PRIMARY KEY,
	started_at INTEGER NOT NULL,
	ended_at   INTEGER,
	reason     TEXT    NOT NULL
) STRICT;
CREATE INDEX gaps_by_time ON gaps (started_at);

CREATE TABLE meta (
	key   TEXT PRIMARY KEY,
	value INTEGER
) STRICT, WITHOUT ROWID;
`
