//go:build !ci

package launch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"runtime"
	"strings"
	"sync"

	"github.com/go-gl/glfw/v3.4/glfw"
)

// tryWindow opens a hidden window and closes it. On success the library stays
// initialised, and the toolkit goes on with the same platform. The error is what the
// library says.
func tryWindow(ctx context.Context, t trial) (err error) {
	said := captureOutput(ctx)
	defer func() {
		// The library panics where it was not initialised, which it does not
		// always admit, https://github.com/go-gl/glfw/issues/127 .
		problem := recover()
		text := said()
		if problem != nil {
			err = fmt.Errorf("%v", problem)
		}
		if err != nil {
			if !t.inUse {
				glfw.Terminate()
			}
			err = errors.New(firstCause(text, err))
		}
	}()
	switch t.platform {
	case platformX11:
		glfw.InitHint(glfw.PlatformHint, int(glfw.PlatformX11))
	case platformWayland:
		glfw.InitHint(glfw.PlatformHint, int(glfw.PlatformWayland))
	default:
		glfw.InitHint(glfw.PlatformHint, int(glfw.AnyPlatform))
	}
	if err := glfw.Init(); err != nil {
		return err
	}
	if t.connected != nil {
		t.connected()
	}
	glfw.WindowHint(glfw.Visible, glfw.False)
	// What the toolkit asks for, in its initWindowHints.
	if !t.openGL {
		glfw.WindowHint(glfw.ClientAPI, glfw.NoAPI)
	} else if runtime.GOOS != "darwin" && strings.HasPrefix(runtime.GOARCH, "arm") {
		glfw.WindowHint(glfw.ClientAPI, glfw.OpenGLESAPI)
		glfw.WindowHint(glfw.ContextVersionMajor, 2)
		glfw.WindowHint(glfw.ContextVersionMinor, 0)
	} else {
		glfw.WindowHint(glfw.ContextVersionMajor, 2)
		glfw.WindowHint(glfw.ContextVersionMinor, 1)
	}
	defer glfw.DefaultWindowHints()
	window, err := glfw.CreateWindow(16, 16, "Vast Relay", nil, nil)
	if err != nil {
		return err
	}
	if window == nil {
		return errors.New("")
	}
	window.Destroy()
	return nil
}

// firstCause finds the library's own words in what was printed meanwhile; err
// is what the caller got.
func firstCause(printed string, err error) string {
	for line := range strings.Lines(printed) {
		if _, cause, found := strings.Cut(line, "PlatformError: "); found {
			return strings.TrimSpace(cause)
		}
	}
	return err.Error()
}

// captureOutput takes what the library logs, and what the C libraries below it
// print on standard error, until the caller asks for it: the person gets one
// sentence in their place.
func captureOutput(ctx context.Context) (text func() string) {
	var logged strings.Builder
	before, flags := log.Writer(), log.Flags()
	log.SetOutput(&logged)
	log.SetFlags(0)
	undo := redirectStderr(io.Discard)
	restore := sync.OnceFunc(func() {
		undo()
		log.SetOutput(before)
		log.SetFlags(flags)
	})
	stop := context.AfterFunc(ctx, restore)
	return func() string {
		stop()
		restore()
		return logged.String()
	}
}
