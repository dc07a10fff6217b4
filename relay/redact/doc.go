// Package redact masks secrets in texts and log records: logs, error texts,
// exports, and what vendors answer.
//
// It is the last of several defences. Secrets are relay.Secret, which prints as
// a marker, and errors are stripped where they arise; a Redactor catches what
// slipped through all the same, by the values that it was told and by the
// shapes that credentials are known to have.
//
// # Concurrency
//
// A Redactor and its handlers are safe for concurrent use.
//
// # Ownership
//
// A Redactor holds the values that it was told as long as it lives and never gives
// one out. The package starts no goroutines.
package redact
