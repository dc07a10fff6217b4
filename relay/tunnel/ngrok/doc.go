// Package ngrok is the vendor ngrok (https://ngrok.com) of tunnels: it runs
// ngrok's SDK inside the process. Vendor describes it.
//
// # Concurrency
//
// A Tunnel runs once at a time; Restart may be called from any goroutine. All
// calls into the SDK that can hang run in goroutines of their own with a limit
// of time.
//
// # Ownership
//
// The SDK cannot be interrupted while it sleeps between two dials: up to a few
// seconds after Run returned, a goroutine of the SDK may still be asleep. It
// holds no connection, can open none and ends when it wakes.
//
// # Secrets
//
// Every text that comes from the SDK or the ngrok service is redacted first,
// and the original errors are not kept, so that unwrapping cannot reach them
// either.
package ngrok
