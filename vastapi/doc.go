// Package vastapi is a client of Vast.ai's notification API: who the key
// belongs to, the catalogue of notification types, webhooks and their signing
// secrets, preferences (read only) and the inbox.
//
// The vendor describes the API at https://docs.vast.ai/api-reference/introduction
// and https://docs.vast.ai/api-reference/notifications/ . Where its pages and
// the live service are known to disagree, the client accepts both.
//
// # Pacing and retries
//
// Vast.ai asks for a minimum gap between two calls of the same endpoint
// (https://docs.vast.ai/api-reference/rate-limits-and-errors). The client sends
// one call at a time and leaves that gap per route, whatever the method. Calls
// that are safe to repeat are tried up to four times. Creating a webhook and
// rotating its secret are not safe to repeat: a failure that leaves open whether
// they were carried out is returned with Error.Unclear set, for the caller to
// look at what is listed.
//
// # Concurrency
//
// A Client is safe for concurrent use. It starts no goroutine of its own; its
// idle connections are closed by Close.
//
// # Ownership
//
// The package imports nothing else of this program. The API key and webhook
// secrets are held in types that print as a marker, travel in headers and
// answers only, and never reach an error or a log.
package vastapi
