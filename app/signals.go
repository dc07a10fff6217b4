package app

import (
	"os"
	"os/signal"
	"syscall"
)

// stopSignals are the signals that stop the program as a person would: Windows
// sends SIGTERM when the console closes or the session ends. SIGHUP says that the
// terminal is gone, which nohup asks to ignore. SIGQUIT keeps its meaning: end at
// once, and show what everything was doing.
func stopSignals() []os.Signal {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	return signals
}

// surviveClosedPipes keeps the process alive when the reader of standard output
// or standard error goes away; a write there then fails like any other. The
// signal is received rather than ignored: programs that this one starts would
// ignore it, too.
func surviveClosedPipes() {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
}
