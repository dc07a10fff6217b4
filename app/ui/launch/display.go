package launch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"vastrelay/app/health"
	"vastrelay/app/words"
)

// trial is how a window is tried.
type trial struct {
	platform  string // empty: the one that the library finds
	openGL    bool
	connected func() // called once the display has answered; nil is allowed
	inUse     bool   // the toolkit runs: the library stays initialised after a failure as well
}

// CheckDisplay opens a window that nobody sees and closes it again. The error
// is a health.Problem of one sentence: why no window can be shown, and what to do. The
// toolkit itself ends the process with a stack trace where there is no display,
// and goes on without any window where there is no OpenGL. Like Run it belongs
// on the main goroutine. A display that hangs keeps it for as long as it hangs,
// whatever becomes of ctx. Once a display was found, it is not looked for again.
//
// OpenGL is tried as well, which loads the graphics driver. hidden says that no window
// will be shown for now: a program that starts in the tray then does without the
// driver, which takes 60 MB where it draws in software, until checkOpenGL tries it. X
// that may give way to Wayland is tried in full all the same.
//
// Opening the window takes most of the time of a start and is done in C, on the
// main thread. The fonts are read meanwhile.
func (k *Toolkit) CheckDisplay(ctx context.Context, hidden bool) error {
	if k.checked && (k.openGL || hidden) {
		return nil
	}
	var fonts sync.WaitGroup
	prepare := sync.OnceFunc(func() {
		a := k.theApp()
		fonts.Go(func() { loadFonts(a) })
	})
	chosen, wayland := os.Getenv(platformVariable), os.Getenv("WAYLAND_DISPLAY")
	err := checkDisplay(ctx, os.LookupEnv, os.Setenv, func(platform string) error {
		k.openGL = !hidden || !openGLCanWait(platform, chosen, wayland)
		return tryWindow(ctx, trial{platform: platform, openGL: k.openGL, connected: prepare})
	})
	fonts.Wait() // No two goroutines may use the toolkit.
	if err == nil {
		k.checked = true
		return nil
	}
	return noWindow(err)
}

// openGLCanWait reports whether OpenGL can be tried after the start: not where X gives way
// to Wayland without it, which the toolkit can be told of at the start alone, and not
// where the toolkit opens a window of its own for the tray; see newOwnTray.
func openGLCanWait(platform, chosen, wayland string) bool {
	return platform == platformX11 && (chosen != "" || wayland == "")
}

// checkOpenGL tries OpenGL, while the toolkit runs, if CheckDisplay did not. The error
// is of the same kind.
func (k *Toolkit) checkOpenGL(ctx context.Context) error {
	if k.openGL {
		return nil
	}
	if err := tryWindow(ctx, trial{platform: platformX11, openGL: true, inUse: true}); err != nil {
		return noWindow(explainDisplay(err.Error(), os.Getenv("DISPLAY"), os.Getenv("WAYLAND_DISPLAY")))
	}
	k.openGL = true
	return nil
}

// noWindow says for a person that no window can be shown, and why.
func noWindow(err error) health.Problem {
	return health.Problem{Headline: words.New("start.display.none"), Cause: words.Translate(health.Sentence(err.Error())), Next: words.New("start.display.headless")}
}

// checkDisplay chooses the windowing system and has try open a window there.
func checkDisplay(ctx context.Context, lookup func(string) (string, bool), set func(name, value string) error, try func(platform string) error) error {
	chosen, _ := lookup(platformVariable)
	probe := func(display string) error { return probeX(ctx, display) }
	if err := choosePlatform(lookup, set, probe); err != nil {
		return err
	}
	platform, _ := lookup(platformVariable)
	err := try(platform)
	wayland, _ := lookup("WAYLAND_DISPLAY")
	if err != nil && chosen == "" && platform == platformX11 && wayland != "" {
		if try(platformWayland) == nil {
			return set(platformVariable, platformWayland)
		}
	}
	if err == nil {
		return nil
	}
	display, _ := lookup("DISPLAY")
	return explainDisplay(err.Error(), display, wayland)
}

// explainDisplay turns what the windowing library, https://www.glfw.org , says
// into words for a person. Its errors carry no code for these, only a text.
func explainDisplay(text, display, wayland string) error {
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(text, w) {
				return true
			}
		}
		return false
	}
	cause := strings.Join(strings.Fields(text), " ")
	switch {
	case has("X11: Failed to open display"):
		if _, local := localDisplay(display); !local {
			return fmt.Errorf("the X display %s cannot be reached, or it refuses this program", display)
		}
		return fmt.Errorf("the X display %s refuses this program, as it does when it belongs to another user or XAUTHORITY names no valid file", display)
	case has("Wayland: Failed to connect"):
		if wayland == "" {
			wayland = "wayland-0" // which is what its library takes then
		}
		return fmt.Errorf("nothing answers at the Wayland display %s", wayland)
	case has("X11: Failed to load Xlib", "Failed to load libwayland"):
		return fmt.Errorf("a library of the display is not installed (%s)", cause)
	case has("GLX", "EGL", "WGL", "NSGL", "OpenGL", "VersionUnavailable", "APIUnavailable", "FormatUnavailable"):
		return fmt.Errorf("the display offers no OpenGL 2.1, so its graphics driver is missing or broken (%s)", cause)
	case cause == "":
		return errors.New("the system does not say why")
	default:
		return errors.New(cause)
	}
}
