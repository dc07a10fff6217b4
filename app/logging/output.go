package logging

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"strconv"
	"sync"
	"time"
)

// Bounds of an Output.
const (
	streamRoom = 256 << 10              // bytes that wait for a standard stream; more are dropped
	flushLimit = 500 * time.Millisecond // how long Close waits for the last lines
	maxLine    = 16 << 10               // bytes of one line; the rest is cut off
)

// Output writes to a stream or file that may block, fail or go away, such as
// standard error, without ever making its caller wait: lines pass through a
// bounded buffer, and are dropped and counted when it is full. How many were
// dropped is said once the stream takes something again. It is safe for
// concurrent use.
type Output struct {
	OutputOptions

	mu     sync.Mutex
	queue  []queuedLine
	size   int // bytes in queue
	lost   int // lines dropped since the last one that was queued
	closed bool
	err    error       // the first failure that nobody was told of
	failed func(error) // told when a run of failures begins; nil: nobody yet

	wake chan struct{} // holds a value when queue or closed has changed
	done chan struct{} // closed when the writing goroutine has ended
}

// queuedLine is a line, and how many lines were dropped just before it.
type queuedLine struct {
	text []byte
	lost int
}

// OutputOptions say where an output writes. To and Note are required.
type OutputOptions struct {
	To   io.Writer             // used by one goroutine
	Note func(lost int) []byte // the line that says how many were dropped
	Room int                   // bytes that may wait; zero: streamRoom
	End  func()                // called by that goroutine after the last line; nil is allowed
}

// NewOutput returns an Output. The caller closes it.
func NewOutput(opts OutputOptions) *Output {
	if opts.Room == 0 {
		opts.Room = streamRoom
	}
	o := &Output{OutputOptions: opts, wake: make(chan struct{}, 1), done: make(chan struct{})}
	go o.run()
	return o
}

// AsOutput returns to itself if it is an Output already, and else a new one, whose
// note is that. The caller closes it.
func AsOutput(to io.Writer, note func(lost int) []byte) *Output {
	if o, ok := to.(*Output); ok {
		return o
	}
	return NewOutput(OutputOptions{To: to, Note: note})
}

// Write implements io.Writer. It returns at once and never fails.
func (o *Output) Write(p []byte) (int, error) {
	text := bytes.Clone(p[:min(len(p), maxLine)])
	if len(text) < len(p) {
		text = append(text, "…\n"...)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed || o.size+len(text) > o.Room {
		o.lost++
		return len(p), nil
	}
	o.queue = append(o.queue, queuedLine{text, o.lost})
	o.size += len(text)
	o.lost = 0
	o.signal()
	return len(p), nil
}

func (o *Output) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// onFailure sets the function that is called when the stream begins to fail. It
// is called at once if the stream fails already. It may write to this output.
func (o *Output) onFailure(failed func(error)) {
	o.mu.Lock()
	o.failed = failed
	err := o.err
	o.err = nil
	o.mu.Unlock()
	if err != nil {
		failed(err)
	}
}

// Close waits for the last lines to be written, for half a second at most. A second
// call does nothing more. It returns nil. A write that hangs in the system is interrupted where
// the system can do that; elsewhere it ends with the process.
func (o *Output) Close() error {
	o.mu.Lock()
	o.closed = true
	o.signal()
	o.mu.Unlock()
	select {
	case <-o.done:
		return nil
	case <-time.After(flushLimit):
	}
	if file, ok := o.To.(interface{ SetWriteDeadline(at time.Time) error }); ok && file.SetWriteDeadline(time.Now()) == nil {
		<-o.done
	}
	return nil
}

// CloseOutputs closes outputs side by side, since each may take half a second.
func CloseOutputs(outputs ...*Output) {
	var group sync.WaitGroup
	for _, o := range outputs {
		group.Go(func() { _ = o.Close() })
	}
	group.Wait()
}

// run writes what is queued until the output is closed and empty.
func (o *Output) run() {
	defer close(o.done)
	if o.End != nil {
		defer o.End()
	}
	w := streamWriter{to: o.To, note: o.Note}
	for {
		line, ok := o.next()
		if !ok {
			return
		}
		began, err := w.write(line)
		if !began {
			continue
		}
		o.mu.Lock()
		failed := o.failed
		if failed == nil {
			o.err = err
		}
		o.mu.Unlock()
		if failed != nil {
			failed(err)
		}
	}
}

// next waits for a line; ok is false after the last one of a closed output.
func (o *Output) next() (line queuedLine, ok bool) {
	for {
		o.mu.Lock()
		switch {
		case len(o.queue) > 0:
			line, o.queue = o.queue[0], o.queue[1:]
			o.size -= len(line.text)
			o.mu.Unlock()
			return line, true
		case o.closed && o.lost > 0:
			line.lost, o.lost = o.lost, 0
			o.mu.Unlock()
			return line, true
		case o.closed:
			o.mu.Unlock()
			return line, false
		}
		o.mu.Unlock()
		<-o.wake
	}
}

// streamWriter writes lines to a stream that may fail for a while. It counts
// the lines that are lost, and writes the count before the next line that the
// stream takes.
type streamWriter struct {
	to      io.Writer
	note    func(lost int) []byte
	lost    int
	failing bool
	midline bool // the stream ends in the middle of a line
}

// write writes line, and reports whether a run of failures begins with it.
func (w *streamWriter) write(line queuedLine) (began bool, err error) {
	w.lost += line.lost
	if w.lost > 0 {
		if err = w.put(w.note(w.lost)); err == nil {
			w.lost = 0
		}
	}
	if err == nil {
		err = w.put(line.text)
	}
	if err != nil && len(line.text) > 0 {
		w.lost++
	}
	began = err != nil && !w.failing
	w.failing = err != nil
	return began, err
}

func (w *streamWriter) put(text []byte) error {
	if len(text) == 0 {
		return nil
	}
	if w.midline {
		text = append([]byte{'\n'}, text...)
	}
	n, err := w.to.Write(text)
	if n > 0 {
		w.midline = n < len(text)
	}
	return err
}

// LostLogLines returns a log line that says how many lines were dropped.
func LostLogLines(lost int) []byte {
	return logLine(slog.LevelWarn, "log lines were dropped here", "lines", lost)
}

// LostLines returns the same for a person to read, as among the lines that the demo prints.
func LostLines(lost int) []byte {
	return []byte("(" + strconv.Itoa(lost) + " lines were dropped here)\n")
}

// logLine is one line in the form of the log.
func logLine(level slog.Level, msg string, args ...any) []byte {
	var line bytes.Buffer
	record := slog.NewRecord(time.Now(), level, msg, 0)
	record.Add(args...)
	_ = slog.NewTextHandler(&line, nil).Handle(context.Background(), record) // a buffer takes everything
	return line.Bytes()
}
