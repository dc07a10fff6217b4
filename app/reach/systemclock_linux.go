package reach

import (
	"context"
	"errors"
	"syscall"
	"time"
)

// Of adjtimex(2): the state and the status of a clock that no time service
// keeps right. The kernel sets both when somebody else sets the clock.
const (
	timeError = 5
	staUnsync = 0x0040
)

// SystemOffset is the word of the system's time service: that the clock is
// right. It fails while no service keeps it so, and where the kernel does not
// say. Source: https://man7.org/linux/man-pages/man2/adjtimex.2.html .
func SystemOffset(context.Context) (time.Duration, error) {
	var t syscall.Timex
	state, err := syscall.Adjtimex(&t)
	if err != nil || state == timeError || t.Status&staUnsync != 0 {
		return 0, errors.New("no time service keeps this computer's clock right, as far as is known")
	}
	return 0, nil
}
