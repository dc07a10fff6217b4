package database

import (
	"database/sql"
	"encoding/json"
	"time"
)

// Micros turns t into what the database keeps: microseconds since 1970, or
// NULL for the zero time and for times that no calendar of ours can show,
// which a payload can claim.
func Micros(t time.Time) any {
	if t.IsZero() || t.Year() < 1 || t.Year() > 9999 {
		return nil
	}
	return t.UnixMicro()
}

// MicrosOrZero is Micros for columns in which 0 stands for the zero time.
func MicrosOrZero(t time.Time) int64 {
	if v, ok := Micros(t).(int64); ok {
		return v
	}
	return 0
}

// TimeOf turns microseconds since 1970 into a time in UTC.
func TimeOf(us int64) time.Time { return time.UnixMicro(us).UTC() }

// TimeOrZero is TimeOf with NULL as the zero time.
func TimeOrZero(us sql.NullInt64) time.Time {
	if !us.Valid {
		return time.Time{}
	}
	return TimeOf(us.Int64)
}

// TimeFromZero is TimeOf with 0 as the zero time.
func TimeFromZero(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return TimeOf(us)
}

// JSONList is how a statement takes any number of values as one parameter, to
// be read with json_each.
func JSONList[T ~int64 | string](values []T) string {
	list, _ := json.Marshal(values) // which cannot fail for numbers and strings
	return string(list)
}
