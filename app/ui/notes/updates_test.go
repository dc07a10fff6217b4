package notes

import (
	"errors"
	"testing"
	"time"

	"fyne.io/fyne/v2/test"

	"vastrelay/app/status"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/uitest"
)

// newest is a release that is newer than the program.
func newest() *status.Release {
	return &status.Release{Version: "1.3.0", Page: "https://updates.example.net/1.3.0", News: []string{"Faster"}}
}

func TestWhatIsSaidOfNewerVersions(t *testing.T) {
	for _, tt := range []struct {
		name      string
		known     status.Updates
		settingUp bool
		says      string // empty: nothing
	}{
		{name: "a build that asks nobody", known: status.Updates{}},
		{name: "nobody was asked yet", known: status.Updates{Host: "updates.example.net"}, says: "One request to updates.example.net"},
		{name: "nobody was asked yet, in the set-up", known: status.Updates{Host: "updates.example.net"}, settingUp: true},
		{name: "a person said no", known: status.Updates{Host: "updates.example.net", Asked: true}},
		{name: "the newest version runs", known: status.Updates{Host: "updates.example.net", Asked: true, Wanted: true, Checked: kittest.Noon}},
		{name: "there was no answer", known: status.Updates{Host: "updates.example.net", Asked: true, Wanted: true, Failed: status.UpdateLate}},
		{name: "a newer version", known: status.Updates{Host: "updates.example.net", Asked: true, Wanted: true, Newer: newest()}, says: "Vast Relay 1.3.0 is out."},
		{name: "a newer version that was put away", known: status.Updates{Host: "updates.example.net", Asked: true, Wanted: true, Newer: newest(), PutAway: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t, &uitest.LastRun{})
			d.updates.Known, d.settingUp = tt.known, tt.settingUp
			d.update()
			if tt.says == "" {
				if d.bar.Box.Visible() {
					t.Errorf("got %q, want nothing", kittest.Texts(d.bar.Box))
				}
				return
			}
			d.WantText(d.bar.Box, tt.says)
		})
	}
}

func TestAskingWhetherToLookForNewerVersions(t *testing.T) {
	for button, want := range map[string]bool{"Check": true, "No": false} {
		d := newDesk(t, &uitest.LastRun{})
		d.updates.Known = status.Updates{Host: "updates.example.net"}
		d.update()
		d.Tap(d.bar.Box, button)
		d.Until("the answer", func() bool { return d.updates.Updates().Asked })
		d.Pump()
		if got := d.updates.Updates().Wanted; got != want {
			t.Errorf("%s: got %v, want %v", button, got, want)
		}
		if d.bar.Box.Visible() {
			t.Errorf("%s: the question stands there still", button)
		}
	}
}

func TestAnAnswerThatCannotBeKeptIsAskedForAgain(t *testing.T) {
	d := newDesk(t, &uitest.LastRun{})
	d.updates.Known, d.unkept = status.Updates{Host: "updates.example.net"}, errors.New("the disk is full")
	d.update()
	d.Tap(d.bar.Box, "Check")
	if d.bar.Box.Visible() {
		t.Error("the question stands there after the answer")
	}
	d.Settle()
	d.WantText(d.bar.Box, "updates.example.net")
}

func TestANewerVersionIsPutAwayOrLookedAt(t *testing.T) {
	d := newDesk(t, &uitest.LastRun{})
	d.updates.Known = status.Updates{Host: "updates.example.net", Asked: true, Wanted: true, Newer: newest()}
	d.update()
	link := kittest.Link(d.bar.Box, "Open its page")
	if link == nil || link.URL.String() != newest().Page {
		t.Errorf("the link leads to %v", link)
	}
	d.Tap(d.bar.Box, "What is new")
	if d.shownNews != 1 {
		t.Error("it is not shown what is new")
	}
	test.Tap(kittest.Button(d.bar.Box, "")) // the cross
	d.Until("that it is put away", func() bool { return d.updates.Updates().PutAway })
	if d.bar.Box.Visible() {
		t.Error("the note stands there still")
	}
}

func TestAReleaseWithoutAPageHasNoLink(t *testing.T) {
	d := newDesk(t, &uitest.LastRun{})
	d.updates.Known = status.Updates{Host: "updates.example.net", Asked: true, Wanted: true, Newer: &status.Release{Version: "1.3.0"}}
	d.update()
	if kittest.Link(d.bar.Box, "Open its page") != nil {
		t.Error("a link leads nowhere")
	}
}

func TestOneNoteStandsThereAtATime(t *testing.T) {
	d := newDesk(t, &uitest.LastRun{Ended: &status.LastRun{End: status.RunKilled, At: time.Now()}})
	d.updates.Known = status.Updates{Host: "updates.example.net", Asked: true, Wanted: true, Newer: newest()}
	d.update()
	d.WantText(d.bar.Box, "was ended")
	d.WantNoText(d.bar.Box, "1.3.0")
	test.Tap(kittest.Button(d.bar.Box, "")) // the cross
	d.Pump()
	d.WantNoText(d.bar.Box, "was ended")
	d.WantText(d.bar.Box, "1.3.0")
}
