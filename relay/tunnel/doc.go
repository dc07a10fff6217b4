// Package tunnel says what it takes to give the relay a public HTTPS address,
// and holds what all ways to get one share: the HTTP server with its limits, the
// rules for addresses, the pauses between attempts, and the reports of a link.
// Each way is a Provider in a package of its own, named after its vendor: ngrok
// runs ngrok's SDK inside the process, ownurl serves a local port behind an
// address that the person provides.
//
// # Concurrency
//
// A Provider runs once at a time. Its Run blocks and calls report from one
// goroutine only; Restart may be called from any goroutine.
//
// # Ownership
//
// A Provider owns its connections, its HTTP server and its retries, and has
// ended all of them when Run returns.
//
// # Secrets
//
// No error, Link or log line of a Provider holds a token.
package tunnel
