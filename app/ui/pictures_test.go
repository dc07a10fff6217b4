package ui

import (
	"fmt"
	"html/template"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/theme"

	"vastrelay/app/ui/kit"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/words"
)

// TestScreens draws every screen in each language, light and dark and at two scales, for people to
// look at, with a page index.html that shows them all. VASTRELAY_SCREENS names the
// folder, which make screens sets.
func TestScreens(t *testing.T) {
	folder := os.Getenv("VASTRELAY_SCREENS")
	if folder == "" {
		t.Skip("VASTRELAY_SCREENS names no folder")
	}
	a := newAlbum(t, folder)
	for _, l := range words.Languages() {
		words.Use(l)
		t.Cleanup(func() { words.Use(words.English()) })
		for i, s := range screens() {
			t.Run(l.Tag()+" "+s.name, func(t *testing.T) {
				if s.name == readmeScreen && l == words.English() {
					a.write(readmeFile, png.BestCompression, drawn(s.stage(newDesk(t, s.b)), theme.VariantLight, 2))
					s = screens()[i]
				}
				// Each is staged in a window that has its size already: what lies over a
				// window goes when that is resized.
				netbook := fyne.NewSize(1024, 600)
				w := s.stage(newDesk(t, s.b, onScreen(netbook)))
				kit.FitScreen(w, netbook)
				a.add(w, l, s.name, 1)
				s = screens()[i]
				w = s.stage(newDesk(t, s.b, onScreen(smallest.AddWidthHeight(0, kit.FrameHeight))))
				small(w)
				a.add(w, l, s.name, 2)
			})
		}
		for _, s := range trayScreens() {
			t.Run(l.Tag()+" "+s.name, func(t *testing.T) {
				w := s.stage(newDesk(t, s.b))
				a.add(w, l, s.name, 1)
				a.add(w, l, s.name, 2)
			})
		}
	}
	a.finish()
}

// onScreen shows the windows of a desk on a screen of that size.
func onScreen(size fyne.Size) func(*Options) {
	return func(o *Options) { o.Screen = func() fyne.Size { return size } }
}

// readmeScreen is the screen that the README shows, and readmeFile its picture.
const readmeScreen, readmeFile = "main", "readme.png"

// variants are the two themes with their names in files.
var variants = []struct {
	name    string
	variant fyne.ThemeVariant
}{{"light", theme.VariantLight}, {"dark", theme.VariantDark}}

// forced is a theme that shows one variant whatever the desktop says.
type forced struct {
	fyne.Theme
	variant fyne.ThemeVariant
}

func (f forced) Color(name fyne.ThemeColorName, _ fyne.ThemeVariant) color.Color {
	return f.Theme.Color(name, f.variant)
}

// picture is one picture of an album.
type picture struct {
	Screen   string
	Language string
	Variant  string
	Percent  int // how large text is drawn
}

// File is the name of the file of p.
func (p picture) File() string {
	return fmt.Sprintf("%s-%s-%s-%d.png", p.Screen, p.Language, p.Variant, p.Percent)
}

// album is a folder of pictures. Drawing belongs to the goroutine of the test;
// files are written beside it.
type album struct {
	t        *testing.T
	folder   string
	pictures []picture
	writing  sync.WaitGroup
	room     chan struct{} // bounds how many pictures wait in memory
}

