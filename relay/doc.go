// Package relay is the domain of Vast Relay: it takes signed deliveries from
// Vast.ai, proves them, puts each event on disk exactly once and carries it to
// Google Chat, surviving crashes at any point in between.
//
// # The path of one event
//
//	Receiver --verify--> Outbox.Accept --one synced transaction--> Store
//	                                        |
//	                  lane (one per space) <-+-- attempts --> Sender
//
// The Receiver is an http.Handler that answers 2xx only after the Outbox has
// the event on disk. The Outbox owns one lane per space; a lane sends at most
// one post a second and remembers every attempt before it is made.
//
// # Concurrency
//
// Every exported type is safe for concurrent use unless its comment says
// otherwise. Outbox.Run owns all goroutines of this package and returns only
// after they have ended.
//
// # Ownership
//
// The package declares the interfaces that it needs (Store, Sender) and
// imports none of its sub-packages, which implement them. It never sees a
// credential other than the webhook secrets handed to the Verifier.
package relay
