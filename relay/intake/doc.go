// Package intake receives the deliveries of Vast.ai, verifies them and has them
// stored.
//
// The Receiver is an http.Handler that answers 2xx only after the Store has the
// event on disk. It refuses for good only what is the sender's fault; trouble of
// our own, and all that time may settle, is answered so that Vast.ai delivers
// again.
//
// A Clock decides whether a delivery is late. It asks several witnesses, and relies
// on none of them alone. The Verifier holds the secrets of the
// webhooks, the only credentials that come here.
//
// # What is counted
//
// Receiver.Refused counts refused requests by code, Receiver.Refusals lists the
// latest of them. Late and unreadable deliveries are stored under their verdict.
// What the package keeps in memory is bounded, whatever arrives.
//
// # Concurrency
//
// Every exported type is safe for concurrent use. The only goroutines of the
// package ask the witnesses of a Clock; Measure waits for them.
package intake
