// Package store is the durable memory of Vast Relay: one SQLite database with
// the events, the ids that were ever seen, the posts made of them, every
// attempt at posting, the destinations and the person's pause. It implements
// relay.Store, relay.Archive and relay.History.
//
// # Durability
//
// A method that writes returns nil only after the transaction that holds its
// change was committed and synced: the write-ahead log is synced before every
// commit returns (synchronous=FULL), on macOS past the drive's own cache too.
// An event whose Accept returned therefore survives kill -9 and a power cut.
// Sources: https://www.sqlite.org/pragma.html#pragma_synchronous and
// https://www.sqlite.org/wal.html .
//
// # Concurrency
//
// Every method of Store is safe for concurrent use. One goroutine writes, over
// one connection: it takes all requests that are waiting, runs them in a
// single transaction, and answers each after the one sync they share (group
// commit). Nobody waits for company: a lone request is committed at once. A
// request that fails is undone alone. Reads use connections of their own and
// neither block writing nor wait for it; a read sees everything whose write
// has returned.
//
// # Ownership
//
// Open starts the writing goroutine, Close ends it and waits. The store owns
// the file, its -wal and -shm companions, and nothing else in the folder but
// the copies of damaged databases that it sets aside. It takes no lock of its
// own against a second process: whoever opens the store holds the lock on the
// data folder.
//
// # Units
//
// Times are kept as microseconds since 1970 in UTC, so a time that is read
// back is cut to the microsecond; a zero time is NULL, or 0 in not_before.
// Durations are kept in nanoseconds.
package store
