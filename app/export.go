package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"vastrelay/app/config"
	"vastrelay/app/health"
	"vastrelay/relay"
	"vastrelay/relay/store"
)

// Export writes the events that q selects, newest first, into the file at
// path: for spreadsheets where its name ends in .csv, else as JSON lines with
// the payloads. progress, unless it is nil, is told how many of how many are
// written. The file appears under its name once it is whole; it is the owner's
// alone, as events are.
func (p *Program) Export(ctx context.Context, path string, q relay.Query, progress func(done, total int)) error {
	format := store.FormatJSONL
	if strings.EqualFold(filepath.Ext(path), ".csv") {
		format = store.FormatCSV
	}
	part := path + ".part"
	err := writeWhole(part, path, func(f *os.File) error { return p.store.Export(ctx, f, format, q, progress) })
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, relay.ErrStoreUnavailable):
		return explained(err)
	default:
		return health.Problem{
			Headline: "The events could not be exported", Cause: "The file cannot be written.",
			Next: "Choose another folder, or make room there.", Details: err.Error(),
		}
	}
}

// writeWhole lets fill write the file at part and renames it to path, or
// removes it.
func writeWhole(part, path string, fill func(*os.File) error) (err error) {
	f, err := config.OpenFile(part, os.O_WRONLY|os.O_CREATE)
	if err != nil {
		return fmt.Errorf("create the file: %w", err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(part)
		}
	}()
	if err := f.Truncate(0); err != nil { // an earlier export may have been killed
		return errors.Join(fmt.Errorf("create the file: %w", err), f.Close())
	}
	if err := errors.Join(fill(f), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(part, path); err != nil {
		return fmt.Errorf("name the file: %w", err)
	}
	return nil
}
