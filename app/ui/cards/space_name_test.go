package cards

import (
	"context"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/config"
	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/uitest"
	"vastrelay/app/words"
)

// spaceName is the field with the name of the space.
func (d *desk) spaceName() *spaceName {
	for _, card := range d.set.All() {
		if card.name != nil {
			return card.name
		}
	}
	return nil
}

func TestTheSpaceIsNamed(t *testing.T) {
	b := uitest.Working()
	b.InForce.Label = "Ops alerts"
	d := newDesk(t, b, false)
	name := d.spaceName()
	bright := func() bool { return !name.save.Disabled() && name.save.Importance == widget.HighImportance }
	if name.entry.Text != "Ops alerts" || bright() {
		t.Errorf("at first: got %q, and it can be saved: %v", name.entry.Text, bright())
	}
	name.entry.SetText(" Night watch ")
	if !bright() {
		t.Error("another name cannot be saved")
	}
	name.entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if name.entry.Text != "Ops alerts" || bright() {
		t.Errorf("after Escape: got %q, and it can be saved: %v", name.entry.Text, bright())
	}
	name.entry.SetText(" Night watch ")
	name.entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	d.Until("the end", func() bool { return kittest.Sees(d.box, "Saved.") })
	if got := b.Settings().Label; got != "Night watch" || bright() {
		t.Errorf("got %q in force, and it can be saved: %v", got, bright())
	}
	name.entry.SetText("Day watch")
	d.WantNoText(d.box, "Saved.")
	if !d.set.Cancel() || name.entry.Text != "Night watch" || d.set.Cancel() {
		t.Error("the edit is not taken back, or there is more to take back")
	}
}

func TestTheSpaceIsNamedWithItsURL(t *testing.T) {
	b := uitest.FirstStart()
	b.OnSaveCredential = func(_ context.Context, kind credentials.Kind, _ string, _ func(health.Step)) error {
		b.Give(kind)
		return nil
	}
	d := newDesk(t, b, true)
	d.turn(credentials.ChatURL)
	d.set.Open(credentials.ChatURL)
	name := d.spaceName()
	if name.save.Visible() {
		t.Error("the name has a button of its own, although there is no space yet")
	}
	name.entry.SetText("Ops alerts")
	test.Type(d.card(credentials.ChatURL).Entry(), pastedURL)
	name.entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	d.Until("the name in force", func() bool { return b.Settings().Label == "Ops alerts" })
	if got := d.b.Called("SaveCredential chat_url"); got != 1 {
		t.Errorf("SaveCredential: got %d calls, want 1", got)
	}
}

func TestANameThatCannotBeSavedStays(t *testing.T) {
	b := uitest.Working()
	b.OnChangeSettings = func(context.Context, config.Settings) error {
		return health.Problem{Headline: words.Verbatim("Use a name of at most 100 characters")}
	}
	d := newDesk(t, b, false)
	name := d.spaceName()
	name.entry.SetText("long")
	d.Tap(d.box, "Save name")
	d.Until("the problem", func() bool { return kittest.Sees(d.box, "Use a name of at most 100 characters") })
	if name.entry.Text != "long" || name.save.Disabled() {
		t.Errorf("got %q, want what was typed, to be saved once more", name.entry.Text)
	}
}

func TestTheDemoNamesItsSpaceItself(t *testing.T) {
	d := newDesk(t, uitest.Demo(), false)
	d.WantNoText(d.box, "Name of the space")
}
