// Package ngrok is the tunnel that runs the SDK of https://ngrok.com inside the
// process.
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
