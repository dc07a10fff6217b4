// Package proxy connects the program with the outside world: directly, or
// through the proxy that HTTPS_PROXY names or a person has chosen, unless NO_PROXY
// exempts the host. Hosts on this computer are always connected directly.
//
// # Concurrency
//
// A Dialer may be used from any goroutine. It starts nothing that outlives a
// call.
//
// # Ownership
//
// The package holds the proxy's credentials and shows them to the proxy alone:
// no error holds them. Connections belong to the caller.
package proxy
