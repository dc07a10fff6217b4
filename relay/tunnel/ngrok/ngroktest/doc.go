// Package ngroktest is a stand-in for the ngrok service: an edge that ngrok's
// unmodified Go SDK connects to, and a public HTTPS side that any http.Client
// can send requests to. It is for tests.
//
// It is a server, not a mock: tokens are checked, a name that is online cannot
// be bound again, a bind token takes a name over from its dead connection, a
// name that is offline answers 404 as the real service does. What the real
// service does on a bad day is a method of Edge: refuse, hang, cut, swallow
// every packet, stop an agent from the dashboard, assign another name.
//
// # Protocol
//
// An agent connects by TCP and TLS and multiplexes streams over it with muxado
// (https://pkg.go.dev/golang.ngrok.com/muxado/v2). Each stream begins with a
// type; most carry one JSON object each way. A stream of type Proxy carries one
// connection of the public side to the agent.
//
// # Concurrency and ownership
//
// All methods of Edge may be called from any goroutine. The Edge owns two
// loopback listeners and everything that they accepted; Close ends all of it
// and waits.
package ngroktest
