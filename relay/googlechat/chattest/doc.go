// Package chattest is a stand-in for the Google Chat API as incoming webhooks
// see it: a real HTTP server on loopback that keeps spaces and messages in
// memory, refuses what the real one refuses, and misbehaves on request.
//
// It serves tests and the demo, so it knows nothing of package testing.
//
// # Fidelity
//
// Unknown JSON names and query parameters are refused with BadRequest details,
// sizes and the empty widget as the service does; widgets beyond 100 vanish
// silently; a button without an absolute link leaves the message blank under a
// 200; a space takes one message a second when Options.Pace is set; a 429 never
// has a Retry-After; a request id replays, a used message id collides; a thread
// key is scoped to its webhook and ignored without a reply option; error bodies
// are indented JSON from "ESF". Where the vendor documents nothing (the answer
// to a used message id or to a deleted space), what its API guide implies is
// played: https://google.aip.dev/193 .
//
// # Concurrency and ownership
//
// A Server is safe for concurrent use. New starts its listener; Close stops
// it, ends requests that hang, and waits for them.
package chattest
