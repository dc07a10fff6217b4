package store

// schema3 makes room for a full-text index and for payloads that go before
// their events do.
//
// Payloads have a table of their own, so that removing the oldest ones frees
// whole pages, and so that reading what a list shows never passes over them.
//
// search is an index over texts that it does not keep. Its documents are
// blocks of blockSize events with adjoining numbers: the words of Vast.ai's
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
