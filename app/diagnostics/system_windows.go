package diagnostics

import (
	"fmt"

	"golang.org/x/sys/windows"
)

// release returns the version of Windows, whose last number is that of the build.
func release() (system, kernel string) {
	v := windows.RtlGetVersion()
	return "windows", fmt.Sprintf("%d.%d.%d", v.MajorVersion, v.MinorVersion, v.BuildNumber)
}
