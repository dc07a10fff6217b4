package store

import "time"

// write runs a batch of changes in one synced transaction. The error is the
// store's and goes to all; the error of a single request is in that request.
func write(s *session, now func() time.Time, batch []*request) error {
	if err := s.setDurability(synced); err != nil {
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
func together(s *session, now time.Time, batch []*request) (again bool, err error) {
	if _, err := s.exec("BEGIN IMMEDIATE"); err != nil {
		return false, err
	}
	t := &tx{session: s, now: now}
	for _, r := range batch {
		t.dirty = false
		r.err = r.run(t)
		switch {
		case r.err == nil:
		case reasonFor(r.err) != "":
			return false, r.err
		case t.dirty:
			err := s.rollback()
			return err == nil, err
		}
	}
	_, err = s.exec("COMMIT")
	return false, err
}

// apart runs a batch in one transaction again, each request within a savepoint
// of its own, so that one that fails is undone alone.
func apart(s *session, now time.Time, batch []*request) error {
	if _, err := s.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	t := &tx{session: s, now: now}
	for _, r := range batch {
		if err := alone(t, r); err != nil {
			return err
		}
	}
	_, err := s.exec("COMMIT")
	return err
}

// alone runs r within a savepoint. Its own error stays in r; the error that it
// returns is the store's.
func alone(t *tx, r *request) error {
	if _, err := t.session.exec("SAVEPOINT request"); err != nil {
		return err
	}
	if r.err = r.run(t); r.err != nil {
		if reasonFor(r.err) != "" {
			return r.err
		}
		if _, err := t.session.exec("ROLLBACK TO request"); err != nil {
			return err
		}
	}
	_, err := t.session.exec("RELEASE request")
	return err
}
