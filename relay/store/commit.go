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
		if err := alone(t, r); err != nil {
			return err
		}
	}
	_, err := s.Exec("COMMIT")
	return err
}

// alone runs r within a savepoint. Its own error stays in r; the error that it
// returns is the store's.
func alone(t *database.Tx, r *request) error {
	if _, err := t.Conn.Exec("SAVEPOINT request"); err != nil {
		return err
	}
	if r.err = r.run(t); r.err != nil {
		if database.Diagnose(r.err) != "" {
			return r.err
		}
		if _, err := t.Conn.Exec("ROLLBACK TO request"); err != nil {
			return err
		}
	}
	_, err := t.Conn.Exec("RELEASE request")
	return err
}
