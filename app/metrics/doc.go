// Package metrics shows the state of a running program to machines: /health,
// /status as JSON and /metrics in the Prometheus text format.
//
// # Concurrency
//
// Server.Run blocks and owns the listener and its connections. The handler
// reads immutable snapshots and may serve any number of requests at once.
//
// # Ownership
//
// The package reads; it changes nothing, and it holds no secret but its own
// bearer token. It shows no event text and no path.
package metrics
