package ui

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"vastrelay/app/ui/settings"
	"vastrelay/app/ui/uitest"
	"vastrelay/app/words"

	"vastrelay/app/ui/kit"
	"vastrelay/app/ui/kit/kittest"

	"vastrelay/app/health"
	"vastrelay/app/status"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

func TestNothingRunsWhileHidden(t *testing.T) {
	d := newDesk(t, uitest.Working())
	quietNow := func(when string) {
		t.Helper()
		for d.ui.root.Work.Wait(); d.Queued() > 0; d.ui.root.Work.Wait() { // what began before
			d.Pump()
		}
		before := len(d.b.Calls)
		d.b.Emit()
		d.b.Emit()
		if n := d.Queued(); n != 0 {
			t.Errorf("%s: %d refreshes were queued, want 0", when, n)
		}
		d.Pass(tickEvery)
		d.Pump()
		if got := d.b.Calls[before:]; len(got) != 0 {
			t.Errorf("%s: the backend was asked: %v", when, got)
		}
	}
	quietNow("before the window was shown")
	d.showMain()
	counted := d.b.Called("Activity")
	d.Now = d.Now.Add(time.Hour)
	if d.Pass(tickEvery) != 1 {
		t.Error("a shown window does not keep its relative times up to date")
	}
	d.Pump()
	d.Until("the count", func() bool { return d.b.Called("Activity") > counted })
	if got := d.b.Called("Activity") - counted; got != 1 {
		t.Errorf("the hours, which pass as well, were counted %d times, want 1", got)
	}
	d.b.InForce.TrayHintShown = true
	d.ui.main.close()
	quietNow("after the window was closed")
	d.showMain()
	d.WantText(d.ui.Main().Content(), "Outbid #48926820")
}

func TestNothingMovesOutOfSight(t *testing.T) {
	b := uitest.Working()
	b.InForce.TrayHintShown = true
	next := make(chan health.Step)
	b.OnTest = func(_ context.Context, report func(health.Step)) error {
		for s := range next {
			report(s)
		}
		return nil
	}
	d := newDesk(t, b)
	d.showMain()
	d.ui.SendTest()
	steps := d.ui.main.answers.slot.Steps
	if !kittest.Moves(steps.Box) {
		t.Fatal("a wait shows no movement")
	}
	next <- health.Step{Name: words.Verbatim("one"), State: health.StepRunning}
	d.Until("the step", func() bool { return !steps.Empty() && kittest.Moves(steps.Box) })
	d.ui.main.hide()
	if kittest.Moves(steps.Box) {
		t.Error("it moves while the window is hidden")
	}
	next <- health.Step{Name: words.Verbatim("two"), State: health.StepRunning}
	d.Until("the next step", func() bool { return kittest.Sees(steps.Box, "two") })
	if kittest.Moves(steps.Box) {
		t.Error("a step that begins while the window is hidden moves")
	}
	d.ui.ShowMain()
	if !kittest.Moves(steps.Box) {
		t.Error("it does not move again when the window is shown again")
	}
	d.ui.main.answers.slot.Clear()
	next <- health.Step{Name: words.Verbatim("three"), State: health.StepRunning}
	d.Until("the last step", func() bool { return kittest.Sees(steps.Box, "three") })
	if kittest.Moves(steps.Box) {
		t.Error("it moves after it was closed")
	}
	close(next)
	d.Until("the end", func() bool { return !d.ui.main.answers.testing })
}

func TestATestThatEndsInAHiddenWindowAsksForNothing(t *testing.T) {
	b := uitest.Working()
	answer := make(chan error)
	b.OnTest = func(context.Context, func(health.Step)) error { return <-answer }
	d := newDesk(t, b)
	d.showMain()
	before := d.b.Called("Events")
	d.ui.SendTest()
	d.Until("the events as it shows itself", func() bool { return d.b.Called("Events") > before })
	d.ui.main.hide()
	before = d.b.Called("Events")
	answer <- nil
	d.Until("the end", func() bool { return !d.ui.main.answers.testing })
	d.ui.Close() // It waits for what is under way.
	if got := d.b.Called("Events") - before; got != 0 {
		t.Errorf("a hidden window asked for the events %d times, want 0", got)
	}
}

func TestChangesAreFolded(t *testing.T) {
	d := newDesk(t, uitest.Working())
	d.showMain()
	for range 50 {
		d.b.Emit()
	}
	if n := d.Queued(); n != 1 {
		t.Errorf("50 changes queued %d refreshes, want 1", n)
	}
}

