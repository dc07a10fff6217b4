//go:build !windows

package launch

// onSessionEnd does nothing: the end of a session comes as a signal, to which the
// whole program stops, or through the toolkit.
func onSessionEnd(func()) (forget func()) { return func() {} }
