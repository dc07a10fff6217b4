// Package sessionbus finds the D-Bus session bus of a Linux or BSD desktop
// without ever starting one, and follows it across its restarts. It is empty on
// other systems.
//
// # Concurrency
//
// Every function may be called from any goroutine. Follow blocks, and calls
// visit on its own goroutine only.
//
// # Ownership
//
// Each caller gets a connection of its own: signal matches that are left behind
// on the library's shared connection would reach other listeners there.
package sessionbus
