// Package uitest plays the program for tests of windows: a Program that answers
// from its fields, and scenes of it in every state. Only tests import it.
//
// # Concurrency
//
// Methods of Program may be called from any goroutine. Mu guards its fields.
//
// # Ownership
//
// A Program belongs to the test that made it.
package uitest
