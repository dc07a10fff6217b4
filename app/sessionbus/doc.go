// Package sessionbus finds the D-Bus session bus of a Linux or BSD desktop
// without ever starting one, and follows it across its restarts. It is empty on
// other systems.
//
// # Concurrency
//
// Every function may be called from any goroutine. Follow blocks, and calls its
// visitor on its own goroutine only.
//
// # Ownership
//
// Connections are private to whoever gets them: signal matches that are left
// behind on the library's shared connection reach whoever else listens there.
package sessionbus
