package ui

import (
	"context"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/ui/kit"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/uitest"
	"vastrelay/app/words"
)

// keyboard plays the keys of a person who has no mouse, in the way of the toolkit's
// driver: a key goes to what has the focus, else to the window.
type keyboard struct {
	*desk
	w    fyne.Window
	keys []kit.Shortcut // those of the window
}

// press presses keys.
func (k *keyboard) press(names ...fyne.KeyName) {
	k.T.Helper()
	c := k.w.Canvas()
	for _, name := range names {
		key := &fyne.KeyEvent{Name: name}
		switch focused := c.Focused(); {
		case name == fyne.KeyTab:
			c.FocusNext()
		case focused != nil:
			focused.TypedKey(key)
		case c.OnTypedKey() != nil:
			c.OnTypedKey()(key)
		}
		k.Pump()
	}
}

// write types a text into what has the focus.
func (k *keyboard) write(text string) {
	k.T.Helper()
	focused := k.w.Canvas().Focused()
	if focused == nil {
		k.T.Fatalf("nothing has the focus to type %q into", text)
	}
	for _, r := range text {
		focused.TypedRune(r)
	}
	k.Pump()
}

// hold presses a key together with that of shortcuts.
func (k *keyboard) hold(name fyne.KeyName) {
	k.T.Helper()
	s := &desktop.CustomShortcut{KeyName: name, Modifier: fyne.KeyModifierShortcutDefault}
	if focused, ok := k.w.Canvas().Focused().(fyne.Shortcutable); ok {
		focused.TypedShortcut(s)
	} else {
		for _, key := range k.keys {
			if key.Key.ShortcutName() == s.ShortcutName() {
				key.Do(s)
			}
		}
	}
	k.Pump()
}

// tabTo presses Tab until the button with that text has the focus.
func (k *keyboard) tabTo(text string) {
	k.T.Helper()
	k.tabUntil(text, func(o fyne.Focusable) bool {
		b, ok := o.(*kit.Button)
		return ok && b.Text == text
	})
}

// tabUntil presses Tab until there says yes to what has the focus.
func (k *keyboard) tabUntil(what string, there func(fyne.Focusable) bool) {
	k.T.Helper()
	for range 80 {
		if o := k.w.Canvas().Focused(); o != nil && there(o) {
			return
		}
		k.press(fyne.KeyTab)
	}
	k.T.Fatalf("Tab never reaches %s", what)
}

// atMain shows the main window to a person with a keyboard alone.
func atMain(t *testing.T, b *uitest.Program) *keyboard {
	t.Helper()
	d := newDesk(t, b)
	d.showMain()
	return &keyboard{desk: d, w: d.ui.Main(), keys: d.ui.main.keys.list()}
}

func TestTheSetUpByKeyboardAlone(t *testing.T) {
	k := atMain(t, uitest.FirstStart())
	for _, kind := range []credentials.Kind{credentials.ChatURL, credentials.NgrokToken} {
		k.b.OnSaveCredential = func(context.Context, credentials.Kind, string, func(health.Step)) error {
			k.b.Give(kind)
			return nil
		}
		k.tabUntil("an entry", func(o fyne.Focusable) bool { _, ok := o.(*kit.Entry); return ok })
		saved := k.b.Called("SaveCredential " + string(kind))
		k.write(map[credentials.Kind]string{
			credentials.ChatURL:    "https://chat.googleapis.com/v1/spaces/AAAA/messages?key=kkkkkkkkkk&token=tttttttttt",
			credentials.NgrokToken: "2abcDEFghiJKLmnoPQRstuVWxyz_5TuVwXyZ0123456789AbC",
		}[kind])
		k.press(fyne.KeyReturn)
		k.Until("the check of "+string(kind), func() bool { return k.b.Called("SaveCredential "+string(kind)) > saved })
		k.Until("the answer", func() bool {
			e, ok := k.w.Canvas().Focused().(*kit.Entry)
			return !ok || !e.Disabled() && e.Text == ""
		})
	}
	k.become(status.Relaying)
	k.tabTo(testFromVast.title())
	k.press(fyne.KeyReturn)
	k.Until("the test", func() bool { return k.b.Called("TestFromVast") == 1 })
}

