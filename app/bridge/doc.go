// Package bridge orders the parts of Vast Relay: secrets, then the public
// address, then the webhooks at Vast.ai, then relaying. It heals what breaks
// and publishes what a person should see as one Status.
//
// loop walks the hops in order; account, address, chatWatch, clockWatch,
// keyringWatch and prover each know one of them, and share what core holds. Other
// parts of the program tell it what happens through Reports; a person acts
// through the methods of Bridge.
//
// # Concurrency
//
// Bridge.Run owns every goroutine of the package and returns after all have
// ended. The goroutine of loop alone calls out to prove and mend the hops, one
// after the other, so that their order can be read from top to bottom; what is
// under no mutex belongs to it. A pass can be cancelled, and nobody else waits
// for it: reports and a person's calls go to small types with a mutex each, and
// Status reads the last snapshot, which is immutable. What a person asks for, such
// as a test, a check or a change of a webhook, is done on the goroutine that asks,
// with an API client of its own. No mutex is held while something is asked outside
// or a watcher is called, except for two of Bridge, changing and testing, which only
// make a person's calls wait for each other.
//
// # Ownership
//
// The bridge declares the parts that it drives as interfaces. It holds
// credentials only for as long as a part needs them and never publishes one.
package bridge