func TestTheStoreIsAskedOnlyForNewEvents(t *testing.T) {
	tests := []struct {
		name string
		news status.Change
		asks bool
	}{
		{"another state of the program", status.StatusChanged, false},
		{"news of a credential", status.CredentialsChanged, false},
		{"settings that were saved", status.SettingsChanged, false},
		{"events that were read", status.EventsRead, false},
		{"an event that was stored", status.EventStored, true},
		{"a post that has ended", status.PostFinished, true},
		{"a pause, which turns waiting into held", status.CountsChanged, true},
		{"news of two kinds", status.StatusChanged | status.EventStored, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t, uitest.Working())
			d.showMain()
			before := d.b.Called("Events")
			d.b.EmitChange(tt.news)
			d.Pump()
			d.ui.Close() // It waits for what is under way.
			if got := d.b.Called("Events") > before; got != tt.asks {
				t.Errorf("the store was asked: %v, want %v", got, tt.asks)
			}
		})
	}
}

func TestClosing(t *testing.T) {
	t.Run("with a tray it hides at once, and says so the first time", func(t *testing.T) {
		d := newDesk(t, uitest.Working())
		for range 2 {
			d.showMain()
			d.ui.main.close()
			if d.ui.main.shown {
				t.Fatal("it is still shown")
			}
			d.Until("that it was said is remembered", func() bool { return d.b.Settings().TrayHintShown })
			d.Until("the desktop says so", func() bool { return len(d.said) > 0 })
		}
		if want := []string{"Vast Relay goes on relaying: Reopen or quit it from the bell in the tray."}; !slices.Equal(d.said, want) {
			t.Errorf("got %q, want %q", d.said, want)
		}
	})
	for name, notify := range map[string]func(context.Context, string, string) bool{
		"where the desktop cannot be asked to say so, the window does when it comes back": nil,
		"where nothing shows notifications, the window says so when it comes back":        func(context.Context, string, string) bool { return false },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, uitest.Working(), func(o *Options) { o.Notify = notify })
			d.showMain()
			d.ui.main.close()
			d.showMain()
			d.Until("the window says so", func() bool { return sees(d.ui.main.answers.slot.Box, "Reopen or quit it from the bell in the tray.") })
		})
	}
	t.Run("without a tray it asks before the relaying ends", func(t *testing.T) {
		d := newDesk(t, uitest.Working())
		d.tray = false
		d.showMain()
		d.ui.main.close()
		if d.quits != 0 {
			t.Fatal("it quit without asking")
		}
		d.Tap(d.ui.Main().Canvas().Overlays().Top(), "Keep running")
		d.ui.main.close()
		d.ui.main.close()
		if n := len(d.ui.Main().Canvas().Overlays().List()); n != 1 {
			t.Errorf("closing twice asks %d times, want once", n)
		}
		d.Tap(d.ui.Main().Canvas().Overlays().Top(), "Quit and stop relaying")
		if d.quits != 1 {
			t.Errorf("got %d quits, want 1", d.quits)
		}
	})
}

func TestWatchingTheEvents(t *testing.T) {
	var told []bool
	d := newDesk(t, uitest.Working(), func(o *Options) { o.Watching = func(yes bool) { told = append(told, yes) } })
	want := func(when string, yes ...bool) {
		t.Helper()
		if !slices.Equal(told, yes) {
			t.Errorf("%s: got %v, want %v", when, told, yes)
		}
		told = nil
	}
	d.showMain()
	want("shown without the focus")
	d.ui.SetForeground(true)
	want("with the focus", true)
	d.ui.ShowSettings("")
	want("with the settings beside it, one of which has the focus", false)
	d.settingsWindow().Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyEscape})
	d.Pump()
	want("with the settings closed", true)
	d.ui.SetForeground(false)
	want("with the focus elsewhere", false)
	d.ui.SetForeground(true)
	want("with the focus back", true)
	d.ui.speak()
	if n := len(told); n > 0 && !told[n-1] {
		t.Error("in another language the events are no longer watched")
	}
	told = nil
	d.ui.main.hide()
	want("hidden", false)
}

func TestNobodyWatchesEventsInTheSetUp(t *testing.T) {
	b := uitest.FirstStart()
	watching := false
	d := newDesk(t, b, func(o *Options) { o.Watching = func(yes bool) { watching = yes } })
	d.ui.SetForeground(true)
	d.showMain()
	if watching {
		t.Error("the set-up counts as the list of events")
	}
}

