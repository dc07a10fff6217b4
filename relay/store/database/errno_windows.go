package database

import "syscall"

// The system error codes that say why the disk does not take something.
// Source: https://learn.microsoft.com/windows/win32/debug/system-error-codes .
const (
	errorCRC               = syscall.Errno(23)
	errorWriteProtect      = syscall.Errno(19)
	errorHandleDiskFull    = syscall.Errno(39)
	errorDiskFull          = syscall.Errno(112)
	errorFileTooLarge      = syscall.Errno(223)
	errorDiskQuotaExceeded = syscall.Errno(1295)
	errorPrivilegeNotHeld  = syscall.Errno(1314)
	errorFileCorrupt       = syscall.Errno(1392)
	errorDiskCorrupt       = syscall.Errno(1393)
)

// errnoReasons maps them to reasons.
func errnoReasons() map[syscall.Errno]Reason {
	return map[syscall.Errno]Reason{
		errorDiskFull:               ReasonFull,
		errorHandleDiskFull:         ReasonFull,
		errorDiskQuotaExceeded:      ReasonFull,
		errorFileTooLarge:           ReasonFull,
		errorWriteProtect:           ReasonReadOnly,
		syscall.ERROR_ACCESS_DENIED: ReasonDenied,
		errorPrivilegeNotHeld:       ReasonDenied,
		errorFileCorrupt:            ReasonDamaged,
		errorDiskCorrupt:            ReasonDamaged,
		errorCRC:                    ReasonDamaged,
	}
}

// access says nothing: Windows has no such call, and writing to the folder tells.
func access(string) error { return nil }
