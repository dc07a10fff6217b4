// Package config reads and writes the settings file, and reads the environment of
// a run.
//
// FromEnv passes credentials on as relay.Secret; this package never writes one.
// Settings that were restored from the last good copy of their file, or lost
// without one, are Unconfirmed until a person saves them.
//
// # Concurrency
//
// Config is safe for concurrent use. All other functions keep no state.
//
// # Ownership
//
// A settings file belongs to the process that holds the lock on its folder. The
// package starts no goroutine but that of ReadInput, which ends with the read.
package config
