package store

import "vastrelay/relay/store/database"

// What can be wrong with the database is told in the words of package database.
type (
	// Damage tells what Open found and did.
	Damage = database.Damage
	// NewerError says that a newer version of the program made the database.
	NewerError = database.NewerError
	// Reason says in one word why the store cannot be used.
	Reason = database.Reason
	// UnavailableError says that the store cannot be used just now, and why.
	UnavailableError = database.UnavailableError
)

// The reasons.
const (
	ReasonFull     = database.ReasonFull
	ReasonReadOnly = database.ReasonReadOnly
	ReasonDenied   = database.ReasonDenied
	ReasonDamaged  = database.ReasonDamaged
	ReasonMoved    = database.ReasonMoved
	ReasonClosed   = database.ReasonClosed
	ReasonOther    = database.ReasonOther
)

// ReasonOf returns the reason inside err, or "" when err does not mean that
// the store cannot be used.
func ReasonOf(err error) Reason { return database.ReasonOf(err) }
