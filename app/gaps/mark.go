package gaps

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"vastrelay/app/datadir"
)

// mark is the file with the last moment at which deliveries were known to arrive:
// one line of fixed length, which a new one replaces in place. It is not synced: a
// kill cannot tear a write that short, and after a power cut an older moment, or
// none that can be read, costs only exactness.
type mark struct{ path string }

// maxMark is how much of the file is read; the moment is far shorter.
const maxMark = 100

// load returns the moment; the zero time when there is none that can be read.
func (m mark) load() (time.Time, error) {
	content, err := datadir.ReadFile(m.path, maxMark)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return time.Time{}, nil
	case err != nil:
		return time.Time{}, fmt.Errorf("read when deliveries last arrived: %w", err)
	}
	at, err := time.Parse(time.RFC3339, string(bytes.TrimSpace(content)))
	if err != nil {
		return time.Time{}, errors.New("read when deliveries last arrived: the file holds no time")
	}
	return at, nil
}

// save replaces the moment, to the second below.
func (m mark) save(at time.Time) error {
	f, err := datadir.OpenFile(m.path, os.O_CREATE|os.O_WRONLY)
	if err != nil {
		return fmt.Errorf("note that deliveries arrive: %w", err)
	}
	line := at.UTC().Format(time.RFC3339) + "\n"
	_, err = f.WriteAt([]byte(line), 0)
	if err = errors.Join(err, f.Truncate(int64(len(line))), f.Close()); err != nil {
		return fmt.Errorf("note that deliveries arrive: %w", err)
	}
	return nil
}
