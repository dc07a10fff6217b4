package store

import (
	"time"

	"vastrelay/relay/store/database"
)

// write runs a batch of changes in one synced transaction. The error is the
// store's and goes to all; the error of a single request is in that request.
func write(s *database.Conn, now func() time.Time, batch []*request) error {
	if err := s.SetDurability(database.Synced); err != nil {
		return err
	}
	again, err := together(s, now(), batch)
	if again {
		err = apart(s, now(), batch)
	}
	return err
}

// together runs a batch without savepoints, which is quick and nearly always
// right. again is true, and everything undone, when a request failed halfway,
// so that its part cannot be told from the others'.
func together(s *database.Conn, now time.Time, batch []*request) (again bool, err error) {
	if _, err := s.Exec("BEGIN IMMEDIATE"); err != nil {
		return false, err
	}
	t := &database.Tx{Conn: s, Now: now}
	for _, r := range batch {
		t.Changed = false
		r.err = r.run(t)
		r.wrote = t.Changed
		switch {
		case r.err == nil:
		case database.Diagnose(r.err) != "":
			return false, r.err
		case t.Changed:
			err := s.Rollback()
			return err == nil, err
		}
	}
	_, err = s.Exec("COMMIT")
	return false, err
}

// apart runs a batch in one transaction again, each request within a savepoint
// of its own, so that one that fails is undone alone.
func apart(s *database.Conn, now time.Time, batch []*request) error {
	if _, err := s.Exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	t := &database.Tx{Conn: s, Now: now}
	for _, r := range batch {
		t.Changed = false
		var err error
		if r.err, err = s.Try(func() error { return r.run(t) }); err != nil {
			return err
		}
		r.wrote = t.Changed
	}
	_, err := s.Exec("COMMIT")
	return err
}
