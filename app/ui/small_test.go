package ui

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"

	"vastrelay/app/status"
	"vastrelay/app/ui/uitest"
	"vastrelay/app/words"

	"vastrelay/app/ui/kit"
	"vastrelay/app/ui/kit/kittest"

	"vastrelay/app/credentials"
	"vastrelay/app/health"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
)

// smallest is the smallest window that people must be able to work in: what a
// screen of 1366 × 768 leaves at twice the size of text, or one of 800 × 480.
var smallest = fyne.NewSize(640, 360)

// small gives w the smallest size.
func small(w fyne.Window) {
	w.Resize(smallest)
	w.Content().Refresh()
	paint(w)
	w.Content().Refresh() // Words that wrap have the height now that they take.
}

// paint asks every widget of w for its parts, as painting does.
func paint(w fyne.Window) {
	for _, o := range kittest.WindowObjects(w) {
		kittest.Visit(o, func(o fyne.CanvasObject) {
			if v, ok := o.(fyne.Widget); ok {
				test.WidgetRenderer(v).Objects()
			}
		})
	}
}

// reached lists all that Tab reaches in w, and whether each was in view when it
// had the focus.
func reached(w fyne.Window) (all []fyne.CanvasObject, hidden []string) {
	c := w.Canvas()
	c.Unfocus()
	for range 200 {
		c.FocusNext()
		o, ok := c.Focused().(fyne.CanvasObject)
		if !ok || slices.Contains(all, o) {
			break
		}
		paint(w)
		all = append(all, o)
		if !inView(w, o) {
			at := fyne.CurrentApp().Driver().AbsolutePositionForObject(o)
			hidden = append(hidden, fmt.Sprintf("%T %q at %v, size %v", o, kittest.Texts(o), at, o.Size()))
		}
	}
	return all, hidden
}

// inView reports whether o, or the beginning of one that is too high for that, is
// within w and within the view of all that scrolls around it.
func inView(w fyne.Window, o fyne.CanvasObject) bool {
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject
	high := o.Size().Height
	if high > smallest.Height/2 && high != eventsLeast {
		high = 0
	}
	within := func(top, height float32) bool { return at(o).Y >= top-1 && at(o).Y+high <= top+height+1 }
	for _, around := range kit.PathTo(o, w.Content()) {
		if s, ok := around.(*container.Scroll); ok && s.Direction != container.ScrollHorizontalOnly && !within(at(s).Y, s.Size().Height) {
			return false
		}
	}
	return within(0, w.Canvas().Size().Height) && at(o).X >= -1 && at(o).X+o.Size().Width <= w.Canvas().Size().Width+1
}

func TestEveryScreenIsUsableInASmallWindow(t *testing.T) {
	for _, s := range screens() {
		t.Run(s.name, func(t *testing.T) {
			d := newDesk(t, s.b)
			w := s.stage(d)
			small(w)
			for _, o := range kittest.WindowObjects(w) {
				if need := o.MinSize(); need.Width > smallest.Width || need.Height > smallest.Height {
					t.Errorf("the window cannot be smaller than %v, want %v", need, smallest)
				}
			}
			if around, ok := outerScroll(w); ok && around.Content.MinSize().Width > smallest.Width {
				t.Errorf("its content is %v wide, want no scrolling sideways", around.Content.MinSize().Width)
			}
			all, hidden := reached(w)
			for _, one := range hidden {
				t.Errorf("it has the focus out of sight: %s", one)
			}
			for _, o := range kittest.WindowObjects(w) {
				if len(w.Canvas().Overlays().List()) > 0 && o == w.Content() {
					continue // What lies over it comes first.
				}
				kittest.Visit(o, func(o fyne.CanvasObject) {
					if b, ok := o.(*kit.Button); ok && !b.Disabled() && !slices.Contains(all, fyne.CanvasObject(b)) {
						t.Errorf("Tab never reaches %q", b.Text)
					}
				})
			}
		})
	}
}

// TestEveryScreenIsUsableOnANetbook lays out each screen as it first comes up on a
// screen of 1024 by 600 pixels.
func TestEveryScreenIsUsableOnANetbook(t *testing.T) {
	netbook := fyne.NewSize(1024, 600)
	for _, s := range screens() {
		t.Run(s.name, func(t *testing.T) {
			d := newDesk(t, s.b, func(o *Options) { o.Screen = func() fyne.Size { return netbook } })
			w := s.stage(d)
			kit.FitScreen(w, netbook)
			w.Content().Refresh()
			paint(w)
			w.Content().Refresh()
			if size := w.Canvas().Size(); size.Width > netbook.Width || size.Height > netbook.Height-kit.FrameHeight {
				t.Errorf("the window has %v, more than the screen", size)
			}
			if around, ok := outerScroll(w); ok && around.Content.MinSize().Width > w.Canvas().Size().Width {
				t.Errorf("its content is %v wide, want no scrolling sideways", around.Content.MinSize().Width)
			}
			_, hidden := reached(w)
			for _, one := range hidden {
				t.Errorf("it has the focus out of sight: %s", one)
			}
		})
	}
}

