//go:build (linux || freebsd || openbsd || netbsd) && !ci

package launch

import (
	"context"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/systray"
	"github.com/go-gl/glfw/v3.4/glfw"
)

// busTray shows the icon over D-Bus with the package that the toolkit uses for it, but
// without the window that the toolkit opens beside it to learn that the system wants
// the program to quit. On X11 nobody asks that window: the session sends a signal, or
// the display goes. With software rendering the window costs 9 MB, and has a program
// that starts hidden load OpenGL. A Wayland compositor does ask it.
//
// Like the toolkit's, it belongs on the UI goroutine.
type busTray struct {
	ctx  context.Context //nolint:containedctx // It ends the goroutines that wait for clicks.
	post func(func())
	work *sync.WaitGroup // every goroutine of the tray that this program starts
	open func()          // nil until the first menu
}

// newOwnTray returns the tray without the toolkit's window, or nil where the toolkit's
// own has to be used. Call it once the display has been checked.
func newOwnTray(s *session) trayHost {
	if glfw.GetPlatform() != glfw.PlatformX11 {
		return nil
	}
	return &busTray{ctx: s.ctx, post: s.loop.post, work: &s.work}
}

// SetSystemTrayIcon shows a picture, in PNG form.
func (t *busTray) SetSystemTrayIcon(icon fyne.Resource) { systray.SetIcon(icon.Content()) }

// SetSystemTrayMenu shows a menu in place of the one before. It has no menus within it,
// and no pictures.
func (t *busTray) SetSystemTrayMenu(menu *fyne.Menu) {
	if t.open == nil {
		open, end := systray.RunWithExternalLoop(nil, nil)
		t.open = open
		t.work.Go(func() {
			<-t.ctx.Done()
			end()
		})
	}
	systray.ResetMenu() // closes the channels of the items before
	for _, i := range menu.Items {
		if i.IsSeparator {
			systray.AddSeparator()
			continue
		}
		item := systray.AddMenuItem(i.Label, "")
		if i.Disabled {
			item.Disable()
			continue
		}
		t.work.Go(func() { t.follow(item.ClickedCh, i.Action) })
	}
}

// follow does act for each click, until the item or the tray is gone.
func (t *busTray) follow(clicks <-chan struct{}, act func()) {
	for {
		select {
		case _, open := <-clicks:
			if !open {
				return
			}
			t.post(act)
		case <-t.ctx.Done():
			return
		}
	}
}

// begin tells the desktop of the icon.
func (t *busTray) begin() {
	if t.open != nil {
		t.open()
	}
}
