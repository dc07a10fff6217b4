package tray

import (
	"bytes"
	"context"
	"image/png"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/theme"

	"vastrelay/app/config"
	"vastrelay/app/status"
	"vastrelay/assets"
)

// minInterval is the least time between two changes of the native tray.
const minInterval = time.Second

// Host is the part of the toolkit's desktop app that the driver needs. Its
// methods are called on the UI goroutine only.
type Host interface {
	SetSystemTrayMenu(menu *fyne.Menu)
	SetSystemTrayIcon(icon fyne.Resource)
}

// Options is what a Driver is made of. Every field but OS is required.
type Options struct {
	Host Host
	// Post queues f for the UI goroutine and returns at once.
	Post func(f func())
	// Now is the wall clock, in the person's time zone.
	Now func() time.Time
	// Status returns the current snapshot; any goroutine may call it.
	Status func() status.Status
	// Notifications returns which notifications the desktop shows, as they are now; any
	// goroutine may call it.
	Notifications func() config.Notifications
	// Events returns what there is to tell of events, with at most limit of them. It is
	// never called on the UI goroutine.
	Events func(ctx context.Context, limit int) (Events, error)
	// Name gives the icon its title, on the UI goroutine. It is called when that is
	// another one than Title for the first time, and whenever it changes.
	Name func(title string)
	// Click does what item asks for, on the UI goroutine.
	Click func(item Item)
	// OS is the operating system in Go's spelling; empty means this one.
	OS string
}

// Reachable says whether there is a desktop to show changes to; at first there
// is. Without one they wait: the toolkit would log a line for every item of the
// menu. It returns at once.
func (d *Driver) Reachable(yes bool) {
	d.unreachable.Store(!yes)
	if yes {
		d.Changed()
	}
}

// Driver keeps the system tray like the status.
type Driver struct {
	opts   Options
	change chan struct{}

	unreachable atomic.Bool // nobody would see a change
	torn        atomic.Bool // the last change was cut short

	// native is the one menu object that the toolkit ever gets. The toolkit
	// shows the first menu once more, later, when its tray has come up; were
	// it another object by then, an outdated menu would come back.
	native *fyne.Menu

	shown     Menu   // what the tray shows; owned by Start, then by Run
	lastKnown Events // the last answer of Options.Events
}

// New returns a driver that shows nothing yet.
func New(opts Options) *Driver {
	if opts.OS == "" {
		opts.OS = runtime.GOOS
	}
	return &Driver{
		opts:   opts,
		change: make(chan struct{}, 1),
		native: fyne.NewMenu("Vast Relay"),
	}
}

// Start shows the tray for the first time, without events. Call it once, on
// the UI goroutine, before the toolkit's event loop runs and before Run: the
// toolkit starts its tray together with its loop or not at all.
func (d *Driver) Start() {
	m := Render(d.opts.Status(), d.opts.Notifications(), Events{}, d.opts.Now())
	d.apply(m, true)
	d.shown = m
}

// Changed asks for a look at the status. It never blocks.
func (d *Driver) Changed() {
	select {
	case d.change <- struct{}{}:
	default: // one is pending already, and it will see the newest state
	}
}

// Run keeps the tray up to date until ctx ends.
func (d *Driver) Run(ctx context.Context) {
	d.Changed()
	// The pause comes first because Start has just shown a menu.
	for pause(ctx, minInterval) && d.wait(ctx) {
		d.update(ctx)
	}
}

// wait returns when something changed or the text has run out; false when ctx
// ended.
func (d *Driver) wait(ctx context.Context) bool {
	var renew <-chan time.Time
	if at := d.shown.RenewAt; !at.IsZero() {
		renew = time.After(at.Sub(d.opts.Now()))
	}
	select {
	case <-ctx.Done():
		return false
	case <-d.change:
	case <-renew:
	}
	return true
}

