package launch

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log"
	"log/slog"
	"os"
	"path/filepath"

	"vastrelay/app/health"
	"vastrelay/app/ui/kit"
	"vastrelay/app/words"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"

	"vastrelay/assets"
)

// Toolkit is the window toolkit of this process. All of its methods belong on the
// main goroutine.
type Toolkit struct {
	// Version is that of the program, as a person reads it.
	Version string

	app     fyne.App // nil until it is needed
	checked bool     // a display was found
	openGL  bool     // a window was opened with it
}

// theApp returns the toolkit's app in the product's look, and makes it first. A
// process has one.
func (k *Toolkit) theApp() fyne.App {
	if k.app == nil {
		k.app = newApp(k.Version)
	}
	return k.app
}

// loadFonts has the toolkit read the fonts of the first window, which it otherwise
// does when a first text is measured. It measures on any goroutine, as long as no
// other uses the toolkit.
func loadFonts(a fyne.App) {
	for _, style := range []fyne.TextStyle{{}, {Bold: true}} {
		a.Driver().RenderedTextSize("Vast Relay", theme.TextSize(), style, nil)
	}
}

// Tell shows why the program cannot start, until the window is closed or ctx
// ends. Where the toolkit can show no window, on Windows the system's own message box
// does; elsewhere Tell returns at once: the terminal has been told, too. It calls
// closing before it takes the window down, which may take for ever. Like Run it
// belongs on the main goroutine, and only one of the two can run in a process.
func (k *Toolkit) Tell(ctx context.Context, p health.Problem, closing func()) {
	if k.CheckDisplay(ctx, false) != nil {
		tellWithoutToolkit(p)
		return
	}
	a := k.theApp()
	w := a.NewWindow("Vast Relay")
	quit := func() { closing(); a.Quit() }
	w.SetContent(kit.Refusal(p, quit))
	w.Resize(fyne.NewSize(460, 160))
	w.CenterOnScreen()
	w.SetCloseIntercept(quit)
	to := &loop{}
	stop := context.AfterFunc(ctx, func() { to.post(a.Quit) })
	defer stop()
	forget := onDisplayLost(func() { closing(); waitForExit() })
	defer forget()
	w.Show()
	a.Run()
	to.end()
}

// newApp makes an app.
func newApp(version string) fyne.App {
	makeCacheFolder()
	removePreferences()
	a := app.NewWithID(ID)
	if a.Metadata().Name == "" { // not packaged: nothing was compiled in
		app.SetMetadata(fyne.AppMetadata{ID: ID, Name: "Vast Relay", Version: version, Build: 1})
	}
	a.SetCloudProvider(unsavedPreferences{})
	a.SetIcon(fyne.NewStaticResource("icon.png", assets.Icon()))
	a.Settings().SetTheme(kit.Theme())
	return a
}

// makeCacheFolder makes the folder in which the toolkit makes its own without
// looking: a new account may not have it. Without it only a log line is lost.
func makeCacheFolder() {
	if folder, err := os.UserCacheDir(); err == nil {
		_ = os.MkdirAll(folder, 0o700)
	}
}

// unsavedPreferences keeps the toolkit's preferences in memory. The toolkit
// truncates its file and writes it anew, at the latest whenever the program
// ends, and reads it as soon as it sees it change: "Preferences load error:
// EOF" then stands in the log. A second copy, such as the demo, reads and
// writes the same file. Whatever is worth keeping lies in files of our own,
// which are replaced whole; see Options.WindowFile.
//
// A provider of preferences is the toolkit's one way to have them elsewhere: it
// then neither saves them on a change nor at its end.
type unsavedPreferences struct{}

var _ fyne.CloudProviderPreferences = unsavedPreferences{}

// CloudPreferences returns the preferences of a as a type that the toolkit does
// not take for its own, which is the type that it saves.
func (unsavedPreferences) CloudPreferences(a fyne.App) fyne.Preferences {
	return struct{ fyne.Preferences }{a.Preferences()}
}

// ProviderName names the provider in an error of the toolkit.
func (unsavedPreferences) ProviderName() string { return "memory" }

// ProviderDescription is empty.
func (unsavedPreferences) ProviderDescription() string { return "" }

// ProviderIcon is nil.
func (unsavedPreferences) ProviderIcon() fyne.Resource { return nil }

// Setup has nothing to prepare.
func (unsavedPreferences) Setup(fyne.App) error { return nil }

// Cleanup has nothing to give back.
func (unsavedPreferences) Cleanup(fyne.App) {}

// removePreferences removes the preferences that an earlier version let the
// toolkit write. Nothing of theirs is needed, and a file that was cut off while
// it was written would be complained of at each start.
func removePreferences() {
	if folder := toolkitFolder(); folder != "" {
		_ = os.Remove(filepath.Join(folder, ID, "preferences.json"))
	}
}

// translateToolkit makes the toolkit's own menus, such as that of an entry, speak the
// language in use. The toolkit itself follows the system alone: the words go to it
// as those of the system's language. UI goroutine only.
func translateToolkit() error {
	texts, err := json.Marshal(map[string]string{
		"Copy":       words.Text("toolkit.copy"),
		"Cut":        words.Text("toolkit.cut"),
		"Paste":      words.Text("toolkit.paste"),
		"Quit":       words.Text("toolkit.quit"),
		"Redo":       words.Text("toolkit.redo"),
		"Select all": words.Text("toolkit.select_all"),
		"Undo":       words.Text("toolkit.undo"),
	})
	if err != nil {
		return err
	}
	return lang.AddTranslationsForLocale(texts, lang.SystemLocale())
}

// trayPrefix begins what the toolkit's tray logs. All of it says that a call to
// the session bus failed, a line for each item of the menu where the bus is
// gone. tray.Keep notices the same and mends it.
var trayPrefix = []byte("systray error: ")

// toolkitLog passes on what libraries log, and lowers the tray's lines to debug.
type toolkitLog struct{ to io.Writer }

// filterToolkitLog puts a toolkitLog in front of the standard logger.
func filterToolkitLog() (restore func()) {
	before := log.Writer()
	log.SetOutput(toolkitLog{before})
	return func() { log.SetOutput(before) }
}

// Write implements io.Writer. The standard logger calls it once a line.
func (l toolkitLog) Write(line []byte) (int, error) {
	if _, said, found := bytes.Cut(line, trayPrefix); found {
		slog.Debug("the toolkit's tray", "err", string(bytes.TrimSpace(said)))
		return len(line), nil
	}
	return l.to.Write(line)
}
