package config

import (
	"context"
	"errors"
	"io"
	"os"
	"time"
)

// Bounds of a file that the environment names. Secrets and certificates are far
// smaller, and a named pipe gives its content at once or never.
const (
	maxInput      = 1 << 20
	inputDeadline = 10 * time.Second
)

var (
	errInputLate  = errors.New("the file gave no content in time")
	errInputLarge = errors.New("the file is larger than 1 MiB")
)

// ReadInput reads the file at path, which the person named in the environment.
// Unlike OpenFile it follows links, which mounted secrets consist of, and reads
// named pipes and /dev/stdin, all with a limit of size and of time.
func ReadInput(ctx context.Context, path string) ([]byte, error) {
	return readInputWithin(ctx, path, inputDeadline)
}

func readInputWithin(ctx context.Context, path string, limit time.Duration) ([]byte, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errInputLate)
	defer cancel()
	type result struct {
		data []byte
		err  error
	}
	done := make(chan result, 1)
	// Opening a pipe without a writer cannot be interrupted. The program does not
	// start then, and the goroutine ends with the process.
	go func() {
		data, err := readInput(path)
		done <- result{data, err}
	}()
	select {
	case r := <-done:
		return r.data, r.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func readInput(path string) ([]byte, error) {
	f, err := os.Open(path) // #nosec G304 -- the person who starts the program names the file
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxInput+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxInput {
		return nil, errInputLarge
	}
	return data, nil
}

// inputSentence says why a file that a variable names cannot be used. It never
// quotes err, which holds the path: somebody may have set the secret itself.
func inputSentence(err error) string {
	switch {
	case errors.Is(err, errInputLate):
		return "The file that it names gave no content within " + inputDeadline.String() + "."
	case errors.Is(err, errInputLarge):
		return "The file that it names is larger than 1 MiB."
	default:
		return "The file that it names cannot be read."
	}
}
