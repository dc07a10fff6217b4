// Package config holds what a person or an operator chooses and that is not
// kept secret: the settings file, the data folder it lies in, and the
// environment of a run.
//
// Credentials pass through FromEnv as relay.Secret and are never written by
// this package.
//
// A File keeps its last good copy beside it, and what a newer version of the
// program wrote into it. Settings that come from the copy, or from nowhere
// although there were some, are Unconfirmed until a person saves them.
//
// # Concurrency
//
// Config and File are safe for concurrent use. Everything else is a pure
// function or works on what it is given.
//
// # Ownership
//
// A settings file belongs to the one process that holds the lock on its
// folder; two processes that write the same file are not reconciled. The
// package starts no goroutines.
package config