func TestStoppingIsShownWhereItTakesTime(t *testing.T) {
	b := uitest.Working()
	b.State.Waiting = 2
	d := newDesk(t, b)
	d.showMain()
	d.ui.ShowStopping()
	d.Pump()
	if d.ui.Main().Canvas().Overlays().Top() != nil {
		t.Error("a stop that takes no time flashes over the window")
	}
	asked := len(b.Calls)
	d.b.Emit()
	d.Pump()
	if got := b.Calls[asked:]; len(got) != 0 {
		t.Errorf("what has stopped is asked: %v", got)
	}
	d.Pass(stoppingDelay)
	d.Pump()
	over := d.ui.Main().Canvas().Overlays().Top()
	d.WantText(over, "Stopping…")
	d.WantText(over, "2 messages still wait.")
}

func TestStoppingSaysThatHeldEventsStayHeld(t *testing.T) {
	d := newDesk(t, uitest.WithStatus(uitest.PhaseStatus(status.Paused)))
	d.showMain()
	d.ui.ShowStopping()
	d.Pass(stoppingDelay)
	d.Pump()
	over := d.ui.Main().Canvas().Overlays().Top()
	d.WantText(over, "34 events are held, and stay so until the pause ends.")
	d.WantNoText(over, "still wait")
}

// onCanvas plays a window's canvas: the one of the tests keeps no shortcuts.
func onCanvas(keys []kit.Shortcut, s fyne.Shortcut) {
	for _, k := range keys {
		if k.Key.ShortcutName() == s.ShortcutName() {
			k.Do(s)
		}
	}
}

func TestShortcuts(t *testing.T) {
	d := newDesk(t, uitest.Working())
	d.b.InForce.TrayHintShown = true
	d.showMain()
	w := d.ui.Main()
	press := func(key fyne.KeyName) fyne.Shortcut {
		return &desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierShortcutDefault}
	}
	send := func(s fyne.Shortcut) {
		if f, ok := w.Canvas().Focused().(fyne.Shortcutable); ok {
			f.TypedShortcut(s) // As the real window does.
			return
		}
		onCanvas(d.search().Shortcuts, s)
	}
	w.Canvas().Focus(d.rows())
	send(press(fyne.KeyF))
	if w.Canvas().Focused() != fyne.Focusable(d.search()) {
		t.Error("Ctrl+F does not lead to the search")
	}
	send(press(fyne.KeyComma))
	if d.ui.settings == nil {
		t.Fatal("Ctrl+, does not open the settings while the search has the focus")
	}
	send(press(fyne.KeyW))
	if d.ui.main.shown {
		t.Error("Ctrl+W does not close the window while the search has the focus")
	}
}

func TestTabReachesEverythingInOrder(t *testing.T) {
	d := newDesk(t, uitest.Working())
	d.showMain()
	c := d.ui.Main().Canvas()
	content := d.ui.Main().Content()
	want := []fyne.Focusable{d.search(), kittest.Select(content, "All outcomes"), kittest.Select(content, "All types"), d.rows()}
	c.Focus(want[0])
	for i, f := range want {
		if c.Focused() != f {
			t.Fatalf("stop %d is %T, want %T", i, c.Focused(), f)
		}
		c.FocusNext()
	}
}

func TestDemo(t *testing.T) {
	d := newDesk(t, uitest.Demo())
	d.showMain()
	c := d.ui.Main().Content()
	d.WantText(c, "This is the demo.")
	d.Tap(c, "2 overrides")
	d.WantText(d.settingsWindow().Content(), "VASTRELAY_CHAT_HOSTS")
	d.WantText(c, "Your instance 48927380 is running on machine 20417.")
	d.Tap(c, "Send an event")
	d.Until("the event", func() bool { return d.b.Called("SendDemoEvent") == 1 && !d.ui.main.space.send.Disabled() })
	d.b.Mu.Lock()
	d.b.Messages = append(d.b.Messages, status.DemoMessage{At: kittest.Noon, Text: "one more"})
	d.b.Mu.Unlock()
	d.b.Emit()
	d.Pump()
	d.WantText(c, "one more")
}

func TestCloseWaitsForWhatIsUnderWay(t *testing.T) {
	b := uitest.Working()
	begun, ended := make(chan bool), false
	b.OnTest = func(ctx context.Context, _ func(health.Step)) error {
		close(begun)
		<-ctx.Done()
		ended = true
		return ctx.Err()
	}
	d := newDesk(t, b)
	d.showMain()
	d.ui.SendTest()
	<-begun
	d.ui.Close()
	if !ended {
		t.Error("Close did not wait")
	}
	if n := len(b.Watchers); n != 0 {
		t.Errorf("%d watchers are left", n)
	}
	d.Pump()
	d.ui.ShowMain()
	d.ui.ShowSettings("")
	d.ui.Close()
}