// update renders the present state and shows what differs.
func (d *Driver) update(ctx context.Context) {
	events, err := d.opts.Events(ctx, maxRecent)
	switch {
	case ctx.Err() != nil:
		return
	case err != nil:
		slog.WarnContext(ctx, "reading events for the tray", "err", err)
	default:
		d.lastKnown = events
	}
	m := Render(d.opts.Status(), d.opts.Notifications(), d.lastKnown, d.opts.Now())
	if d.unreachable.Load() {
		return // Reachable asks for another look
	}
	newIcon := m.Icon != d.shown.Icon
	newItems := !slices.Equal(m.Items, d.shown.Items)
	if d.torn.Swap(false) {
		newIcon, newItems = true, true
	}
	if m.Title != d.shown.Title {
		d.opts.Post(func() { d.guard(func() { d.opts.Name(m.Title) }) })
	}
	switch {
	case newItems:
		d.opts.Post(func() { d.apply(m, newIcon) })
	case newIcon:
		d.opts.Post(func() { d.guard(func() { d.opts.Host.SetSystemTrayIcon(d.icon(m.Icon)) }) })
	}
	d.shown = m
}

// guard keeps a panic of the toolkit's tray from ending the program: it panics
// when the session bus is lost while the icon is being set, and when that comes
// after the toolkit has begun to quit.
func (d *Driver) guard(change func()) {
	defer func() {
		if problem := recover(); problem != nil {
			slog.Debug("changing the tray", "err", problem)
			d.torn.Store(true) // shown with the next change, or on the next bus
		}
	}()
	change()
}

// apply shows m, on the UI goroutine. The icon goes first: the toolkit starts
// its tray with the icon that is set by then.
func (d *Driver) apply(m Menu, newIcon bool) {
	items := make([]*fyne.MenuItem, len(m.Items))
	for i, item := range m.Items {
		items[i] = d.item(item)
	}
	d.native.Items = items
	d.guard(func() {
		if newIcon {
			d.opts.Host.SetSystemTrayIcon(d.icon(m.Icon))
		}
		d.opts.Host.SetSystemTrayMenu(d.native)
	})
}

func (d *Driver) item(i Item) *fyne.MenuItem {
	if i.Separator() {
		return fyne.NewMenuItemSeparator()
	}
	native := fyne.NewMenuItem(literal(i.Label, d.opts.OS), nil)
	if i.Command == CommandNone {
		native.Disabled = true
		return native
	}
	native.Action = func() { d.opts.Click(i) }
	// A last item without the mark gets a second Quit beside it, which would
	// end the program without asking ours.
	native.IsQuit = i.Command == CommandQuit
	return native
}

// icon returns the picture of that name. A themed resource becomes a template
// image, which the macOS menu bar paints in its own colour. Elsewhere the toolkit
// draws a vector picture once more when its tray has come up, on a goroutine of
// its own, beside the windows: its cache of such pictures is a plain map, and the
// program ended with "concurrent map read and map write". So it gets pixels.
func (d *Driver) icon(name string) fyne.Resource {
	picture := fyne.NewStaticResource("tray-"+name+".svg", assets.Tray(name))
	if d.opts.OS == "darwin" {
		return theme.NewThemedResource(picture)
	}
	return pixels(picture)
}

// drawnSize is the width and height of an icon in pixels, which is what the
// toolkit takes.
const drawnSize = 64

// pixels draws a picture, on the UI goroutine.
func pixels(picture fyne.Resource) fyne.Resource {
	c := software.NewTransparentCanvas()
	c.SetPadded(false)
	c.SetContent(canvas.NewImageFromResource(picture))
	c.Resize(fyne.NewSquareSize(drawnSize))
	var drawn bytes.Buffer
	if err := png.Encode(&drawn, c.Capture()); err != nil { // only of a picture without a size
		return picture
	}
	return fyne.NewStaticResource(strings.TrimSuffix(picture.Name(), ".svg")+".png", drawn.Bytes())
}

// literal doubles the character that the system's menus would take for the
// mark of an access key: an ampersand on Windows, an underscore in the menus
// that Linux desktops read over D-Bus.
func literal(label, goos string) string {
	switch goos {
	case "darwin":
		return label
	case "windows":
		return strings.ReplaceAll(label, "&", "&&")
	default:
		return strings.ReplaceAll(label, "_", "__")
	}
}

// pause waits for d; false when ctx ended.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