func TestTheMainWindowByKeyboardAlone(t *testing.T) {
	k := atMain(t, uitest.Working())
	c := k.w.Content()

	t.Log("search, list, detail, resend")
	k.hold(fyne.KeyF)
	k.write("outbid")
	k.press(fyne.KeyReturn, fyne.KeyDown, fyne.KeyDown)
	k.Until("the event", func() bool { return kittest.Sees(c, "ev-009") })
	k.tabTo("Resend")
	k.press(fyne.KeySpace)
	k.Until("the resending", func() bool { return k.b.Called("Resend ev-009") == 1 })

	t.Log("the keys, and back")
	before := k.w.Canvas().Focused()
	k.press(fyne.KeyF1)
	if !k.ui.main.keys.help.Open() {
		t.Fatal("F1 shows no keys")
	}
	k.press(fyne.KeyTab, fyne.KeyDown, fyne.KeyEscape)
	if k.ui.main.keys.help.Open() || k.w.Canvas().Focused() != before {
		t.Error("Escape does not lead back to where the person was")
	}

	t.Log("pause")
	k.tabTo(words.Text("window.pause"))
	k.press(fyne.KeyReturn)
	if k.w.Canvas().Overlays().Top() == nil {
		t.Fatal("the button opens no menu")
	}
	k.press(fyne.KeyDown, fyne.KeyReturn)
	k.Until("the pause", func() bool { return k.b.Called("Pause 2") == 1 })

	t.Log("test")
	k.tabTo(words.Text("window.send_test"))
	k.press(fyne.KeyReturn)
	k.Until("the test", func() bool { return k.b.Called("TestFromVast") == 1 && !k.ui.main.answers.testing })

	t.Log("the doctor, which stands last in the menu beside that button")
	k.tabTo(words.Text("window.send_test"))
	k.press(fyne.KeyTab, fyne.KeyReturn, fyne.KeyUp, fyne.KeyReturn)
	k.Until("the checks", func() bool { return k.b.Called("Examine") == 1 })
	k.press(fyne.KeyEscape)

	t.Log("quit")
	k.hold(fyne.KeyQ)
	if k.quits > 0 {
		t.Error("quit without a question")
	}
	k.press(fyne.KeyEscape)
	if k.w.Canvas().Overlays().Top() != nil || k.quits > 0 {
		t.Fatal("Escape does not take the question away")
	}
	k.hold(fyne.KeyQ)
	k.tabTo(words.Text("window.closing.quit"))
	k.press(fyne.KeyReturn)
	if k.quits != 1 {
		t.Errorf("quit %d times, want once", k.quits)
	}
}

func TestEveryPageOfTheSettingsByKeyboardAlone(t *testing.T) {
	k := atMain(t, uitest.Working())
	k.hold(fyne.KeyComma)
	w := k.settingsWindow()
	if w == nil {
		t.Fatal("the settings do not open")
	}
	s := &keyboard{desk: k.desk, w: w}
	list, ok := w.Canvas().Focused().(*kit.List)
	if !ok {
		t.Fatalf("%T has the focus, want the list of pages", w.Canvas().Focused())
	}
	s.press(fyne.KeyHome)
	for i := range list.Length() {
		if i > 0 {
			s.press(fyne.KeyDown)
		}
		s.Until("the page has what it asks for", func() bool { return !kittest.Sees(w.Content(), words.Text("settings.events.asking")) })
		var reached []fyne.Focusable
		for range 120 {
			s.press(fyne.KeyTab)
			o := w.Canvas().Focused()
			if o == nil || o == fyne.Focusable(list) {
				break
			}
			if slices.Contains(reached, o) {
				t.Fatalf("page %d: Tab never comes back to the list of pages", i)
			}
			reached = append(reached, o)
			if s.press(fyne.KeyF1); w.Canvas().Overlays().Top() == nil {
				t.Errorf("page %d: %T swallows F1", i, o)
			}
			if s.press(fyne.KeyEscape); w.Canvas().Overlays().Top() != nil || w.Canvas().Focused() != o {
				t.Fatalf("page %d: Escape does not lead back to %T", i, o)
			}
		}
		if len(reached) == 0 {
			t.Errorf("page %d: Tab reaches nothing in it", i)
		}
		w.Canvas().Focus(list)
	}
	s.press(fyne.KeyF1)
	s.press(fyne.KeyEscape)
	if k.settingsWindow() == nil {
		t.Fatal("Escape closes more than the keys")
	}
	s.tabUntil("a button", func(o fyne.Focusable) bool { _, ok := o.(*kit.Button); return ok })
	s.press(fyne.KeyEscape)
	if k.settingsWindow() != nil {
		t.Error("Escape at a button does not close the settings")
	}
}

// TestNothingTrapsTheFocus goes round each screen in both directions.
func TestNothingTrapsTheFocus(t *testing.T) {
	for _, s := range screens() {
		t.Run(s.name, func(t *testing.T) {
			w := s.stage(newDesk(t, s.b))
			c := w.Canvas()
			c.Unfocus()
			c.FocusNext()
			first := c.Focused()
			if first == nil {
				t.Skip("nothing in it takes the focus")
			}
			var round []fyne.Focusable
			for range 250 {
				round = append(round, c.Focused())
				c.FocusNext()
				if c.Focused() == first {
					break
				}
			}
			if c.Focused() != first {
				t.Fatalf("Tab never comes back to the first of %d", len(round))
			}
			for i := len(round) - 1; i >= 0; i-- {
				c.FocusPrevious()
				if c.Focused() != round[i] {
					t.Fatalf("Shift+Tab goes another way than Tab at %d of %d", i, len(round))
				}
			}
		})
	}
}
