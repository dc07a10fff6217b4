// Package moletest is a stand-in for the Tunnelmole service: a WebSocket server
// that clients register at, and a public HTTPS side that any http.Client can send
// requests to. It is for tests.
//
// It is a server, not a mock, and has the weaknesses of the real one: it deletes
// registrations by client id, so that the late end of one connection takes away
// the name of the next; it assigns a name although it has just said that the name
// is taken; it loses the body of a POST without a Content-Type; it turns large
// and compressed bodies away; it never ends a request that a client does not
// answer. What the service does on a bad day is a method of Service.
//
// # Protocol
//
// A client connects by WebSocket and sends a message "initialise". The service
// answers with "hostnameAssigned", and passes each request on as a
// "forwardedRequest", which the client answers with a "forwardedResponse". All
// messages are JSON.
// Source: https://github.com/robbie-cahill/tunnelmole-client .
//
// # Concurrency and ownership
//
// All methods of Service may be called from any goroutine. The Service owns two
// loopback listeners and everything that they accepted; Close ends all of it and
// waits.
package moletest
