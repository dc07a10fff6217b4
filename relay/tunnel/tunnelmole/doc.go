// Package tunnelmole is the vendor Tunnelmole (https://tunnelmole.com) of
// tunnels: a client of its own for the protocol of the service, inside the
// process. Vendor describes it.
//
// The client keeps one WebSocket connection to the service. It registers there,
// is told a public host name, and from then on gets each request for that name
// as a JSON message, which it answers with another.
// Source: https://github.com/robbie-cahill/tunnelmole-client (MIT).
//
// # Concurrency
//
// A Tunnel runs once at a time; Restart may be called from any goroutine. Each
// connection has one goroutine that reads, and one for each request that is
// being answered, of which there are at most mostRequests.
//
// # Ownership
//
// Run owns the connection, the HTTP server and all goroutines, and has ended
// them when it returns.
//
// # Secrets
//
// The service quotes the API key in some of its messages. Of a message of the
// service, only host names and redacted texts for people get into errors and logs.
package tunnelmole
