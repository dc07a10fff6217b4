// Package tunnel gives the relay a public HTTPS address. Each way to get one
// is a Provider: Ngrok runs ngrok's SDK inside the process, OwnURL serves a
// local port behind an address that the person provides.
//
// # Concurrency
//
// A Provider runs once at a time. Its Run blocks and calls report from one
// goroutine only; Restart may be called from any goroutine.
//
// # Ownership
//
// A Provider owns its connections, its HTTP server and its retries, and has
// ended all of them when Run returns. The ngrok SDK cannot be interrupted while
// it sleeps between two dials: up to a few seconds after Run returned, a
// goroutine of the SDK may still be asleep. It holds no connection, can open
// none and ends when it wakes.
//
// # Secrets
//
// No error, Link or log line holds the token: every text that comes from the
// SDK or the ngrok service passes the redaction first, and the original errors
// are not kept, so that unwrapping cannot reach them either.
package tunnel
