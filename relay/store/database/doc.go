// Package database keeps one SQLite file usable: it opens it as a file of its
// owner's alone, brings its tables to the latest version, checks that it is
// sound, replaces it with what can be salvaged when it is not, notices when the
// file is not in its place any more, and says in one word why it cannot be used.
// What the tables hold is not its affair: the caller describes them in a Schema,
// of which it needs only a table meta of keys and integers.
//
// # Concurrency
//
// A Conn is the one connection that writes, and used by one goroutine at a time.
// A Pool holds the connections that read and is safe for concurrent use.
//
// # Ownership
//
// The package owns the file, its -wal and -shm companions, and beside it only
// what ends in .check (the mark of damage), .fresh (the database that replaces a
// damaged one), .try (a test of the disk) and .damaged-TIME (a database that was
// set aside). Whoever opens a Conn or a Pool closes it. There is no lock against a
// second process: the caller holds the one on the data folder.
package database
