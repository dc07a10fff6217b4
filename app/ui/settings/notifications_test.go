package settings

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"vastrelay/app/config"
	"vastrelay/app/health"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/uitest"
)

// showNotifications shows the page over a program with those settings, and waits
// until the desktop has said what it can do.
func showNotifications(t *testing.T, n config.Notifications) (*desk, fyne.CanvasObject) {
	t.Helper()
	d := newDesk(t, uitest.Working())
	d.b.InForce.Notifications = n
	d.b.Notifier.Keep = func(until time.Time) {
		d.b.Mu.Lock()
		defer d.b.Mu.Unlock()
		d.b.InForce.Notifications.MutedUntil = until
	}
	c := d.showSettings(SectionNotify).win.Content()
	d.Until("what the desktop can do", func() bool { return !kittest.Sees(c, "Asking the desktop") })
	return d, c
}

// inForce are the notifications that are in force.
func (d *desk) inForce() config.Notifications { return d.b.Settings().Notifications }

const (
	notifyLabel   = "Show notifications on this computer"
	muteLabel     = "Mute for an hour"
	testLabel     = "Show a test notification"
	recoveryLabel = "Relaying works again"
	quietLabel    = "Show nothing at these hours"
)

func TestNotificationsAreSwitchedOffAtOnce(t *testing.T) {
	d, c := showNotifications(t, config.Notifications{})
	if !kittest.Sees(c, "Shown by dunst.") || !d.CheckBox(c, notifyLabel).Checked {
		t.Error("the page does not say that notifications are shown, and by what")
	}
	test.Tap(d.CheckBox(c, notifyLabel))
	d.Until("the answer", func() bool { return kittest.Sees(c, "Nothing is shown any more") })
	if !d.inForce().Off {
		t.Error("not saved")
	}
	if kittest.Sees(c, recoveryLabel) || kittest.Sees(c, quietLabel) || kittest.Sees(c, muteLabel) {
		t.Error("there is something left to choose")
	}
	test.Tap(d.CheckBox(c, notifyLabel))
	d.Until("the answer", func() bool { return kittest.Sees(c, "shown from now on") })
	if d.inForce().Off || !kittest.Sees(c, recoveryLabel) || !kittest.Sees(c, muteLabel) {
		t.Error("switched on, there is nothing to choose")
	}
}

func TestADesktopWithoutNotificationsIsSaid(t *testing.T) {
	d := newDesk(t, uitest.Working())
	d.b.Notifier.Nobody = true
	c := d.showSettings(SectionNotify).win.Content()
	d.Until("the sentence", func() bool { return kittest.Sees(c, "This desktop has no notification service") })
}

func TestKindsOfNotificationsAreChosen(t *testing.T) {
	d, c := showNotifications(t, config.Notifications{Without: []config.NotificationKind{config.NotifyGap}})
	if d.CheckBox(c, "Events could not arrive for a while").Checked {
		t.Error("a kind that is switched off is ticked")
	}
	test.Tap(d.CheckBox(c, recoveryLabel))
	d.Until("the answer", func() bool { return kittest.Sees(c, "Saved.") })
	if got, want := d.inForce().Without, []config.NotificationKind{config.NotifyGap, config.NotifyRecovery}; !slices.Equal(got, want) {
		t.Errorf("without %q, want %q", got, want)
	}
	test.Tap(d.CheckBox(c, recoveryLabel))
	d.Until("the answer", func() bool { return len(d.inForce().Without) == 1 && kittest.Sees(c, "Saved.") })
}

func TestEventsForNotificationsAreChosen(t *testing.T) {
	d, c := showNotifications(t, config.Notifications{Types: []string{"client:outbid"}})
	choice := kittest.Select(c, "No events")
	if choice == nil || kittest.Sees(c, "Instance outbid") {
		t.Fatal("want no events, and no types to pick from")
	}
	for _, tt := range []struct {
		pick string
		want config.NotifiedEvents
	}{{"Urgent events", config.NotifiedUrgent}, {"All events", config.NotifiedAll}, {"Events of these kinds", config.NotifiedTypes}} {
		choice.SetSelected(tt.pick)
		d.Until("it is saved", func() bool { return d.inForce().Events == tt.want && kittest.Sees(c, "Saved.") })
		if got := kittest.Sees(c, "Instance outbid"); got != (tt.want == config.NotifiedTypes) {
			t.Errorf("%s: the types are shown: %v", tt.pick, got)
		}
	}
	if !d.CheckBox(c, "Instance outbid").Checked || kittest.Sees(c, "Machine offline") {
		t.Error("want what was picked ticked, and no types for hosts")
	}
	test.Tap(d.CheckBox(c, "Instance stopped"))
	d.Until("it is saved", func() bool {
		return slices.Equal(d.inForce().Types, []string{"client:outbid", "client:instance_stopped"})
	})
}

