package store

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
