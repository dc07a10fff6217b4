// Package tunnel defines how the relay gets a public HTTPS address: a Vendor
// describes one way, with its settings, and makes a Provider. The package also has
// the parts that vendors share: the HTTP server with its limits, the Runner that makes
// one attempt after another with its pauses, and the reports of a link.
//
// Each vendor is a package below this one: ngrok runs ngrok's SDK inside the
// process, tunnelmole speaks the protocol of that service, cloudflared runs
// Cloudflare's program as a child process, ownurl serves a local port behind an
// address that the person provides.
// The program lists them in app/factories.go.
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
