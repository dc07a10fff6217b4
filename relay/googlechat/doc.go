// Package googlechat renders Vast.ai events as Google Chat messages and posts
// them through incoming webhooks, one HTTP request per attempt.
//
// A Sender implements relay.Sender: it carries one message once and says what
// became of it. Retries, pacing and memory belong to the lane that calls it.
// Event text is untrusted: it reaches Chat with its words, numbers and links to
// Vast.ai intact and everything else (mentions, markup, HTML, links to other
// places, invisible controls) defused.
//
// # Concurrency
//
// A Sender is safe for concurrent use. It starts no goroutine of its own; the
// connections that its transport keeps idle are closed by Close.
//
// # Ownership
//
// The webhook URL is a credential: whoever holds it can post. It lives in the
// keyring; here it is held in memory, in a type that prints as a marker, and
// it is stripped from every error, result and log line.
//
// The vendor's pages:
// https://developers.google.com/workspace/chat/quickstart/webhooks and
// https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages/create .
package googlechat
