package diagnostics

import "golang.org/x/sys/unix"

// release returns the version of macOS and of its kernel.
func release() (system, kernel string) {
	if number, err := unix.Sysctl("kern.osproductversion"); err == nil {
		system = "macos " + releaseNumber().FindString(number)
	}
	if number, err := unix.Sysctl("kern.osrelease"); err == nil {
		kernel = releaseNumber().FindString(number)
	}
	return system, kernel
}
