// Package webhooks keeps this program's webhooks at Vast.ai as they should be:
// one per role, with the address of the moment, the chosen types, and a
// signing secret that is known here.
//
// Plan is pure: it compares the desired webhooks with those that Vast.ai lists and
// with what is on disk, and says what to do. The Executor does it, one call at a
// time, in an order that survives a crash between any two steps: an intent is
// written to disk before a secret can change, and cleared only after the new secret
// was read back from where it is kept. An intent that is found at the next start
// means that the stored secret may not be valid any more; the secret is rotated
// again then.
//
// # Whose webhook
//
// A webhook is ours when it has the id that was kept, else our address, else
// our installation id in its name. No other webhook is ever changed or deleted
// unless a person chose it by Replace.
//
// # Concurrency
//
// An Executor is safe for concurrent use; its methods run one at a time. It
// starts no goroutine. Two Executors over the same records must not run at
// once.
//
// # Ownership
//
// The package declares what it needs of Vast.ai, of the keyring, of the record
// file and of the receiver as interfaces.
package webhooks