// outerScroll is what scrolls the whole content of w.
func outerScroll(w fyne.Window) (*container.Scroll, bool) {
	var found *container.Scroll
	kittest.Visit(w.Content(), func(o fyne.CanvasObject) {
		if s, ok := o.(*container.Scroll); ok && found == nil {
			found = s
		}
	})
	return found, found != nil
}

func TestTheReasonForNotStartingFitsASmallScreen(t *testing.T) {
	a := test.NewTempApp(t)
	a.Settings().SetTheme(kit.Theme())
	w := a.NewWindow("")
	w.SetContent(kit.Refusal(health.Problem{
		Headline: words.Verbatim("Vast Relay cannot start"), Cause: words.Verbatim(string(slices.Repeat([]byte("The folder of its data cannot be read. "), 40))), Next: words.Verbatim("Mend it."),
	}, func() {}))
	small(w)
	if need := w.Content().MinSize(); need.Width > smallest.Width || need.Height > smallest.Height {
		t.Errorf("the window cannot be smaller than %v, want %v", need, smallest)
	}
	if _, hidden := reached(w); len(hidden) > 0 {
		t.Errorf("its button is out of sight: %v", hidden)
	}
}

// The picture of activity is there in the smallest window, too, unless the facts need the
// room.
func TestTheSmallestWindowShowsWhenEventsCame(t *testing.T) {
	busy := uitest.RelayingStatus()
	busy.Waiting, busy.Late, busy.GivenUp, busy.Unreadable = 1234, 12, 123, 7
	for _, l := range words.Languages() {
		words.Use(l)
		t.Cleanup(func() { words.Use(words.English()) })
		for _, c := range []struct {
			name string
			b    *uitest.Program
			want bool
		}{
			{"few facts", uitest.Working(), true},
			{"many facts", uitest.WithStatus(busy), false},
		} {
			t.Run(l.Tag()+" "+c.name, func(t *testing.T) {
				d := newDesk(t, c.b)
				d.showMain()
				d.Until("the picture", func() bool { return d.ui.main.events.Activity().Visible() })
				small(d.ui.Main())
				row := d.ui.main.header.row
				if got := row.picture.Visible(); got != c.want {
					t.Errorf("the picture is visible: %v, want %v", got, c.want)
				}
				if facts, edge := row.facts.Size().Width, row.picture.Position().X; c.want && facts > edge {
					t.Errorf("the facts end at %v, beyond the picture's edge at %v", facts, edge)
				}
			})
		}
	}
}

// fakeStore keeps a WindowState in memory.
type fakeStore struct {
	mu    sync.Mutex
	state WindowState
	err   error
	saves int
}

func (s *fakeStore) Load() (WindowState, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state, s.err
}

func (s *fakeStore) Save(state WindowState) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state, s.saves = state, s.saves+1
	return s.err
}

