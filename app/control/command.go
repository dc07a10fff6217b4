package control

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// commandProtocol is the version of the exchange for commands. A change that an
// earlier version would misunderstand raises it.
const commandProtocol = 1

const (
	idleInterval = 3 * time.Second // between two lines of an answer, at most
	chunkSize    = 48 << 10        // bytes of a file in one line
	// writeTimeout is for a caller that takes no more of its answer. A person may read
	// it page by page.
	writeTimeout = 10 * time.Minute
)

// call is the line that asks for a command.
type call struct {
	Protocol int             `json:"protocol"`
	Command  string          `json:"command"`
	Args     json.RawMessage `json:"args,omitempty"`
	Language string          `json:"language,omitempty"`
}

// parseCall reads a line that asks for a command; ok is false for other lines.
func parseCall(line string) (c call, ok bool) {
	if json.Unmarshal([]byte(line), &c) != nil {
		return call{}, false
	}
	return c, c.Command != "" && c.Protocol > 0
}

// message is one line of an answer.
type message struct {
	Item    json.RawMessage `json:"item,omitempty"`
	Chunk   []byte          `json:"chunk,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Failure *Failure        `json:"failure,omitempty"`
}

// Failure says why a command was not done, as a health.Problem does.
type Failure struct {
	Code     string `json:"code,omitempty"` // of the condition; never changes
	Headline string `json:"headline"`
	Cause    string `json:"cause,omitempty"`
	Next     string `json:"next_step,omitempty"`
	Details  string `json:"details,omitempty"`
}

// Error returns the headline.
func (f *Failure) Error() string { return f.Headline }

// The codes of failures that this package makes itself. Their texts are for
// programs; whoever shows them to a person words them by the code.
const (
	CodeBusy           = "too_many_commands"
	CodeUnknownCommand = "unknown_command"
	CodeOtherProtocol  = "other_protocol"
	CodeInternal       = "internal"
)

// Command does what one command asks for, in the running copy. args are its
// arguments, which may be anything; parts of the answer go to r. It returns the
// result, to be written as JSON, or an error: a *Failure, or one that becomes a
// Failure with its text. ctx ends when the caller hangs up or the program stops;
// a Command then returns soon.
type Command func(ctx context.Context, args json.RawMessage, r *Reply) (result any, err error)

// command has the command of c done and answers conn.
func (s *server) command(ctx context.Context, conn net.Conn, c call) {
	r := &Reply{conn: conn, language: c.Language}
	do, known := s.handlers.Commands[c.Command]
	switch {
	case c.Protocol != commandProtocol:
		r.end(nil, &Failure{Code: CodeOtherProtocol, Headline: "The running copy speaks another protocol"})
		return
	case !known:
		r.end(nil, &Failure{Code: CodeUnknownCommand, Headline: "The running copy does not know this command"})
		return
	case !s.beginCommand(conn):
		r.end(nil, &Failure{Code: CodeBusy, Headline: "Too many commands are under way"})
		return
	}
	serveCommand(ctx, conn, r, func(ctx context.Context) (any, error) { return do(ctx, c.Args, r) })
}

// serveCommand calls do, keeps the caller informed meanwhile, and cancels do when
// the caller hangs up.
func serveCommand(ctx context.Context, conn net.Conn, r *Reply, do func(context.Context) (any, error)) {
	ctx, cancel := context.WithCancel(ctx)
	var group sync.WaitGroup
	defer group.Wait()
	defer func() { _ = conn.Close() }()
	defer cancel()
	if conn.SetReadDeadline(time.Time{}) != nil {
		return
	}
	group.Go(func() {
		_, _ = conn.Read(make([]byte, 1)) // A caller says nothing more: it has hung up, or does not keep to the protocol.
		cancel()
	})
	group.Go(func() { r.keepAlive(ctx) })
	result, err := do(ctx)
	if err != nil && ctx.Err() != nil {
		return // The end of the connection says it.
	}
	r.end(result, err)
}

// Reply takes the answer to one command.
type Reply struct {
	conn     net.Conn
	language string

	mu   sync.Mutex
	sent time.Time // when the last line was written
	err  error     // of the first line that could not be
}

// Language is the tag of the language in which the caller wants sentences; empty:
// it did not say.
func (r *Reply) Language() string { return r.language }

// Item sends one part of the result. The error says that the caller takes no more.
func (r *Reply) Item(part any) error {
	encoded, err := json.Marshal(part)
	if err != nil {
		return err
	}
	return r.send(message{Item: encoded})
}

// Write sends bytes of a file. It implements io.Writer.
func (r *Reply) Write(p []byte) (n int, err error) {
	for n < len(p) {
		chunk := p[n:min(len(p), n+chunkSize)]
		if err := r.send(message{Chunk: chunk}); err != nil {
			return n, err
		}
		n += len(chunk)
	}
	return n, nil
}

// end sends the last line. Nobody is left to hear of an error.
func (r *Reply) end(result any, err error) {
	if err == nil {
		var encoded []byte
		if encoded, err = json.Marshal(result); err == nil {
			_ = r.send(message{Result: encoded})
			return
		}
	}
	var f *Failure
	if !errors.As(err, &f) {
		f = &Failure{Code: CodeInternal, Headline: err.Error()}
	}
	_ = r.send(message{Failure: f})
}

// keepAlive sends an empty line now and then until ctx ends, so that the caller
// can tell a command that takes long from a copy that hangs.
func (r *Reply) keepAlive(ctx context.Context) {
	for {
		sleep(ctx, idleInterval)
		if ctx.Err() != nil {
			return
		}
		r.sendIfIdle(message{})
	}
}

// sendIfIdle sends m unless a line is being sent, or was a moment ago.
func (r *Reply) sendIfIdle(m message) {
	if !r.mu.TryLock() {
		return
	}
	defer r.mu.Unlock()
	if time.Since(r.sent) >= idleInterval {
		_ = r.sendLocked(m)
	}
}

// send writes one line.
func (r *Reply) send(m message) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sendLocked(m)
}

// sendLocked writes one line. After an error it writes nothing more: half a line
// may stand before it. r.mu is held.
func (r *Reply) sendLocked(m message) error {
	line, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if r.err == nil {
		r.err = writeLine(r.conn, line)
	}
	r.sent = time.Now()
	return r.err
}

func writeLine(conn net.Conn, line []byte) error {
	if err := conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	_, err := io.WriteString(conn, string(line)+"\n")
	return err
}
