package diagnostics

import (
	"os"
	"strings"
)

// release returns the distribution and the version of the kernel. A kernel that
// somebody built can be called anything, so only its number is told.
func release() (system, kernel string) {
	if f, err := os.Open("/etc/os-release"); err == nil {
		system = osRelease(f)
		_ = f.Close()
	}
	if content, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		kernel = releaseNumber().FindString(strings.TrimSpace(string(content)))
	}
	return system, kernel
}
