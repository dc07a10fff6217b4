// Package cloudflaredtest is a stand-in for Cloudflare's program cloudflared: an
// executable that takes the same options, logs the same lines, serves the same
// metrics pages and ends in the same ways, without Cloudflare.
//
// The executable is the test binary itself under another name, so TestMain of the
// package under test has to begin with
//
//	if cloudflaredtest.Called() {
//		os.Exit(cloudflaredtest.Main())
//	}
//
// # Concurrency
//
// A Program may be used from any goroutine.
//
// # Ownership
//
// Install makes a folder that the test removes. Processes belong to whoever starts
// them.
package cloudflaredtest
