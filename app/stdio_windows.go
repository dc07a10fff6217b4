package app

import (
	"os"

	"golang.org/x/sys/windows"
)

// standardError returns standard error. What the program writes there passes
// through an output; only the trace of a panic could wait for it.
func standardError() *os.File { return os.Stderr }

// attachParent is ATTACH_PARENT_PROCESS of
// https://learn.microsoft.com/windows/console/attachconsole .
const attachParent = ^uintptr(0)

// attachConsole gives the program the console of the one that started it, where it
// has no output of its own: a program with windows is started without. It does so
// only for what prints and ends, since whoever closes a console ends the programs
// that are attached to it.
func attachConsole(args []string) {
	if hasOutput(windows.STD_OUTPUT_HANDLE) && hasOutput(windows.STD_ERROR_HANDLE) || !prints(args) {
		return
	}
	attach := windows.NewLazySystemDLL("kernel32.dll").NewProc("AttachConsole")
	if attached, _, _ := attach.Call(attachParent); attached == 0 {
		return // started from the menu, or by a program without a console
	}
	console, err := os.OpenFile("CONOUT$", os.O_RDWR, 0)
	if err != nil {
		return
	}
	if !hasOutput(windows.STD_OUTPUT_HANDLE) {
		os.Stdout = console
	}
	if !hasOutput(windows.STD_ERROR_HANDLE) {
		os.Stderr = console
	}
}

// hasOutput reports whether the program was given that standard handle, such as a
// file or a pipe.
func hasOutput(id uint32) bool {
	handle, err := windows.GetStdHandle(id)
	if err != nil || handle == 0 || handle == windows.InvalidHandle {
		return false
	}
	_, err = windows.GetFileType(handle)
	return err == nil
}
