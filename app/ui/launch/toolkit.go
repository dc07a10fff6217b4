package launch

import (
	"os"
	"path/filepath"

	"vastrelay/app/ui/kit"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
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
