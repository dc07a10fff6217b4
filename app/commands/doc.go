// Package commands is the command line for the running copy: "vastrelay status",
// "vastrelay pause --for 1h". A command asks that copy over its private socket,
// where the same functions do it that the window calls, and prints the answer: for
// people as text, with --json for programs.
//
// # A command
//
// A command is one file. It says how it is called and what help it has, what the
// running copy does, and how the answer reads; and it has a line in list. The
// answer crosses the socket in the form that --json prints.
//
// # JSON
//
// With --json a command prints one JSON object, in English, whose members keep
// their names and meaning; members may be added. Times are after RFC 3339, and
// absent when unknown. A command that was not done prints an object with the
// member "error", see Problem, and the steps that it went until then.
//
// # Exit codes
//
// 0: done. 1: not done. 2: wrong use. 3: no running copy.
//
// # Concurrency and ownership
//
// Run is for one command in a process and writes to the streams of its Invocation
// from one goroutine. What Handlers returns is safe for concurrent use; it owns
// nothing.
package commands