func TestSavedSizesAreSound(t *testing.T) {
	first := WindowState{mainWidth, mainHeight, firstSplit}
	for _, c := range []struct {
		name        string
		saved, want WindowState
	}{
		{"a common size stays", WindowState{1200, 700, 0.3}, WindowState{1200, 700, 0.3}},
		{"nothing is the first size", WindowState{}, first},
		{"nor is a negative size one", WindowState{-5, -1e30, -1}, first},
		{"nor what is no number", WindowState{math.NaN(), math.NaN(), math.NaN()}, first},
		{"too small is the least", WindowState{1, 2, 0.5}, WindowState{kit.LeastWidth, kit.LeastHeight, 0.5}},
		{"larger than any screen is the most", WindowState{1e30, 1e30, 9}, WindowState{mostWidth, mostHeight, mostSplit}},
		{"so is what has no end", WindowState{math.Inf(1), math.Inf(1), math.Inf(1)}, WindowState{mostWidth, mostHeight, mostSplit}},
		{"an end in the other direction is no size", WindowState{math.Inf(-1), math.Inf(-1), math.Inf(-1)}, first},
		{"a divider at the edge leaves something of the list", WindowState{1200, 700, 0.01}, WindowState{1200, 700, leastSplit}},
		{"each value is looked at by itself", WindowState{1e300, 700, 0.2}, WindowState{mostWidth, 700, 0.2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.saved.sound(); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
			store := &fakeStore{state: c.saved}
			d := newDesk(t, uitest.Working(), func(o *Options) { o.Window = store })
			want := fyne.NewSize(float32(c.want.Width), float32(c.want.Height))
			if got := d.ui.Main().Canvas().Size(); got != want {
				t.Errorf("the window has %v, want %v", got, want)
			}
		})
	}
	for _, c := range []struct {
		name string
		kept WindowState // what there is beside the damage
		want fyne.Size
	}{
		{"a damaged file is the first size", WindowState{}, fyne.NewSize(mainWidth, mainHeight)},
		{"unless there is an older copy", WindowState{1200, 700, 0.3}, fyne.NewSize(1200, 700)},
	} {
		t.Run(c.name, func(t *testing.T) {
			store := &fakeStore{state: c.kept, err: errors.New("damaged")}
			d := newDesk(t, uitest.Working(), func(o *Options) { o.Window = store })
			if got := d.ui.Main().Canvas().Size(); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestWindowKeepsItsSize(t *testing.T) {
	store := &fakeStore{}
	d := newDesk(t, uitest.Working(), func(o *Options) { o.Window = store })
	d.b.InForce.TrayHintShown = true
	d.showMain()
	d.ui.Main().Resize(fyne.NewSize(1200, 700))
	d.ui.main.events.Box.SetOffset(0.3)
	d.ui.main.close()
	d.showMain()
	d.ui.main.close() // Nothing has changed since.
	d.ui.Close()
	if store.saves != 1 {
		t.Errorf("saved %d times, want once for one change", store.saves)
	}

	again := New(d.App, partsOf(d.b), d.ui.o)
	defer again.Close()
	if got := again.Main().Canvas().Size(); got != fyne.NewSize(1200, 700) {
		t.Errorf("got %v the next time, want the size that it was left in", got)
	}
	if got := again.main.events.Box.Offset; got != 0.3 {
		t.Errorf("got the divider at %v, want it where it was left", got)
	}
}

// A window that was made smaller for a small screen has its own size back on a large one.
func TestASizeThatOnlyTheScreenAskedForIsNotKept(t *testing.T) {
	left := WindowState{1200, 700, 0.3}
	for _, c := range []struct {
		name  string
		there func(d *desk) // what the person does at the small screen
		want  WindowState
	}{
		{"nothing", func(*desk) {}, left},
		{"moves the divider", func(d *desk) { d.ui.main.events.Box.SetOffset(0.5) }, WindowState{1200, 700, 0.5}},
		{"closes the window and shows it again", func(d *desk) { d.ui.main.close(); d.showMain() }, left},
		{"changes the language", func(d *desk) {
			d.ui.speak()
			if got := d.ui.Main().Canvas().Size(); got.Width > 800 || got.Height > 600 {
				d.T.Errorf("got %v on the small screen", got)
			}
		}, left},
		{"chooses another size", func(d *desk) { d.ui.Main().Resize(fyne.NewSize(700, 400)) }, WindowState{700, 400, 0.3}},
	} {
		t.Run(c.name, func(t *testing.T) {
			store := &fakeStore{state: left}
			d := newDesk(t, uitest.Working(), func(o *Options) {
				o.Window, o.Screen = store, func() fyne.Size { return fyne.NewSize(800, 600) }
			})
			d.b.InForce.TrayHintShown = true
			d.showMain()
			if got := d.ui.Main().Canvas().Size(); got.Width > 800 || got.Height > 600 {
				t.Errorf("got %v on the small screen", got)
			}
			c.there(d)
			d.ui.Close()
			if store.state != c.want {
				t.Errorf("kept %v, want %v", store.state, c.want)
			}
		})
	}
}

func TestSizeIsKeptWhenTheProgramEndsWithItsWindowOpen(t *testing.T) {
	store := &fakeStore{}
	d := newDesk(t, uitest.Working(), func(o *Options) { o.Window = store })
	d.showMain()
	d.ui.Main().Resize(fyne.NewSize(1200, 700))
	d.ui.Close()
	if store.state.Width != 1200 {
		t.Errorf("kept %v, want the size at the end", store.state)
	}
}

func TestTheDemoLeavesTheSizeAlone(t *testing.T) {
	store := &fakeStore{}
	d := newDesk(t, uitest.Demo(), func(o *Options) { o.Window = store })
	d.b.InForce.TrayHintShown = true
	d.showMain()
	d.ui.Main().Resize(fyne.NewSize(1200, 700))
	d.ui.main.close()
	d.ui.Close()
	if store.saves != 0 {
		t.Errorf("saved %d times, want never", store.saves)
	}
}

func TestWindowsFitTheScreen(t *testing.T) {
	for _, c := range []struct {
		name         string
		screen, want fyne.Size
	}{
		{"a large screen changes nothing", fyne.NewSize(2560, 1440), fyne.NewSize(mainWidth, mainHeight)},
		{"nor does one that is not known", fyne.Size{}, fyne.NewSize(mainWidth, mainHeight)},
		{"a small one leaves room for the frame", fyne.NewSize(800, 480), fyne.NewSize(800, 480-kit.FrameHeight)},
		{"the least size stays on one that is smaller yet", fyne.NewSize(320, 240), fyne.NewSize(kit.LeastWidth, kit.LeastHeight)},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, uitest.Working(), func(o *Options) { o.Screen = func() fyne.Size { return c.screen } })
			d.showMain()
			if got := d.ui.Main().Canvas().Size(); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
			settings := d.showSettings("").Canvas().Size()
			if want := fyne.NewSize(settings.Width, settings.Height).Min(c.want); settings != want && c.screen.Width < 1000 && c.screen.Width > 0 {
				t.Errorf("the settings have %v, want %v", settings, want)
			}
		})
	}
}

func TestWhatAppearsIsInViewInASmallWindow(t *testing.T) {
	for _, c := range []struct {
		name  string
		b     *uitest.Program
		stage func(d *desk) fyne.CanvasObject // what must be in view
	}{
		{"the buttons of an answer", uitest.WithStatus(uitest.WordyStatus()), func(d *desk) fyne.CanvasObject {
			d.Tap(d.ui.Main().Content(), "Address")
			return d.why()
		}},
		{"an event that was chosen in the tray", uitest.WithStatus(uitest.WordyStatus()), func(d *desk) fyne.CanvasObject {
			d.ui.ShowEvent("ev-009")
			return d.ui.main.events.Box
		}},
		{"the buttons of the step about the keyring", uitest.FirstStart(), func(d *desk) fyne.CanvasObject {
			d.b.KeyringNow = credentials.KeyringState{State: "unavailable", Words: words.Verbatim("There is no system keyring here."), Action: health.ActionLookAgain}
			d.ui.main.refresh(status.Everything)
			d.Until("the step", func() bool { return kittest.Sees(d.ui.Main().Content(), "No keyring runs on this computer") })
			return kittest.Button(d.ui.Main().Content(), "Keep for this run only")
		}},
		{"the button that saves a credential", uitest.FirstStart(), func(d *desk) fyne.CanvasObject {
			return kittest.Button(d.ui.Main().Content(), "Save and check")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, c.b)
			small(d.ui.Main())
			d.showMain()
			small(d.ui.Main())
			o := c.stage(d)
			d.Pump()
			if !inView(d.ui.Main(), o) {
				t.Errorf("it stands at %v, size %v, want it within %v", fyne.CurrentApp().Driver().AbsolutePositionForObject(o), o.Size(), smallest)
			}
		})
	}
}

