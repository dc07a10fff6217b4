//go:build unix

package restart

import (
	"os"
	"time"
)

// zoneFile holds the time zone of the computer; package time reads it as well.
const zoneFile = "/etc/localtime"

// systemOffset returns how many seconds the computer's time zone is ahead of UTC at that
// moment. It is not known where the environment has the program use a zone of its own.
func systemOffset(at time.Time) (seconds int, known bool) {
	if _, own := os.LookupEnv("TZ"); own {
		return 0, false
	}
	return offsetOf(zoneFile, at)
}

// offsetOf is systemOffset for the zone in the file at path, in the form of
// https://www.rfc-editor.org/rfc/rfc9636 .
func offsetOf(path string, at time.Time) (seconds int, known bool) {
	content, err := os.ReadFile(path) // #nosec G304 -- a path of the system
	if err != nil {
		return 0, false
	}
	zone, err := time.LoadLocationFromTZData("", content)
	if err != nil {
		return 0, false
	}
	_, seconds = at.In(zone).Zone()
	return seconds, true
}