func newAlbum(t *testing.T, folder string) *album {
	t.Helper()
	old, err := filepath.Glob(filepath.Join(folder, "*.png"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range old { // of screens that may be gone
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(folder, 0o750); err != nil {
		t.Fatal(err)
	}
	return &album{t: t, folder: folder, room: make(chan struct{}, 2*runtime.NumCPU())}
}

// add takes pictures of w, light and dark.
func (a *album) add(w fyne.Window, l *words.Language, screen string, scale float32) {
	for _, v := range variants {
		p := picture{Screen: screen, Language: l.Tag(), Variant: v.name, Percent: int(100 * scale)}
		a.pictures = append(a.pictures, p)
		a.write(p.File(), png.BestSpeed, drawn(w, v.variant, scale))
	}
}

// drawn is w in that variant of the theme, drawn at that scale.
func drawn(w fyne.Window, variant fyne.ThemeVariant, scale float32) image.Image {
	if canvas, ok := w.Canvas().(software.WindowlessCanvas); ok { // as those of tests are
		canvas.SetScale(scale)
		defer canvas.SetScale(1)
	}
	fyne.CurrentApp().Settings().SetTheme(forced{kit.Theme(), variant})
	for _, o := range kittest.WindowObjects(w) {
		refreshAll(o)
	}
	return w.Canvas().Capture()
}

// refreshAll has everything below o drawn anew, as the toolkit does when its theme
// changes.
func refreshAll(o fyne.CanvasObject) {
	kittest.Visit(o, func(o fyne.CanvasObject) { o.Refresh() })
}

// write encodes a picture into a file, on a goroutine of its own.
func (a *album) write(file string, level png.CompressionLevel, drawn image.Image) {
	a.room <- struct{}{}
	a.writing.Go(func() {
		defer func() { <-a.room }()
		f, err := os.Create(filepath.Join(a.folder, file))
		if err != nil {
			a.t.Error(err)
			return
		}
		encoder := png.Encoder{CompressionLevel: level}
		if err := encoder.Encode(f, drawn); err != nil {
			a.t.Error(err)
		}
		if err := f.Close(); err != nil {
			a.t.Error(err)
		}
	})
}

// finish waits for the files and writes the page that shows them.
func (a *album) finish() {
	a.t.Helper()
	a.writing.Wait()
	f, err := os.Create(filepath.Join(a.folder, "index.html"))
	if err != nil {
		a.t.Fatal(err)
	}
	defer func() {
		if err := f.Close(); err != nil {
			a.t.Error(err)
		}
	}()
	if err := indexPage.Execute(f, a.groups()); err != nil {
		a.t.Error(err)
	}
}

// group is the pictures of one screen.
type group struct {
	Screen   string
	Pictures []picture
}

// groups are the pictures by screen, in the order in which they were drawn.
func (a *album) groups() []group {
	var all []group
	at := map[string]int{}
	for _, p := range a.pictures {
		i, ok := at[p.Screen]
		if !ok {
			i = len(all)
			at[p.Screen] = i
			all = append(all, group{Screen: p.Screen})
		}
		all[i].Pictures = append(all[i].Pictures, p)
	}
	return all
}

// indexPage shows an album: the contents at the left, and a row for each screen.
var indexPage = template.Must(template.New("index").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Vast Relay: every screen</title>
<style>
:root { color-scheme: light dark; font: 15px/1.4 system-ui, sans-serif }
body { display: grid; grid-template-columns: 14rem 1fr; gap: 2rem; margin: 0 1.5rem }
nav { position: sticky; top: 0; max-height: 100vh; overflow: auto; padding: 1rem 0 }
nav a { display: block; text-decoration: none; padding: .1rem 0 }
section div { display: grid; grid-template-columns: repeat(auto-fill, minmax(26rem, 1fr)); gap: 1rem }
figure { margin: 0 } figcaption { opacity: .7 }
img { max-width: 100%; height: auto; border: 1px solid #8886 }
</style></head><body>
<nav>{{range .}}<a href="#{{.Screen}}">{{.Screen}}</a>{{end}}</nav>
<main><h1>Every screen</h1>
<p>At 100 % as on a screen of 1024 by 600 pixels, at 200 % as on one of 1366 by 768.</p>
{{range .}}<section id="{{.Screen}}"><h2>{{.Screen}}</h2><div>
{{range .Pictures}}<figure><a href="{{.File}}"><img src="{{.File}}" loading="lazy" alt="{{.Screen}}, {{.Language}}, {{.Variant}}, {{.Percent}} %"></a><figcaption>{{.Language}}, {{.Variant}}, {{.Percent}} %</figcaption></figure>
{{end}}</div></section>
{{end}}</main></body></html>
`))
