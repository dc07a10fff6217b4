package control

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"
)

// What can go wrong on the way to the running copy and back.
var (
	// ErrNoAnswer means that nobody listens at the socket of the folder. It wraps
	// fs.ErrPermission when this user may not look there.
	ErrNoAnswer = errors.New("no running copy of Vast Relay answers")
	// ErrHangs means that a copy runs and says nothing: it is suspended or hangs.
	ErrHangs = errors.New("the running copy does not answer")
	// ErrEnded means that the running copy ended the connection before its answer
	// was complete: it stops, or is of a version without commands.
	ErrEnded = errors.New("the running copy ended the connection")
	// ErrUntrusted means that what is at the socket's path is not this user's.
	ErrUntrusted = errors.New("the socket belongs to somebody else")
	// ErrNoSockets means that this system has no sockets with a path, so that nobody
	// can ask a running copy: wine alone, of the systems that the program runs on.
	ErrNoSockets = errors.New("this system has no sockets with a path")
	// ErrTooLong means that the arguments of a command are too long.
	ErrTooLong = errors.New("the command is too long")
)

const (
	silenceLimit  = 10 * time.Second      // without a line of the answer
	dialPause     = 20 * time.Millisecond // while too many others wait to be taken
	maxAnswerLine = 16 << 20              // bytes
)

// Call is a command for a running copy.
type Call struct {
	Command string
	Args    any // to be written as JSON; nil: none
	// Language is the tag of the language in which sentences of the answer are wanted.
	Language string

	// Item is called with each part of the result, and Chunk with the bytes of a
	// file, in order; nil: they are left out. An error ends the call.
	Item  func(part json.RawMessage) error
	Chunk func(p []byte) error
}

// Do has the command done by the copy that runs in the data folder dir, and
// returns its result. The error is a *Failure of the running copy, one of the
// errors of this package, that of Item or Chunk, or that of ctx.
func (c Call) Do(ctx context.Context, dir string) (result json.RawMessage, err error) {
	line, err := c.line()
	if err != nil {
		return nil, err
	}
	conn, err := dial(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	result, err = c.exchange(conn, line)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return result, err
}

// line is what asks for c.
func (c Call) line() ([]byte, error) {
	var args json.RawMessage
	if c.Args != nil {
		var err error
		if args, err = json.Marshal(c.Args); err != nil {
			return nil, fmt.Errorf("ask the running copy: %w", err)
		}
	}
	line, err := json.Marshal(call{Protocol: commandProtocol, Command: c.Command, Args: args, Language: c.Language})
	if err != nil {
		return nil, fmt.Errorf("ask the running copy: %w", err)
	}
	if len(line) >= maxRequestLine {
		return nil, ErrTooLong
	}
	return line, nil
}

// dial connects to the socket of dir. It makes nothing there.
func dial(ctx context.Context, dir string) (net.Conn, error) {
	path, err := dialPath(dir)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, silenceLimit)
	defer cancel()
	for {
		conn, err := connect(ctx, path)
		switch {
		case err == nil, errors.Is(err, ErrUntrusted):
			return conn, err
		case ctx.Err() != nil:
			return nil, fmt.Errorf("%w: %w", ErrHangs, err)
		case !errors.Is(err, syscall.EAGAIN): // Linux: too many wait to be accepted
			return nil, fmt.Errorf("%w: %w", ErrNoAnswer, err)
		}
		sleep(ctx, dialPause)
	}
}

// exchange sends line and reads the answer.
func (c Call) exchange(conn net.Conn, line []byte) (json.RawMessage, error) {
	// A write to a copy that has just ended the connection fails; why, reading says.
	_ = writeLine(conn, line)
	lines := bufio.NewScanner(conn)
	lines.Buffer(nil, maxAnswerLine)
	for {
		if err := conn.SetReadDeadline(time.Now().Add(silenceLimit)); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrEnded, err)
		}
		if !lines.Scan() {
			return nil, endOf(lines.Err())
		}
		var m message
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			return nil, fmt.Errorf("%w: it said something else", ErrEnded)
		}
		if m.Result != nil {
			return m.Result, nil
		}
		if m.Failure != nil {
			return nil, m.Failure
		}
		if err := c.take(m); err != nil {
			return nil, err
		}
	}
}

// take passes on a part of the result.
func (c Call) take(m message) error {
	if m.Item != nil && c.Item != nil {
		if err := c.Item(m.Item); err != nil {
			return err
		}
	}
	if m.Chunk != nil && c.Chunk != nil {
		return c.Chunk(m.Chunk)
	}
	return nil
}

// endOf says why there are no more lines: err is what reading gave, nil at the end
// of the connection.
func endOf(err error) error {
	switch {
	case err == nil:
		return ErrEnded
	case errors.Is(err, os.ErrDeadlineExceeded):
		return ErrHangs
	default:
		return fmt.Errorf("%w: %w", ErrEnded, err)
	}
}
