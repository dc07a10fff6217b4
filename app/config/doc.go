// Package config reads and writes the settings file, finds and protects the data
// folder, opens the files in it, and reads the environment of a run.
//
// FromEnv passes credentials on as relay.Secret; this package never writes one.
//
// A File keeps a copy of its last good content, and the members that a newer
// version of the program added. Settings that were restored from the copy, or
// lost without one, are Unconfirmed until a person saves them.
//
// # Concurrency
//
// Config and File are safe for concurrent use. All other functions keep no state.
//
// # Ownership
//
// A settings file belongs to the process that holds the lock on its folder. The
// package starts no goroutine but that of ReadInput, which ends with the read.
package config
