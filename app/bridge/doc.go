// Package bridge orders the parts of Vast Relay: secrets, then the public
// address, then the webhooks at Vast.ai, then relaying. It heals what breaks
// and publishes what a person should see as one Status.
//
// # Concurrency
//
// Bridge.Run owns every goroutine of the package and returns after all have
// ended. Status may be called from any goroutine; snapshots are immutable.
//
// # Ownership
//
// The bridge declares the parts that it drives as interfaces. It holds
// credentials only for as long as a part needs them and never publishes one.
package bridge
