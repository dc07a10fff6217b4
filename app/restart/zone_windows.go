package restart

import (
	"syscall"
	"time"
)

// daylight is what GetTimeZoneInformation returns in the part of the year that has
// daylight saving time, and invalid where it fails,
// https://learn.microsoft.com/windows/win32/api/timezoneapi/nf-timezoneapi-gettimezoneinformation .
const (
	daylight = 2
	invalid  = 0xffffffff
)

// systemOffset returns how many seconds the computer's time zone is ahead of UTC now,
// which is the moment that it is asked for.
func systemOffset(time.Time) (seconds int, known bool) {
	var zone syscall.Timezoneinformation
	part, err := syscall.GetTimeZoneInformation(&zone)
	if err != nil || part == invalid {
		return 0, false
	}
	bias := zone.Bias + zone.StandardBias
	if part == daylight {
		bias = zone.Bias + zone.DaylightBias
	}
	return -int(bias) * 60, true
}