func TestCopyAddress(t *testing.T) {
	d := newDesk(t, uitest.Working())
	d.showMain()
	d.Tap(d.ui.Main().Content(), "Copy")
	if got, want := d.App.Clipboard().Content(), uitest.RelayingStatus().Address; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	d.WantText(d.ui.Main().Content(), "Copied")
	d.Pass(kit.CopiedFor)
	d.Pump()
	d.WantNoText(d.ui.Main().Content(), "Copied")
	d.App.Clipboard().SetContent("")
	d.ui.CopyAddress()
	if got, want := d.App.Clipboard().Content(), uitest.RelayingStatus().Address; got != want {
		t.Errorf("CopyAddress: got %q, want %q", got, want)
	}
}

func TestHostileTextIsOnlyText(t *testing.T) {
	const longest = 65 << 10 // bytes of a label: much more and the window hangs
	const evil = "a\x1b[31m\x00\u202Etxt.exe\u202C [click](https://evil.example) **b**\r\n\u200Bz"
	b := uitest.WithStatus(uitest.PhaseStatus(status.Attention))
	said := words.Verbatim(evil)
	b.State.Headline, b.State.Cause, b.State.Address, b.State.Overrides = said, said, evil, []string{evil}
	b.State.Hops[4].Detail, b.State.Hops[4].Next, b.State.Hops[4].Code = said, said, evil
	b.Rows[0].Title, b.Rows[0].Type = evil+strings.Repeat("long ", 5000), evil
	detail := uitest.Detail()
	detail.Event.Subject, detail.Event.Message, detail.Event.Type = evil, strings.Repeat(evil, 5000), evil
	detail.Event.Payload = []byte(evil)
	detail.Posts[0].Attempts[0].Result.Detail, detail.Posts[0].Attempts[0].Result.Reason = evil, evil
	detail.Posts[0].Attempts[1].Result.Name = evil
	b.Details["ev-009"] = detail
	b.Stored[0].Detail = said
	b.Stored[0].Problem = &health.Problem{Headline: said, Cause: said, Next: said, Details: evil}
	b.KeyringNow.Words = said
	b.Known.Topics[0].Name, b.Known.Topics[0].Types[0].Name, b.Known.Topics[0].Types[0].Meaning = said, said, said
	b.OnTest = func(_ context.Context, report func(health.Step)) error {
		report(health.Step{Name: said, State: health.StepDone, Text: said})
		return fmt.Errorf("%s", evil)
	}
	d := newDesk(t, b)
	d.showMain()
	d.showEvent("ev-009")
	d.Tap(d.ui.Main().Content(), "Chat")
	clean := func(where string, w fyne.Window) {
		t.Helper()
		var texts []string
		for _, o := range kittest.WindowObjects(w) {
			texts = append(texts, kittest.Texts(o)...)
		}
		for _, s := range texts {
			if strings.ContainsAny(s, "\x00\x1b\r\u202E\u202C\u200B") {
				t.Errorf("%s: hidden characters reach the screen: %.80q", where, s)
			}
			if len(s) > longest {
				t.Errorf("%s: a label holds %d bytes", where, len(s))
			}
		}
		kittest.Visit(w.Content(), func(o fyne.CanvasObject) {
			if l, ok := o.(*kit.Link); ok && l.URL != nil && strings.Contains(l.URL.Host, "evil") {
				t.Errorf("%s: text from elsewhere became a link", where)
			}
			if _, ok := o.(*widget.RichText); ok {
				t.Errorf("%s: rich text is on the screen", where)
			}
		})
	}
	clean("main window", d.ui.Main())
	d.WantText(d.ui.Main().Content(), "[click](https://evil.example) **b**")
	d.ui.SendTest()
	d.Until("the test", func() bool { return !d.ui.main.answers.testing })
	clean("test", d.ui.Main())
	s := d.showSettings(settings.SectionConnections)
	clean("connections", s)
	d.showSettings(settings.SectionEvents)
	d.Until("the catalogue", func() bool { return kittest.Sees(s.Content(), "I also host machines") })
	clean("events", s)
	d.showSettings(settings.SectionAddress)
	clean("address", s)
}

func TestNothingIsWatchedOnceTheSettingsAreClosed(t *testing.T) {
	d := newDesk(t, uitest.Working())
	d.showSettings(settings.SectionConnections)
	d.b.Emit()
	if d.ui.news.Load() == 0 {
		t.Fatal("changes are not watched while the settings are shown")
	}
	d.Pump()
	d.ui.settingsDeps().On.Closed()
	d.b.Emit()
	if d.ui.news.Load() != 0 { // The queue may also hold what the settings were still asking for.
		t.Error("changes are still watched with every window closed")
	}
}
