package notes

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"

	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/uitest"
)

// replacedText begins the note about a replaced program.
const replacedText = "A newer version of Vast Relay was installed."

func (d *desk) offersRestart() bool {
	return d.bar.Box.Visible() && strings.Contains(strings.Join(kittest.Texts(d.bar.Box), " "), replacedText)
}

func TestAReplacedProgramOffersToRestart(t *testing.T) {
	d := newDesk(t, &uitest.LastRun{})
	d.update()
	if d.bar.Box.Visible() {
		t.Fatalf("nothing was replaced, and there is a note: %q", kittest.Texts(d.bar.Box))
	}
	d.program.Other.Store(true)
	d.update()
	if d.offersRestart() {
		t.Error("the disk is asked at each change of the status")
	}
	d.Now = d.Now.Add(lookEvery)
	d.bar.Update()
	d.Until("the offer", d.offersRestart)
	d.Tap(d.bar.Box, "Restart now")
	if d.program.Wanted.Load() != 1 || d.quits != 1 {
		t.Errorf("wanted %d times, quit %d times, want each once", d.program.Wanted.Load(), d.quits)
	}
}

// pass lets so much time pass that the program is looked at anew, and asks.
func (d *desk) pass() {
	d.Now = d.Now.Add(lookEvery)
	d.update()
}

func TestAnotherTimeZoneOffersToRestart(t *testing.T) {
	d := newDesk(t, &uitest.LastRun{})
	d.program.Zone.Store(true)
	d.bar.Update()
	says := func(part string) func() bool {
		return func() bool { return strings.Contains(strings.Join(kittest.Texts(d.bar.Box), " "), part) }
	}
	d.Until("the offer", says("time zone of this computer"))
	d.program.Zone.Store(false)
	d.pass()
	d.Until("no offer back at home", func() bool { return !d.bar.Box.Visible() })
	d.program.Zone.Store(true)
	d.pass()
	d.Until("the offer of the next journey", says("time zone of this computer"))
	test.Tap(kittest.Button(d.bar.Box, "")) // the cross
	d.pass()
	if d.bar.Box.Visible() {
		t.Error("it was put away and is offered again")
	}
	d.program.Other.Store(true)
	d.pass()
	d.Until("the offer for another reason", says(replacedText))
}

func TestTheOfferToRestartIsPutAway(t *testing.T) {
	d := newDesk(t, &uitest.LastRun{})
	d.program.Other.Store(true)
	d.bar.Update()
	d.Until("the offer", d.offersRestart)
	test.Tap(kittest.Button(d.bar.Box, "")) // the cross
	d.Now = d.Now.Add(lookEvery)
	d.update()
	if d.bar.Box.Visible() || d.quits > 0 || d.program.Wanted.Load() > 0 {
		t.Error("it was put away and is offered again")
	}
}
