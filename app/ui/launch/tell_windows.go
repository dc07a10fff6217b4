package launch

import (
	"strings"

	"vastrelay/app/health"

	win "golang.org/x/sys/windows"
)

// tellWithoutToolkit shows p in a message box of the system, which needs no
// graphics driver: a program with windows has no terminal to read it in.
func tellWithoutToolkit(p health.Problem) {
	said := strings.TrimSpace(strings.Join([]string{p.Headline.String(), p.Cause.String(), p.Next.String()}, "\n\n"))
	text, err := win.UTF16PtrFromString(strings.ReplaceAll(said, "\x00", ""))
	if err != nil {
		return
	}
	title, err := win.UTF16PtrFromString("Vast Relay")
	if err != nil {
		return
	}
	_, _ = win.MessageBox(0, text, title, win.MB_OK|win.MB_ICONERROR)
}
