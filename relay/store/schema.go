package store

import (
	"vastrelay/relay/store/database"
)

// schema is all that package database has to know of the tables. What searches
// need is not copied from a damaged database but made anew from the events.
func schema() database.Schema {
	return database.Schema{
		Steps: []string{schema1, schema2, schema3, schema4, schema5, schema6, schema7, schema8, schema9},
		Tables: []database.Table{
			{Name: "arrivals", Order: "num", Later: true},
			{Name: "event_ids", Order: "num"},
			{Name: "bodies", Order: "hash", Later: true},
			{Name: "events", Order: "num"},
			{Name: "payloads", Order: "num", Former: "SELECT num, payload, NULL FROM events"},
			{Name: "destinations", Order: "space"},
			{Name: "posts", Order: "id"},
			{Name: "post_events", Order: "post, position"},
			{Name: "attempts", Order: "id"},
			{Name: "gaps", Order: "id"},
			{Name: "meta", Order: "key"},
		},
		// Rows whose counterparts could not be read go, and what is derived is
		// made to follow from what is left.
		Repair: []string{
			`DELETE FROM events WHERE num NOT IN (SELECT num FROM event_ids)`,
			`DELETE FROM payloads WHERE num NOT IN (SELECT num FROM events)`,
			`DELETE FROM post_events WHERE event NOT IN (SELECT num FROM events) OR post NOT IN (SELECT id FROM posts)`,
			`DELETE FROM posts WHERE id NOT IN (SELECT post FROM post_events)`,
			`DELETE FROM attempts WHERE post NOT IN (SELECT id FROM posts)`,
			`UPDATE events SET (fate, may_repeat) = ` + derived + `
				WHERE num IN (SELECT num FROM event_ids WHERE verdict = 'accepted')`,
		},
	}
}

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

// schema2 lets urgent posts go first and finds dead letters without a search.
// posts.urgent is what relay.KindOf says of the post's events, of a digest's
// if it says so of any; the step knows the types that were urgent when it was
// written, since open posts of an older version have no mark.
const schema2 = `
ALTER TABLE posts ADD COLUMN urgent INTEGER NOT NULL DEFAULT 0;
UPDATE posts SET urgent = 1 WHERE (state = 'waiting' OR state = 'sending') AND EXISTS (
	SELECT 1 FROM post_events m JOIN events e ON e.num = m.event WHERE m.post = posts.id
		AND e.type IN ('outbid', 'upcoming_downtime', 'instance_offline', 'low_credit', 'billing_failed'));
DROP INDEX posts_open;
CREATE INDEX posts_open ON posts (space, state, urgent DESC, id, not_before, created_at)
	WHERE state = 'waiting' OR state = 'sending';
CREATE INDEX posts_dead ON posts (id) WHERE state = 'dead';
`

// schema3 makes room for a full-text index and for payloads that go before
// their events do.
//
// Payloads have a table of their own, so that removing the oldest ones frees
// whole pages, and so that reading what a list shows never passes over them.
//
// search is an index over texts that it does not keep. Its documents are
// blocks of fulltext.BlockSize events with adjoining numbers: the words of Vast.ai's
// texts recur, so that a block costs hardly more than an event, a tenth of an
// index by event. It keeps which trigrams occur in a block and no positions;
// the few blocks it names are looked through row by row. Merging is done by
// the indexer when nobody waits, never within an insertion. Source:
// https://www.sqlite.org/fts5.html .
//
// search_terms lists the trigrams that occur.
//
// search_blocks lists the blocks in the index, in which nothing is missing up
// to the highest one. oldest is the earliest arrival in the block, latest the
// latest in it or any block before.
const schema3 = `
CREATE TABLE payloads (
	num  INTEGER PRIMARY KEY,
	body BLOB
) STRICT;
INSERT INTO payloads SELECT num, payload FROM events WHERE payload IS NOT NULL;
ALTER TABLE events DROP COLUMN payload;

CREATE VIRTUAL TABLE search USING fts5(text, content = '', contentless_delete = 1, detail = none,
	tokenize = 'trigram case_sensitive 1');
INSERT INTO search (search, rank) VALUES ('automerge', 0);
INSERT INTO search (search, rank) VALUES ('crisismerge', 1000);
CREATE VIRTUAL TABLE search_terms USING fts5vocab(search, row);
CREATE TABLE search_blocks (
	block  INTEGER PRIMARY KEY,
	oldest INTEGER NOT NULL,
	latest INTEGER NOT NULL
) STRICT;
`

// schema4 gives what arrives a place of its own to wait in. A row of arrivals
// holds all events that were accepted with one sync, in the form that
// journal.Journal.Append writes; what belongs to an event is entered into the other tables
// behind the accept path, in the order of num. Rows under negative numbers
// could not be entered and are kept for a person to look at.
const schema4 = `
CREATE TABLE arrivals (
	num   INTEGER PRIMARY KEY,
	batch BLOB    NOT NULL
) STRICT;
`

// schema5 remembers the bodies of events whose id is not signed. The header that
// names such an event can be changed by anybody on the way, so a delivery with
// the same body is the same event for bodyMemory, whatever its header says. hash
// is the event's BodyID, id the one under which it was first seen at seen_at.
//
// It also lets every space have cards again. Earlier versions noted that a space
// refuses them when its threads were refused; where it really does, that is found
// out again with the next event.
const schema5 = `
CREATE TABLE bodies (
	hash    TEXT    PRIMARY KEY,
	id      TEXT    NOT NULL,
	seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX bodies_by_time ON bodies (seen_at);
UPDATE destinations SET refuses_cards = 0;
`

// schema6 says of a gap whether what was sent meanwhile may be lost, how many
// events of that time were fetched from Vast.ai's inbox, and when the event that
// tells of it was put on disk. No earlier version has written a gap.
const schema6 = `
ALTER TABLE gaps ADD COLUMN may_lose INTEGER NOT NULL DEFAULT 0;
ALTER TABLE gaps ADD COLUMN caught_up INTEGER NOT NULL DEFAULT 0;
ALTER TABLE gaps ADD COLUMN told_at INTEGER;
`

// schema7 marks the events that no delivery brought.
const schema7 = `ALTER TABLE events ADD COLUMN caught_up INTEGER NOT NULL DEFAULT 0;`

// schema8 notes which events a person has read. All up to the number under
// read_up_to in meta count as read, so that marking everything is one write however
// many there are; seen marks those beyond that were read one by one. What is there
// when the step runs counts as read.
const schema8 = `
ALTER TABLE events ADD COLUMN seen INTEGER NOT NULL DEFAULT 0;
INSERT OR REPLACE INTO meta (key, value) SELECT 'read_up_to', MAX(num) FROM event_ids HAVING MAX(num) > 0;
`

// schema9 keeps the headers of a delivery with its payload, as a list in JSON.
const schema9 = `ALTER TABLE payloads ADD COLUMN headers TEXT;`