func TestQuietHoursAreChosen(t *testing.T) {
	d, c := showNotifications(t, config.Notifications{QuietFrom: "21:45"})
	from, to := kittest.Select(c, "21:45"), kittest.Select(c, "07:00")
	if from == nil || to == nil || !from.Disabled() {
		t.Fatal("want the times shown, and greyed out while there are no quiet hours")
	}
	test.Tap(d.CheckBox(c, quietLabel))
	d.Until("the answer", func() bool { return kittest.Sees(c, "Nothing is shown from 21:45 to 07:00.") })
	to.SetSelected("06:30")
	d.Until("the answer", func() bool { return kittest.Sees(c, "Nothing is shown from 21:45 to 06:30.") })
	if n := d.inForce(); !n.Quiet || n.QuietFrom != "21:45" || n.QuietTo != "06:30" {
		t.Errorf("in force is %+v", n)
	}
	from.SetSelected("06:30")
	d.Until("the answer", func() bool { return kittest.Sees(c, "so there are none") })
}

func TestQuietHoursCannotBeChangedWhileTheyAreSaved(t *testing.T) {
	b := uitest.Working()
	saving := make(chan error)
	b.OnChangeSettings = func(context.Context, config.Settings) error { return <-saving }
	d := newDesk(t, b)
	c := d.showSettings(SectionNotify).win.Content()
	check, from, to := d.CheckBox(c, quietLabel), kittest.Select(c, "22:00"), kittest.Select(c, "07:00")
	test.Tap(check)
	if !check.Disabled() || !from.Disabled() || !to.Disabled() {
		t.Error("something can be chosen while the last choice is on its way to the disk")
	}
	saving <- nil
	d.Settle()
	if check.Disabled() || from.Disabled() || to.Disabled() {
		t.Error("nothing can be chosen after that")
	}
}

func TestNotificationsAreMutedAndSoonNoLonger(t *testing.T) {
	d, c := showNotifications(t, config.Notifications{})
	test.Tap(kittest.Button(c, muteLabel))
	d.Until("the answer", func() bool { return kittest.Sees(c, "Muted until") })
	if left := d.inForce().MutedUntil.Sub(d.Now); left != time.Hour {
		t.Errorf("muted for %v, want an hour", left)
	}
	test.Tap(kittest.Button(c, "Unmute"))
	d.Until("it is over", func() bool { return !kittest.Sees(c, "Muted until") })
	if !d.inForce().MutedUntil.IsZero() || kittest.Button(c, muteLabel) == nil {
		t.Error("they are still muted")
	}
}

func TestMutingEndsByItself(t *testing.T) {
	d, c := showNotifications(t, config.Notifications{})
	test.Tap(kittest.Button(c, muteLabel))
	d.Until("the answer", func() bool { return kittest.Sees(c, "Muted until") })
	d.Now = d.Now.Add(config.MuteFor)
	if d.Pass(config.MuteFor) != 1 {
		t.Fatal("nothing waits for the end")
	}
	d.Pump()
	if kittest.Sees(c, "Muted until") || kittest.Button(c, muteLabel) == nil {
		t.Error("the page says that they are still muted")
	}
}

func TestATestNotificationAnswersInPlace(t *testing.T) {
	d, c := showNotifications(t, config.Notifications{})
	test.Tap(kittest.Button(c, testLabel))
	d.Until("the answer", func() bool { return kittest.Sees(c, "The desktop took it") })
	d.b.Notifier.Mu.Lock()
	d.b.Notifier.Err = health.New(health.NotificationsMissing)
	tests := d.b.Notifier.Tests
	d.b.Notifier.Mu.Unlock()
	if tests != 1 {
		t.Errorf("%d notifications were shown, want 1", tests)
	}
	test.Tap(kittest.Button(c, testLabel))
	d.Until("the problem", func() bool { return kittest.Sees(c, "This desktop has no notification service") })
}

func TestAMuteThatCannotBeSavedIsSaid(t *testing.T) {
	d, c := showNotifications(t, config.Notifications{})
	d.b.Notifier.Err = errors.New("disk full")
	test.Tap(kittest.Button(c, muteLabel))
	d.Until("the problem", func() bool { return kittest.Sees(c, "Could not save the settings") })
}
