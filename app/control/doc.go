// Package control is the private socket of the running copy, in its data folder:
// by it a second start finds that copy, and commands speak to it. It carries what
// is asked and answered, and knows the meaning of none of it.
//
// # The protocol
//
// A connection serves one exchange. The caller begins with one line of JSON, of at
// most 64 KiB, within two seconds.
//
// A second start sends a Request and gets one line, an Answer.
//
// A command is called with
//
//	{"protocol":1,"command":"events","args":{…}}
//
// and answered with lines that hold one JSON object each, with one member at most:
//
//	{"item":…}      a part of the result, such as one step of a test
//	{"chunk":"…"}   bytes of a file, in base64
//	{}              nothing new; sent when nothing else was for three seconds
//	{"result":…}    the last line: it is done
//	{"failure":{…}} the last line: it is not done, and why; see Failure
//
// A line of an answer has at most 16 MiB. The caller cancels a command by closing
// the connection. The running copy does so when it stops, without a last line.
// Members that are not known are ignored; a protocol of a higher number is refused.
//
// # Who may speak
//
// The socket has mode 0600 in a folder of mode 0700. In addition both sides ask the
// system who is at the other end: the running copy answers its own user and root
// alone, and a command believes its own user alone, unless it runs as root. Windows
// cannot tell the peer of a socket; there the access control list of the folder
// holds, which for %LOCALAPPDATA% names the user, the administrators and the system.
//
// # Concurrency
//
// Serve owns the goroutines that it starts and returns after all have ended. A Reply
// belongs to the goroutine of its command.
//
// # Ownership
//
// The socket belongs to the holder of the lock on the data folder; Serve is called
// only while the lock is held.
package control
