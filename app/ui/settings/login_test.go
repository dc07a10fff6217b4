package settings

import (
	"context"
	"errors"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"vastrelay/app/status"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/uitest"
)

const loginLabel = "Open Vast Relay when you log in"

// openLogin shows the page and waits until it knows the entry.
func openLogin(d *desk) fyne.CanvasObject {
	d.T.Helper()
	c := d.showSettings(SectionGeneral).win.Content()
	d.Until("the entry", func() bool { return d.loginForm().check.OnChanged != nil })
	return c
}

// loginForm is the part of the page that is shown.
func (d *desk) loginForm() *loginForm {
	return d.w.sections[d.w.at].page.(*generalPage).parts[0].(*loginForm)
}

func TestOpeningAtLogin(t *testing.T) {
	command := []string{"/usr/bin/other", "--hidden"}
	for _, tt := range []struct {
		name   string
		item   status.LoginItem
		says   string // empty: nothing but how it is
		ticked bool
		off    bool // it cannot be chosen
		mends  bool // a button sets it right
	}{
		{name: "off", item: status.LoginItem{State: status.LoginOff}},
		{name: "on", item: status.LoginItem{State: status.LoginOn, Command: command}, ticked: true},
		{name: "another copy", item: status.LoginItem{State: status.LoginOtherProgram, Command: command}, says: "Another copy is opened when you log in: /usr/bin/other", ticked: true, mends: true},
		{name: "other arguments", item: status.LoginItem{State: status.LoginOtherArguments, Command: command}, says: "this is run: /usr/bin/other --hidden", ticked: true, mends: true},
		{name: "a program that is gone", item: status.LoginItem{State: status.LoginBroken, Command: command}, says: "the entry leads to /usr/bin/other, which is not there", mends: true},
		{name: "unreadable", item: status.LoginItem{State: status.LoginUnreadable, Where: "/home/ada/x.desktop", Details: "it is a folder"}, says: "/home/ada/x.desktop cannot be read (it is a folder)", mends: true},
		{name: "a temporary copy", item: status.LoginItem{State: status.LoginOff, Refused: status.LoginTemporary}, says: "a folder for temporary files", off: true},
		{name: "a temporary copy beside another one's entry", item: status.LoginItem{State: status.LoginOn, Refused: status.LoginTemporary}, says: "a folder for temporary files", ticked: true},
		{name: "a download that was not moved", item: status.LoginItem{State: status.LoginOff, Refused: status.LoginNotInstalled}, says: "into the Applications folder", off: true},
		{name: "a program without a file", item: status.LoginItem{State: status.LoginOff, Refused: status.LoginNoProgram}, says: "file of this program is not found", off: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t, uitest.Working())
			d.b.AtLogin.Become(tt.item)
			c := openLogin(d)
			box := d.CheckBox(c, loginLabel)
			if box.Checked != tt.ticked || box.Disabled() != tt.off {
				t.Errorf("ticked %v, cannot be chosen %v; want %v, %v", box.Checked, box.Disabled(), tt.ticked, tt.off)
			}
			if tt.says != "" {
				d.WantText(c, tt.says)
			}
			mend := kittest.Button(c, "Set it right")
			if (mend != nil) != tt.mends {
				t.Fatalf("a button that sets it right: %v, want %v", mend != nil, tt.mends)
			}
			if mend == nil {
				return
			}
			d.Tap(c, "Set it right")
			d.Until("the answer", func() bool { return kittest.Sees(c, "it opens when you log in next") })
			if !slices.Equal(d.b.AtLogin.Sets, []bool{true}) || !d.CheckBox(c, loginLabel).Checked || kittest.Button(c, "Set it right") != nil {
				t.Errorf("asked for %v; want it turned on, and nothing left to set right", d.b.AtLogin.Sets)
			}
		})
	}
}

func TestTurningLoginOnAndOff(t *testing.T) {
	d := newDesk(t, uitest.Working())
	c := openLogin(d)
	test.Tap(d.CheckBox(c, loginLabel))
	d.Until("that it is on", func() bool { return kittest.Sees(c, "it opens when you log in next") })
	test.Tap(d.CheckBox(c, loginLabel))
	d.Until("that it is off", func() bool { return kittest.Sees(c, "it no longer opens") })
	if want := []bool{true, false}; !slices.Equal(d.b.AtLogin.Sets, want) {
		t.Errorf("asked for %v, want %v", d.b.AtLogin.Sets, want)
	}
}

func TestAFailedChangeOfLoginShowsTheTruth(t *testing.T) {
	d := newDesk(t, uitest.Working())
	d.b.AtLogin.OnSet = func(context.Context, bool) error { return errors.New("mkdir: permission denied") }
	c := openLogin(d)
	test.Tap(d.CheckBox(c, loginLabel))
	d.Until("the problem", func() bool { return kittest.Sees(c, "Could not change what is opened at login") })
	if d.CheckBox(c, loginLabel).Checked {
		t.Error("it is shown as on, although it is not")
	}
}

func TestAnEntryThatIsChangedOutsideIsNoticed(t *testing.T) {
	d := newDesk(t, uitest.Working())
	c := openLogin(d)
	d.b.AtLogin.Become(status.LoginItem{State: status.LoginOn})
	d.w.Refresh()
	d.Pump()
	if d.CheckBox(c, loginLabel).Checked {
		t.Error("the entry was read again at once, want it left alone for a while")
	}
	d.loginForm().looked = d.loginForm().looked.Add(-loginEvery)
	d.w.Refresh()
	d.Until("what it is now", func() bool { return d.CheckBox(c, loginLabel).Checked })
}

func TestTheDemoIsNotOpenedAtLogin(t *testing.T) {
	d := newDesk(t, uitest.Demo())
	d.WantNoText(d.showSettings(SectionGeneral).win.Content(), loginLabel)
}
