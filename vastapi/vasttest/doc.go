// Package vasttest is a stand-in for Vast.ai's notification API: accounts and
// keys with scopes, webhooks with their limits and exact texts, the rate
// limiter, the synchronous test call, and signed deliveries with retries. It
// refuses what the real service refuses and misbehaves on request.
//
// It follows https://docs.vast.ai/api-reference/notifications/ and
// https://docs.vast.ai/guides/reference/notification-webhooks . Texts that
// these pages do not give are marked as invented where they stand.
//
// Tests use it, and the demo; therefore nothing here needs package testing.
// Everything that makes it misbehave is a Go method, never a request.
//
// # Concurrency
//
// A Server is safe for concurrent use. Close ends its goroutines and the
// deliveries under way, and waits for them.
//
// # Ownership
//
// A Server owns its listener and its state, which lives in memory only.
package vasttest
