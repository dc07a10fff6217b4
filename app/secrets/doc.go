// Package secrets keeps credentials and webhook secrets: in the system keyring
// (Keyring), for this run only (Memory), in either of the two as things are
// (Fallback), or sealed with the API key in a file for machines without a keyring
// (Sealed).
//
// A system keyring can be missing, locked, without a collection to store in,
// or hang for ever. Keyring therefore looks before it calls, which never
// prompts, and bounds every call by a deadline.
//
// # Concurrency
//
// Every Vault is safe for concurrent use. None may be called on a goroutine
// that draws windows: a call can take as long as its deadline.
//
// # Ownership
//
// Keyring runs each call to the keyring in a goroutine of its own, one at a
// time. A call that outlives its deadline cannot be cancelled; its goroutine
// is abandoned and ends when the keyring answers or the process does. Until
// then the Keyring is Locked. Sealed owns its file; the caller holds the lock
// on the folder. Every value handed out is a relay.Secret.
package secrets
