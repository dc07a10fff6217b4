package settings

import (
	"context"
	"strings"
	"testing"
	"time"

	"vastrelay/app/ui/uitest"
	"vastrelay/app/words"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/ui/kit/kittest"
)

// wantForgotten fails if the secret is anywhere in the windows.
func (d *desk) wantForgotten() {
	d.T.Helper()
	d.WantForgotten(d.w, uitest.Secret)
}

func TestASavedCredentialIsInUse(t *testing.T) {
	b := uitest.Working()
	b.OnSaveCredential = func(_ context.Context, _ credentials.Kind, _ string, report func(health.Step)) error {
		report(health.Step{Name: words.Verbatim("Ask Vast.ai who I am"), State: health.StepDone, Text: words.Verbatim("ada@example.net"), Took: 300 * time.Millisecond})
		return nil
	}
	d := newDesk(t, b)
	w := d.showSettings(string(credentials.VastKey))
	c := w.win.Content()
	card := cardAt(w, 0)
	if w.win.Canvas().Focused() != fyne.Focusable(card.Entry()) {
		t.Error("the entry does not have the focus")
	}
	test.Type(card.Entry(), uitest.Secret)
	d.Tap(c, "Save and check")
	d.Until("the end", func() bool { return kittest.Sees(c, "Saved; it is in use from now on.") })
	d.WantText(card.Ground, "ada@example.net · +300 ms")
	d.wantForgotten()
	d.WantText(c, "Nothing is missing any more.")
}

func TestSetUpGoesOnWithTheNextCredential(t *testing.T) {
	d := newDesk(t, uitest.FirstStart())
	w := d.showSettings(string(credentials.ChatURL))
	c := w.win.Content()
	d.WantText(c, "Apps & integrations")
	test.Type(cardAt(w, 1).Entry(), "https://chat.googleapis.com/v1/spaces/x")
	d.b.Mu.Lock()
	d.b.Stored[1] = uitest.Credentials()[1]
	d.b.Mu.Unlock()
	d.Tap(c, "Save and check")
	d.Until("the end", func() bool { return kittest.Button(c, "Next: ngrok authtoken") != nil })
	d.Tap(c, "Next: ngrok authtoken")
	card := cardAt(w, 2)
	if card.Entry() == nil || w.win.Canvas().Focused() != fyne.Focusable(card.Entry()) {
		t.Fatal("the entry of the next credential is not open with the focus")
	}
	low := fyne.CurrentApp().Driver().AbsolutePositionForObject(card.Ground).Y + card.Ground.Size().Height
	if low > w.win.Canvas().Size().Height {
		t.Errorf("the card ends at %v, below the window of %v", low, w.win.Canvas().Size().Height)
	}
}

func TestClosingTheSettingsDropsWhatWasTyped(t *testing.T) {
	d := newDesk(t, uitest.Working())
	w := d.showSettings(string(credentials.VastKey))
	test.Type(cardAt(w, 0).Entry(), uitest.Secret)
	w.close()
	d.wantForgotten()
	if d.w != nil {
		t.Error("nobody was told that the window has closed")
	}
}

func TestTheSettingsCloseByKey(t *testing.T) {
	d := newDesk(t, uitest.Working())
	w := d.showSettings(SectionConnections)
	for _, k := range w.keys() {
		if k.Key.ShortcutName() == (&desktop.CustomShortcut{KeyName: fyne.KeyW, Modifier: fyne.KeyModifierShortcutDefault}).ShortcutName() {
			k.Do(k.Key)
		}
	}
	if d.w != nil {
		t.Error("Ctrl+W does not close the settings")
	}
}

func TestChangesReachTheSettings(t *testing.T) {
	d := newDesk(t, uitest.Working())
	w := d.showSettings(string(credentials.VastKey))
	test.Type(cardAt(w, 0).Entry(), "half a ke")
	d.b.Mu.Lock()
	d.b.Stored[1].Detail = words.Verbatim("Night watch")
	d.b.Mu.Unlock()
	d.b.Emit()
	d.Pump()
	d.WantText(w.win.Content(), "Night watch")
	if got := cardAt(w, 0).Entry().Text; got != "half a ke" {
		t.Errorf("what was being typed became %q", got)
	}
}

func TestAnswersComeIntoView(t *testing.T) {
	for _, tt := range []struct{ name, section, button, answer string }{
		{"what was caught up", SectionHistory, "Catch up", "Vast.ai's inbox holds no event"},
		{"the question before cleaning up", SectionAbout, "Delete the webhooks…", "This cannot be undone."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t, uitest.Working())
			w := d.showSettings(tt.section)
			w.win.Resize(fyne.NewSize(640, 360))
			d.Tap(w.win.Content(), tt.button)
			d.Until("the answer", func() bool { return kittest.Sees(w.win.Content(), tt.answer) })
			var answer *widget.Label
			kittest.Visit(w.win.Content(), func(o fyne.CanvasObject) {
				if l, ok := o.(*widget.Label); ok && strings.Contains(l.Text, tt.answer) {
					answer = l
				}
			})
			lower := fyne.CurrentApp().Driver().AbsolutePositionForObject(answer).Y + answer.MinSize().Height
			if high := w.win.Canvas().Size().Height; lower > high {
				t.Errorf("its lower edge is at %v, want it within a window of %v", lower, high)
			}
		})
	}
}