// TestAWindowFitsTheScreenThatIsLeft hides the main window, takes the large monitor away
// that it was on, and shows it again.
func TestAWindowFitsTheScreenThatIsLeft(t *testing.T) {
	large, left := fyne.NewSize(2560, 1440), fyne.NewSize(1280, 800)
	screen := large
	d := newDesk(t, uitest.Working(), func(o *Options) { o.Screen = func() fyne.Size { return screen } })
	d.showMain()
	w := d.ui.Main()
	w.Resize(fyne.NewSize(1800, 1200))
	d.ui.main.hide()
	d.showMain()
	if got := w.Canvas().Size(); got != fyne.NewSize(1800, 1200) {
		t.Fatalf("got %v on the large screen, want the size that a person gave it", got)
	}
	d.ui.main.hide()
	screen = left
	d.showMain()
	if got := w.Canvas().Size(); got.Width > left.Width || got.Height > left.Height-kit.FrameHeight {
		t.Errorf("got %v, which is more than the screen of %v has room for", got, left)
	}
	d.ui.ShowSettings("")
	d.Pump()
	if got := d.settingsWindow().Canvas().Size(); got.Width > left.Width || got.Height > left.Height-kit.FrameHeight {
		t.Errorf("the settings are %v, which is more than the screen of %v has room for", got, left)
	}
}
