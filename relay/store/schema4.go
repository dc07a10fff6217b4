package store

// schema4 gives what arrives a place of its own to wait in. A row of arrivals
// holds all events that were accepted with one sync, in the form of
// appendArrival; what belongs to an event is entered into the other tables
// behind the accept path, in the order of num. Rows under negative numbers
// could not be entered and are kept for a person to look at.
const schema4 = `
CREATE TABLE arrivals (
	num   INTEGER PRIMARY KEY,
	batch BLOB    NOT NULL
) STRICT;
`
