// Package logging writes the program's log without ever delaying whoever logs.
//
// An Output passes lines on to a stream or a file that may block, fail or go away:
// they wait in a bounded buffer, and are dropped and counted when it is full. Open
// makes the log of the program, which goes to a file that is replaced when it is full
// and to standard error, with every secret masked.
//
// An Output is safe for concurrent use. It owns one goroutine, which ends with Close.
package logging
