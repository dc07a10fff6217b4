package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// secondStartVersion is the version of Request and Answer. A later version may add
// fields, which this one ignores.
const secondStartVersion = 2

// Request is what a second start asks of the running copy: to show its window.
type Request struct {
	Version int  `json:"version"`
	Seat    Seat `json:"seat"` // where the second start is
}

// Answer is what the running copy says.
type Answer struct {
	Version  int  `json:"version"`
	Shown    bool `json:"shown"`    // its window is in front of the person
	Headless bool `json:"headless"` // it has no window
	Seat     Seat `json:"seat"`     // where its window is
	Process  int  `json:"process"`
}

// The messages of the first version, a line each. A copy of an older version of the
// program may be running, or be started.
const (
	wordShow = "show"
	wordDone = "done"
)

// parseRequest reads a request of this version or a later one.
func parseRequest(line string) (Request, error) {
	var request Request
	if err := json.Unmarshal([]byte(line), &request); err != nil {
		return Request{}, err
	}
	if request.Version < secondStartVersion {
		return Request{}, errors.New("a request without a version")
	}
	return request, nil
}

// Ask asks the running copy that holds the lock on dir to show its window to
// somebody at seat, and returns its answer. The error wraps ErrNoAnswer when
// none answers within 2 seconds, and ErrNoSockets where none can.
func Ask(ctx context.Context, dir string, seat Seat) (Answer, error) {
	if !hasSockets() {
		return Answer{}, ErrNoSockets
	}
	path, err := dialPath(dir)
	if err != nil {
		return Answer{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, exchangeTimeout)
	defer cancel()
	return askToShow(seat, func(line string) (string, error) { return say(ctx, path, line) })
}

// errUnconnected means that nothing could be said at all.
var errUnconnected = errors.New("no connection")

// askToShow asks by say, which says a line to the running copy and returns its answer.
func askToShow(seat Seat, say func(line string) (string, error)) (Answer, error) {
	request, err := json.Marshal(Request{Version: secondStartVersion, Seat: seat})
	if err != nil {
		return Answer{}, fmt.Errorf("ask the running copy: %w", err)
	}
	line, err := say(string(request))
	if err != nil && !errors.Is(err, errUnconnected) {
		// The first version closes the connection when it does not know a message.
		// A copy that only listens from now on is asked again by the caller.
		if line, err := say(wordShow); err == nil && line == wordDone {
			return Answer{Version: 1, Shown: true}, nil
		}
	}
	if err != nil {
		return Answer{}, fmt.Errorf("%w: %w", ErrNoAnswer, err)
	}
	var answer Answer
	if err := json.Unmarshal([]byte(line), &answer); err != nil || answer.Version < secondStartVersion {
		return Answer{}, fmt.Errorf("%w: it said something else", ErrNoAnswer)
	}
	return answer, nil
}

// maxAnswer is the longest answer to a second start, in bytes.
const maxAnswer = 4096

// say says one line at the socket and returns the line that comes back.
func say(ctx context.Context, path, line string) (string, error) {
	conn, err := connect(ctx, path)
	if err != nil {
		return "", fmt.Errorf("%w: %w", errUnconnected, err)
	}
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	if _, err := io.WriteString(conn, line+"\n"); err != nil {
		return "", err
	}
	return readLine(conn, maxAnswer)
}
