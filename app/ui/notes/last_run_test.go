package notes

import (
	"context"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"vastrelay/app/status"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/uitest"
)

// desk is a bar in a window of its own, over a last run that is played.
type desk struct {
	*kittest.Desk
	ran *uitest.LastRun
	bar *Bar
	win fyne.Window

	updates   uitest.Updates
	program   uitest.Restarter
	quits     int
	settingUp bool
	shownNews int   // how often it was asked what is new
	unkept    error // why a choice about newer versions cannot be kept; nil: it can
}

func newDesk(t *testing.T, ran *uitest.LastRun) *desk {
	t.Helper()
	d := &desk{Desk: kittest.New(t), ran: ran}
	d.bar = New(Deps{
		Env: d.Env(nil), LastRun: ran, Updates: &d.updates, Program: &d.program, Quit: func() { d.quits++ }, SetUp: func() bool { return !d.settingUp },
		LookForUpdates: d.lookForUpdates,
		ShowUpdates:    func() { d.shownNews++ }, Relayout: func() {},
	})
	d.win = d.App.NewWindow("")
	d.win.SetContent(d.bar.Box)
	d.win.Resize(fyne.NewSize(800, 300))
	return d
}

// lookForUpdates keeps what a person chose about newer versions.
func (d *desk) lookForUpdates(_ context.Context, yes bool) error {
	if d.unkept == nil {
		d.updates.Choose(yes)
	}
	return d.unkept
}

// update brings the bar up to date, and waits for what that asks.
func (d *desk) update() {
	d.T.Helper()
	d.bar.Update()
	d.Settle()
}

func TestAStoppedRunIsNotSpokenOf(t *testing.T) {
	d := newDesk(t, &uitest.LastRun{})
	d.update()
	if d.bar.Box.Visible() {
		t.Errorf("a note takes room: %q", kittest.Texts(d.bar.Box))
	}
}

func TestHowTheLastRunEndedIsSaidOnce(t *testing.T) {
	at := time.Now().Add(-time.Minute)
	for _, tt := range []struct {
		end    status.RunEnd
		report string
		says   string
	}{
		{status.RunCrashed, "panic: boom\n\ngoroutine 1 [running]:", "Vast Relay closed unexpectedly ("},
		{status.RunKilled, "", "was ended without being stopped ("},
		{status.RunPower, "", "The computer went off while Vast Relay ran ("},
	} {
		t.Run(string(tt.end), func(t *testing.T) {
			d := newDesk(t, &uitest.LastRun{Ended: &status.LastRun{End: tt.end, At: at}, Left: tt.report})
			d.update()
			d.WantText(d.bar.Box, tt.says)
			d.Until("that a person was told", func() bool { return d.told() == 1 })
			d.update()
			if d.told() != 1 {
				t.Error("it was noted twice that a person was told")
			}
			if tt.report == "" {
				if kittest.Button(d.bar.Box, "Show report") != nil {
					t.Error("a report is offered, and there is none")
				}
			} else {
				d.Until("the report", func() bool { return kittest.Button(d.bar.Box, "Show report") != nil })
				d.WantNoText(d.bar.Box, "boom")
				d.Tap(d.bar.Box, "Show report")
				d.WantText(d.bar.Box, "boom")
				d.Tap(d.bar.Box, "Copy report")
				if got := d.App.Clipboard().Content(); got != tt.report {
					t.Errorf("copied %q, want the report", got)
				}
				d.Tap(d.bar.Box, "Hide report")
				d.WantNoText(d.bar.Box, "boom")
			}
			test.Tap(kittest.Button(d.bar.Box, "")) // the cross
			d.Pump()
			if d.bar.Box.Visible() {
				t.Error("the note was put away and stands there")
			}
			d.Until("that it is forgotten", func() bool { return d.ran.LastRun() == nil })
			d.update()
			if d.bar.Box.Visible() {
				t.Error("the note came back")
			}
		})
	}
}

// told is how often it was noted that a person was told.
func (d *desk) told() int {
	d.ran.Mu.Lock()
	defer d.ran.Mu.Unlock()
	return d.ran.Telling
}

func TestALongReportStaysSmall(t *testing.T) {
	report := strings.Repeat("goroutine 7 [select]:\n"+strings.Repeat("x", 500)+"\n", 1000)
	d := newDesk(t, &uitest.LastRun{Ended: &status.LastRun{End: status.RunCrashed, At: time.Now()}, Left: report})
	d.update()
	d.Until("the report", func() bool { return kittest.Button(d.bar.Box, "Show report") != nil })
	d.Tap(d.bar.Box, "Show report")
	if size := d.bar.Box.MinSize(); size.Height > 260 || size.Width > 640 {
		t.Errorf("the note takes %v", size)
	}
}
