package store

import (
	"database/sql"
	"time"
)

// micros turns t into what the database keeps: microseconds since 1970, or
// NULL for the zero time and for times that no calendar of ours can show,
// which a payload can claim.
func micros(t time.Time) any {
	if t.IsZero() || t.Year() < 1 || t.Year() > 9999 {
		return nil
	}
	return t.UnixMicro()
}

// microsOr0 is micros for columns in which 0 stands for the zero time.
func microsOr0(t time.Time) int64 {
	if v, ok := micros(t).(int64); ok {
		return v
	}
	return 0
}

// timeOf turns microseconds since 1970 into a time in UTC.
func timeOf(us int64) time.Time { return time.UnixMicro(us).UTC() }

// timeOrZero is timeOf with NULL as the zero time.
func timeOrZero(us sql.NullInt64) time.Time {
	if !us.Valid {
		return time.Time{}
	}
	return timeOf(us.Int64)
}

// timeFrom0 is timeOf with 0 as the zero time.
func timeFrom0(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return timeOf(us)
}
