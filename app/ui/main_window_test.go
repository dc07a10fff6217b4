package ui

import (
	"context"
	"strings"
	"testing"
	"time"

	"vastrelay/app/credentials"
	"vastrelay/app/ui/uitest"
	"vastrelay/app/words"

	"vastrelay/app/ui/kit"
	"vastrelay/app/ui/kit/kittest"

	"vastrelay/app/health"
	"vastrelay/app/status"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

func TestHeaderInEveryPhase(t *testing.T) {
	for _, p := range []status.Phase{
		status.Setup, status.Starting, status.Relaying, status.Paused,
		status.Standby, status.Attention, status.Stopped,
	} {
		t.Run(string(p), func(t *testing.T) {
			d := newDesk(t, uitest.WithStatus(uitest.PhaseStatus(p)))
			d.showMain()
			s := uitest.PhaseStatus(p)
			d.WantText(d.ui.main.header.box, s.Title().String())
			for _, f := range s.Facts(d.Now) {
				d.WantText(d.ui.main.header.box, f.Text.String())
			}
			kittest.Golden(t, "header-"+string(p)+".xml", d.ui.main.header.box, 960, 120)
		})
	}
}

func TestFailingHopLeadsToItsCauseAndMend(t *testing.T) {
	d := newDesk(t, uitest.WithStatus(uitest.PhaseStatus(status.Attention)))
	d.showMain()
	c := d.ui.Main().Content()
	if got := kittest.Button(c, "Chat").Importance; got != widget.DangerImportance {
		t.Errorf("the failing hop has importance %v", got)
	}
	d.Tap(c, "Chat")
	for _, want := range []string{"The webhook or its space is gone", "Make a new webhook in the space and paste its URL.", "webhook_gone"} {
		d.WantText(d.why(), want)
	}
	if kittest.Button(d.why(), "Replace Chat URL") != nil {
		t.Error("the button of the header is there a second time")
	}
	before := d.why()
	d.b.Emit()
	d.Pump()
	if d.why() != before {
		t.Error("it was drawn anew although nothing has changed")
	}
	d.ui.Main().Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if d.why() != nil {
		t.Error("Escape does not close it")
	}
	d.Tap(c, "Replace Chat URL")
	if d.opened(credentials.ChatURL) == nil {
		t.Error("the button does not open the entry of the Chat URL")
	}
}

func TestAProblemIsSaidOnce(t *testing.T) {
	d := newDesk(t, uitest.WithStatus(uitest.PhaseStatus(status.Attention)))
	d.showMain()
	c := d.ui.Main().Content()
	if n := strings.Count(strings.Join(kittest.Texts(c), "\n"), "The webhook or its space is gone"); n != 1 {
		t.Errorf("the reason stands %d times in the window, want once", n)
	}
	d.WantNoText(c, "Make a new webhook in the space") // It is told by a tap at the reason.
	kittest.Fact(c, "The webhook or its space is gone").Tapped(nil)
	d.WantText(d.why(), "Make a new webhook in the space")
}

func TestThePopoverGoesWhenTheWindowChanges(t *testing.T) {
	for name, change := range map[string]func(d *desk){
		"resized": func(d *desk) { d.ui.Main().Resize(fyne.NewSize(800, 500)) },
		"closed":  func(d *desk) { d.ui.main.hide() },
		"left for what a button of the header opens": func(d *desk) { d.Tap(d.ui.Main().Content(), "Replace Chat URL") },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, uitest.WithStatus(uitest.PhaseStatus(status.Attention)))
			d.showMain()
			d.Tap(d.ui.Main().Content(), "Chat")
			change(d)
			if d.why() != nil {
				t.Error("it still lies over the window")
			}
		})
	}
}

func TestThePopoverFollowsTheStatus(t *testing.T) {
	d := newDesk(t, uitest.WithStatus(uitest.ChatDown()))
	d.showMain()
	d.Tap(d.ui.Main().Content(), "Chat")
	d.WantText(d.why(), "Google Chat is down")
	d.become(status.Relaying)
	d.WantText(d.why(), "Google Chat: works")
}

func TestTroubleThatMendsItselfLooksMilder(t *testing.T) {
	for name, tt := range map[string]struct {
		s    status.Status
		want widget.Importance
	}{
		"it is tried again": {uitest.ChatDown(), widget.WarningImportance},
		"a person must act": {uitest.PhaseStatus(status.Attention), widget.DangerImportance},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, uitest.WithStatus(tt.s))
			d.showMain()
			if got := kittest.Button(d.ui.Main().Content(), "Chat").Importance; got != tt.want {
				t.Errorf("got importance %v, want %v", got, tt.want)
			}
		})
	}
}

func TestTryNowShowsThatItTriesAndWhatCameOfIt(t *testing.T) {
	b := uitest.WithStatus(uitest.ChatDown())
	d := newDesk(t, b)
	d.showMain()
	c := d.ui.Main().Content()
	d.WantText(c, "next try")
	d.Tap(c, "Try now")
	d.WantText(c, "trying now…")
	if !d.ui.main.header.mend.button.Disabled() {
		t.Error("it can be asked for a second time meanwhile")
	}
	d.Until("the call", func() bool { return b.Called("Perform retry") == 1 })
	d.b.Emit() // of something else
	d.Pump()
	d.WantText(c, "trying now…")

	tried := func(after time.Duration) {
		b.Mu.Lock()
		b.State.Hops[4].Tried = d.Now.Add(after)
		b.Mu.Unlock()
		b.Emit()
		d.Pump()
	}
	tried(2 * time.Second)
	d.WantText(c, "no change")
	d.WantNoText(c, "trying now…")
	d.Tap(c, "Try now")
	d.Until("the second call", func() bool { return b.Called("Perform retry") == 2 })
	d.become(status.Relaying)
	d.WantNoText(c, "trying now…")
	d.WantNoText(c, "no change")
}

func TestATryWithoutAnEndIsWaitedForNoLonger(t *testing.T) {
	b := uitest.WithStatus(uitest.ChatDown())
	d := newDesk(t, b)
	d.showMain()
	d.Tap(d.ui.Main().Content(), "Try now")
	d.Until("the call", func() bool { return b.Called("Perform retry") == 1 })
	d.Pass(retryPatience)
	d.Pump()
	d.WantNoText(d.ui.Main().Content(), "trying now…")
	if d.ui.main.header.mend.button.Disabled() {
		t.Error("it cannot be asked for again")
	}
}

func TestATryThatCannotBeMadeSaysWhy(t *testing.T) {
	b := uitest.WithStatus(uitest.ChatDown())
	b.OnPerform = func(context.Context, health.Action) error { return health.New(health.HasStopped) }
	d := newDesk(t, b)
	d.showMain()
	d.Tap(d.ui.Main().Content(), "Try now")
	d.Until("the reason", func() bool { return kittest.Sees(d.ui.main.answers.slot.Box, "Vast Relay has stopped") })
	d.WantNoText(d.ui.Main().Content(), "trying now…")
}

func TestEveryCountOpensWhatItCounts(t *testing.T) {
	b := uitest.Working()
	b.State.Waiting, b.State.Late, b.State.Unreadable, b.State.GivenUp = 1, 1, 1, 1
	d := newDesk(t, b)
	d.showMain()
	c := d.ui.Main().Content()
	for _, tt := range []struct{ fact, shown, other string }{
		{"1 waiting", "Balance is running low", "Started #48927380"},
		{"1 late", "Upcoming downtime", "Started #48927380"},
		{"1 unreadable", "Unreadable delivery", "Started #48927380"},
		{"1 not posted", "Offline #48926820", "Started #48927380"},
		{"12 today", "Started #48927380", "Payment failed"},
	} {
		kittest.Fact(c, tt.fact).Tapped(nil)
		d.Until(tt.fact, func() bool {
			return kittest.Sees(d.rows(), tt.shown) && !kittest.Sees(d.rows(), tt.other)
		})
	}
	kittest.Fact(c, "Last event").TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	d.Until("the newest event", func() bool { return kittest.Sees(c, "Signature checked") })
	if f := kittest.Fact(d.ui.main.header.box, "nothing waiting"); f != nil {
		t.Error("there is a fact that says both")
	}
}

func TestTheHeaderKeepsItsHeight(t *testing.T) {
	for _, width := range []float32{kit.LeastWidth, 720, mainWidth} {
		high := float32(0)
		for name, s := range map[string]status.Status{
			"relaying": uitest.RelayingStatus(), "starting": uitest.PhaseStatus(status.Starting), "paused": uitest.PhaseStatus(status.Paused),
			"standby": uitest.PhaseStatus(status.Standby), "attention": uitest.PhaseStatus(status.Attention), "stopped": uitest.PhaseStatus(status.Stopped),
			"Chat is down": uitest.ChatDown(),
		} {
			d := newDesk(t, uitest.WithStatus(s))
			d.ui.Main().Resize(fyne.NewSize(width, 560))
			d.showMain()
			got := d.ui.main.header.box.Size().Height
			if high == 0 {
				high = got
			}
			if got != high {
				t.Errorf("%s at %v: got %v, want %v as in the others", name, width, got, high)
			}
		}
	}
}

func TestTroubleIsATitleAndItsMendHasTheFocus(t *testing.T) {
	b := uitest.WithStatus(uitest.PhaseStatus(status.Attention))
	b.State.Headline = words.Verbatim("The webhook was deleted in the space.")
	d := newDesk(t, b)
	d.showMain()
	if got := kittest.Fact(d.ui.main.header.box, "The webhook was deleted").Text(); strings.HasSuffix(got, ".") {
		t.Errorf("got the reason %q, want it without a full stop", got)
	}
	if d.ui.Main().Canvas().Focused() != fyne.Focusable(d.ui.main.header.mend.button) {
		t.Error("the button that helps does not have the focus")
	}
}

func TestHealthyHopTellsItsProof(t *testing.T) {
	d := newDesk(t, uitest.Working())
	d.showMain()
	d.Tap(d.ui.Main().Content(), "Vast.ai")
	d.WantText(d.why(), "Vast.ai API key: works")
	d.WantText(d.why(), "Webhook at Vast.ai: works")
	d.WantText(d.why(), "Google Chat takes the messages. · since 12:06")
	d.ui.Main().Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if d.why() != nil {
		t.Error("Escape does not close it")
	}
}

func TestPause(t *testing.T) {
	for item, want := range map[string]string{
		"For 1 hour":            "Pause " + kittest.Noon.Add(time.Hour).Format(time.RFC3339),
		"Until tomorrow, 08:00": "Pause " + nextMorning(kittest.Noon).Format(time.RFC3339),
		"Until I resume":        "Pause " + time.Time{}.Format(time.RFC3339),
	} {
		t.Run(item, func(t *testing.T) {
			d := newDesk(t, uitest.Working())
			d.showMain()
			d.Tap(d.ui.Main().Content(), "Pause")
			d.Pick(d.ui.Main(), item)
			d.Until("the pause", func() bool { return d.b.Called(want) == 1 })
		})
	}
}

func TestResumeAsksWhatBecomesOfTheHeldEvents(t *testing.T) {
	for choice, want := range map[string]string{
		"Post 34 held events": "Resume keep=false",
		"Don't post":          "Resume keep=true",
	} {
		t.Run(choice, func(t *testing.T) {
			d := newDesk(t, uitest.WithStatus(uitest.PhaseStatus(status.Paused)))
			d.showMain()
			d.Tap(d.ui.Main().Content(), "Resume")
			d.Tap(d.ui.Main().Content(), choice)
			d.Until("the end of the pause", func() bool { return d.b.Called(want) == 1 && d.ui.main.answers.slot.Key == "" })
		})
	}
	t.Run("nothing held needs no question", func(t *testing.T) {
		s := uitest.PhaseStatus(status.Paused)
		s.Waiting = 0
		d := newDesk(t, uitest.WithStatus(s))
		d.showMain()
		d.Tap(d.ui.Main().Content(), "Resume")
		d.Until("the end of the pause", func() bool { return d.b.Called("Resume keep=false") == 1 })
	})
	t.Run("staying paused does nothing", func(t *testing.T) {
		d := newDesk(t, uitest.WithStatus(uitest.PhaseStatus(status.Paused)))
		d.showMain()
		d.Tap(d.ui.Main().Content(), "Resume")
		d.Tap(d.ui.Main().Content(), "Stay paused")
		d.WantNoText(d.ui.Main().Content(), "Don't post")
		if got := d.b.Called("Resume"); got != 0 {
			t.Errorf("Resume: got %d calls, want 0", got)
		}
	})
}

func TestTheQuestionOfHeldEventsFollowsThePause(t *testing.T) {
	t.Run("more are held", func(t *testing.T) {
		d := newDesk(t, uitest.WithStatus(uitest.PhaseStatus(status.Paused)))
		d.showMain()
		d.Tap(d.ui.Main().Content(), "Resume")
		d.b.Mu.Lock()
		d.b.State.Waiting = 35
		d.b.Mu.Unlock()
		d.b.Emit()
		d.Pump()
		d.WantText(d.ui.main.answers.slot.Box, "35 events were held. Post them now?")
		d.Tap(d.ui.Main().Content(), "Post 35 held events")
		d.Until("the end of the pause", func() bool { return d.b.Called("Resume keep=false") == 1 && d.ui.main.answers.slot.Key == "" })
	})
	for name, end := range map[string]func(d *desk){
		"it has run out":                       func(d *desk) { d.become(status.Relaying) },
		"it has run out while something fails": func(d *desk) { d.become(status.Attention) },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, uitest.WithStatus(uitest.PhaseStatus(status.Paused)))
			d.showMain()
			d.Tap(d.ui.Main().Content(), "Resume")
			end(d)
			d.WantNoText(d.ui.Main().Content(), "Don't post")
		})
	}
	t.Run("it goes on while something fails", func(t *testing.T) {
		d := newDesk(t, uitest.WithStatus(uitest.PhaseStatus(status.Paused)))
		d.showMain()
		d.Tap(d.ui.Main().Content(), "Resume")
		d.b.Mu.Lock()
		d.b.State = uitest.PhaseStatus(status.Attention)
		d.b.State.PausedSince = kittest.Noon.Add(-time.Hour)
		d.b.Mu.Unlock()
		d.b.Emit()
		d.Pump()
		d.WantText(d.ui.Main().Content(), "Don't post")
	})
}

func TestAPauseCanBeEndedInEveryPhase(t *testing.T) {
	for _, phase := range []status.Phase{status.Starting, status.Standby, status.Attention} {
		t.Run(string(phase), func(t *testing.T) {
			s := uitest.PhaseStatus(phase)
			s.PausedSince, s.Waiting = kittest.Noon.Add(-time.Hour), 0
			d := newDesk(t, uitest.WithStatus(s))
			d.showMain()
			d.Tap(d.ui.Main().Content(), "Resume")
			d.Until("the end of the pause", func() bool { return d.b.Called("Resume keep=false") == 1 })
		})
	}
}

func TestTestTicksOffInPlace(t *testing.T) {
	for _, c := range []struct{ item, call, over string }{
		{"Send test from Vast.ai", "TestFromVast", "The test from Vast.ai went through"},
		{"Send test to Google Chat", "TestToChat", "The test to Google Chat went through"},
	} {
		t.Run(c.item, func(t *testing.T) {
			b := uitest.Working()
			next := make(chan health.Step)
			b.OnTest = func(_ context.Context, report func(health.Step)) error {
				for s := range next {
					report(s)
				}
				return nil
			}
			d := newDesk(t, b)
			d.showMain()
			w := d.ui.Main()
			test.Tap(d.ui.main.header.test.Arrow)
			d.Pick(w, c.item)
			d.WantText(w.Content(), "Starting the test…")
			if !kittest.Button(w.Content(), "Send test").Disabled() {
				t.Error("a second test could be started on top of the first")
			}
			next <- health.Step{Name: words.Verbatim("Ask Vast.ai"), State: health.StepRunning}
			d.Until("the first step", func() bool { return kittest.Sees(w.Content(), "Ask Vast.ai") })
			d.WantNoText(w.Content(), "Starting the test…")
			next <- health.Step{Name: words.Verbatim("Ask Vast.ai"), State: health.StepDone, Text: words.Verbatim("it agreed"), Took: 600 * time.Millisecond}
			d.Until("its end", func() bool { return kittest.Sees(w.Content(), "it agreed · +600 ms") })
			close(next)
			d.Until("the result", func() bool { return kittest.Sees(w.Content(), c.over) })
			if got := d.b.Called(c.call); got != 1 {
				t.Errorf("%s: got %d calls, want 1", c.call, got)
			}
			if kittest.Button(w.Content(), "Send test").Disabled() {
				t.Error("no further test can be started")
			}
		})
	}
}

func TestATestThatWaitsIsNoFailure(t *testing.T) {
	b := uitest.WithStatus(uitest.ChatDown())
	b.OnTest = func(_ context.Context, report func(health.Step)) error {
		report(health.Step{Name: words.Verbatim("Posting"), State: health.StepWaiting, Text: words.Verbatim("Google Chat is down.")})
		return health.New(health.TestWaits, words.Args{"Reason": "Google Chat is down"})
	}
	d := newDesk(t, b)
	d.showMain()
	d.ui.main.answers.runTest(testFromVast)
	d.Until("the result", func() bool { return kittest.Sees(d.ui.main.answers.slot.Box, "Arrived here. Waiting for Google Chat") })
	d.WantText(d.ui.main.answers.slot.Box, "Google Chat is down")
	d.WantNoText(d.ui.main.answers.slot.Box, "did not go through")
	d.become(status.Relaying) // It is posted now.
	d.WantNoText(d.ui.Main().Content(), "Arrived here")
}

func TestTheAnswerOfATestGoesWhenItWaitsForSomethingElse(t *testing.T) {
	for _, tt := range []struct {
		name  string
		then  status.Phase
		step  health.StepState
		err   error
		after status.Phase
	}{
		{"it waited for Google Chat, and is held now", status.Attention, health.StepWaiting, health.New(health.TestWaits, words.Args{"Reason": "x"}), status.Paused},
		{"it was held, and is posted now", status.Paused, health.StepHeld, nil, status.Relaying},
		{"it was held, and waits for Google Chat now", status.Paused, health.StepHeld, nil, status.Attention},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := uitest.WithStatus(uitest.PhaseStatus(tt.then))
			b.OnTest = func(_ context.Context, report func(health.Step)) error {
				report(health.Step{Name: words.Verbatim("Posting"), State: tt.step})
				return tt.err
			}
			d := testedDesk(t, b)
			if d.ui.main.answers.slot.Key != "test" {
				t.Fatal("the answer is gone while it is true")
			}
			d.become(tt.after)
			if d.ui.main.answers.slot.Key == "test" {
				t.Error("the answer is left, and untrue")
			}
		})
	}
}

// testedDesk is a main window in which a test from Vast.ai has just ended.
func testedDesk(t *testing.T, b *uitest.Program) *desk {
	t.Helper()
	d := newDesk(t, b)
	d.showMain()
	d.ui.main.answers.runTest(testFromVast)
	d.Until("the result", func() bool { return !d.ui.main.answers.testing })
	d.b.Emit()
	d.Pump()
	return d
}

func TestTheAnswerOfAFailureGoesWhenItIsOver(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		left bool
	}{
		{"one that failed goes", health.New(health.TestLost), false},
		{"one that went through stays to be read", nil, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := uitest.WithStatus(uitest.PhaseStatus(status.Attention))
			b.OnTest = func(context.Context, func(health.Step)) error { return tt.err }
			d := testedDesk(t, b)
			if d.ui.main.answers.slot.Key != "test" {
				t.Fatal("the answer is gone while the trouble lasts")
			}
			d.become(status.Relaying)
			if got := d.ui.main.answers.slot.Key == "test"; got != tt.left {
				t.Errorf("the answer is left: got %v, want %v", got, tt.left)
			}
		})
	}
}

func TestTheAnswerOfATestKeepsItsHeight(t *testing.T) {
	b := uitest.Working()
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
	high := d.ui.main.answers.slot.Box.MinSize().Height
	for _, name := range []string{"asked", "arrived", "signature", "posting"} {
		next <- health.Step{Name: words.Verbatim(name), State: health.StepRunning}
		next <- health.Step{Name: words.Verbatim(name), State: health.StepDone, Text: words.Verbatim("well")}
		d.Until(name, func() bool { return kittest.Sees(d.ui.main.answers.slot.Box, name) })
		if got := d.ui.main.answers.slot.Box.MinSize().Height; got != high {
			t.Errorf("after %q it has the height %v, want %v as at the start", name, got, high)
		}
	}
	close(next)
	d.Until("the end", func() bool { return !d.ui.main.answers.testing })
}

func TestTestSaysThatItIsHeldWhilePaused(t *testing.T) {
	for _, c := range []struct {
		kind testKind
		want string
	}{
		{testFromVast, "The test from Vast.ai arrived and is held until posting goes on"},
		{testToChat, "The test to Google Chat went through"}, // It waits for nobody.
	} {
		t.Run(c.kind.title(), func(t *testing.T) {
			b := uitest.WithStatus(uitest.PhaseStatus(status.Paused))
			if c.kind == testFromVast {
				b.OnTest = func(_ context.Context, report func(health.Step)) error {
					report(health.Step{Name: words.Verbatim("Posting"), State: health.StepHeld})
					return nil
				}
			}
			d := newDesk(t, b)
			d.showMain()
			d.ui.main.answers.runTest(c.kind)
			d.Until("the result", func() bool { return kittest.Sees(d.ui.main.answers.slot.Box, c.want) })
		})
	}
}

func TestAnswerOfATestGoesWithTheWindow(t *testing.T) {
	b := uitest.Working()
	b.InForce.TrayHintShown = true
	answer := make(chan error)
	b.OnTest = func(context.Context, func(health.Step)) error { return <-answer }
	d := newDesk(t, b)
	d.showMain()
	d.ui.main.answers.runTest(testFromVast)
	d.ui.main.close()
	d.showMain()
	d.WantText(d.ui.main.answers.slot.Box, "Sending a test from Vast.ai…") // It is still to come.
	answer <- nil
	d.Until("the answer", func() bool { return kittest.Sees(d.ui.main.answers.slot.Box, "went through") })
	d.ui.main.close()
	d.showMain()
	d.WantNoText(d.ui.Main().Content(), "went through")
}

func TestFailedTestNamesTheCause(t *testing.T) {
	d := newDesk(t, uitest.Working())
	w := stageTest(d)
	for _, want := range []string{"The test from Vast.ai did not go through", "Arrived here", "The webhook or its space is gone", "Make a new webhook in the space and paste its URL.", "Replace Chat URL"} {
		d.WantText(w.Content(), want)
	}
}

func TestActionsOfTheProgram(t *testing.T) {
	s := uitest.PhaseStatus(status.Stopped)
	b := uitest.WithStatus(s)
	answer := make(chan error)
	b.OnPerform = func(context.Context, health.Action) error { return <-answer }
	d := newDesk(t, b)
	d.showMain()
	c := d.ui.Main().Content()
	d.Tap(c, "Start")
	d.WantText(c, "Starting…")
	answer <- health.Problem{Headline: words.Verbatim("The data folder is full"), Next: words.Verbatim("Free some space.")}
	d.Until("the problem", func() bool { return kittest.Sees(c, "The data folder is full") })
	d.Tap(c, "Start")
	answer <- nil
	d.Until("the start", func() bool { return d.ui.main.answers.slot.Key == "" })
	if got := d.b.Called("Perform start"); got != 2 {
		t.Errorf("Perform: got %d calls, want 2", got)
	}
}

func TestActionsThatOpenAPartOfTheWindow(t *testing.T) {
	for _, c := range []struct {
		does   health.Action
		tunnel string // in force; empty: the default
		want   func(d *desk) bool
	}{
		{health.ActionSetUp, "", func(d *desk) bool {
			return kittest.Surface(d.settingsWindow().Content(), credentials.VastKey.Words().String()) != nil
		}},
		{health.ActionReplaceKey, "", func(d *desk) bool { return d.opened(credentials.VastKey) != nil }},
		{health.ActionReplaceChatURL, "", func(d *desk) bool { return d.opened(credentials.ChatURL) != nil }},
		{health.ActionReplaceToken, "", func(d *desk) bool { return d.opened(credentials.NgrokToken) != nil }},
		{health.ActionReplaceTunnelmoleKey, "tunnelmole", func(d *desk) bool { return d.opened(credentials.TunnelmoleKey) != nil }},
		{health.ActionReplaceCloudflaredToken, "cloudflared", func(d *desk) bool { return d.opened(credentials.CloudflaredToken) != nil }},
		{health.ActionTunnelSettings, "", func(d *desk) bool {
			return kittest.Sees(d.settingsWindow().Content(), "Vast.ai delivers events to a public address")
		}},
		{health.ActionChooseWebhook, "", func(d *desk) bool { return kittest.Sees(d.ui.Main().Content(), "There is room again") }},
		{health.ActionResume, "", func(d *desk) bool { return d.b.Called("Resume keep=false") == 1 }},
	} {
		t.Run(string(c.does), func(t *testing.T) {
			s := uitest.RelayingStatus()
			s.Action = c.does
			if c.does == health.ActionResume {
				s.Phase = status.Paused
			}
			b := uitest.WithStatus(s)
			b.InForce.Tunnel = c.tunnel
			d := newDesk(t, b)
			d.showMain()
			d.Tap(d.ui.Main().Content(), c.does.Label())
			d.Until("it", func() bool { return c.want(d) })
			if got := d.b.Called("Perform"); got != 0 {
				t.Errorf("Perform: got %d calls, want 0", got)
			}
		})
	}
}

func TestChoosingAWebhookToReplace(t *testing.T) {
	d := newDesk(t, uitest.Foreign())
	d.showMain()
	c := d.ui.Main().Content()
	d.ui.act(health.ActionChooseWebhook)
	d.WantText(c, "Asking Vast.ai which webhooks there are…")
	d.Until("the webhooks", func() bool { return kittest.Sees(c, "Replace this webhook") })
	if !kittest.Button(c, "Replace this webhook").Disabled() {
		t.Error("nothing is picked, yet it can be replaced")
	}
	radio := kittest.Radio(c, "without a name · https://ops.example.org/in/notifications · 1 type · no. 12")
	radio.SetSelected(radio.Options[1])
	d.b.Mu.Lock()
	d.b.State = uitest.PhaseStatus(status.Starting)
	d.b.Mu.Unlock()
	d.Tap(c, "Replace this webhook")
	d.Until("the end", func() bool { return !kittest.Sees(c, "all four belong to something else") })
	d.WantText(c, "Opening the public address.") // The window was brought up to date.
	if got := d.b.Called("ReplaceWebhook 12"); got != 1 {
		t.Errorf("ReplaceWebhook 12: got %d calls, want 1; calls: %v", got, d.b.Calls)
	}
}

func TestWhatWasChangedAtVastIsAChoice(t *testing.T) {
	for button, call := range map[string]string{"Restore ours": "RestoreOurs", "Take theirs": "TakeTheirs"} {
		t.Run(button, func(t *testing.T) {
			d := newDesk(t, uitest.Edited())
			d.showMain()
			c := d.ui.Main().Content()
			d.Tap(c, "Review the change")
			for _, want := range []string{"These events were added: Balance running low.", "These events were removed: Instance outbid.", "It is called “mine” now.", "“Take theirs” keeps the change, and Vast Relay goes by it from now on."} {
				d.WantText(c, want)
			}
			if d.b.Called(call) != 0 {
				t.Error("something was changed before the person chose")
			}
			d.Tap(c, button)
			d.Until("the end", func() bool { return d.ui.main.answers.slot.Key == "" })
			if got := d.b.Called(call); got != 1 {
				t.Errorf("%s: got %d calls, want 1; calls: %v", call, got, d.b.Calls)
			}
		})
	}
	t.Run("and stays one when Vast.ai cannot be told", func(t *testing.T) {
		b := uitest.Edited()
		b.OnSettle = func(context.Context) error { return health.New(health.VastUnreachable) }
		d := newDesk(t, b)
		d.showMain()
		c := d.ui.Main().Content()
		d.Tap(c, "Review the change")
		d.Tap(c, "Restore ours")
		d.Until("the end", func() bool { return kittest.Sees(c, health.New(health.VastUnreachable).Headline.String()) })
		if !kittest.Sees(c, "Take theirs") {
			t.Error("the choice is gone, want a way on")
		}
	})
}

func TestHeaderKeepsItsRoomWhenTheWindowNarrows(t *testing.T) {
	s := uitest.PhaseStatus(status.Attention)
	s.Cause = words.Verbatim(strings.Repeat("Google Chat does not find the webhook. ", 4))
	s.Overrides = []string{"VAST_URL", "VASTRELAY_CHAT_HOSTS", "VASTRELAY_NGROK_CONNECT_URL", "VASTRELAY_NGROK_CA", "VASTRELAY_PUBLIC_CONNECT"}
	d := newDesk(t, uitest.WithStatus(s))
	d.showMain()
	head := d.ui.main.header.box
	for _, width := range []float32{1200, 800, 720, 1200} {
		d.ui.Main().Resize(fyne.NewSize(width, 560))
		if got, want := head.Size().Height, head.MinSize().Height; got != want {
			t.Errorf("at %v the header has height %v, want %v for its words", width, got, want)
		}
	}
}

func TestNextMorning(t *testing.T) {
	berlin := time.FixedZone("CET", 3600)
	for _, c := range []struct {
		name      string
		now, want time.Time
	}{
		{"in the evening it is hours away", time.Date(2026, 11, 21, 22, 30, 0, 0, berlin), time.Date(2026, 11, 22, 8, 0, 0, 0, berlin)},
		{"after midnight it is the morning after the next", time.Date(2026, 11, 22, 0, 30, 0, 0, berlin), time.Date(2026, 11, 23, 8, 0, 0, 0, berlin)},
		{"it passes the end of a month", time.Date(2026, 12, 31, 12, 0, 0, 0, berlin), time.Date(2027, 1, 1, 8, 0, 0, 0, berlin)},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := nextMorning(c.now); !got.Equal(c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestCheckingEverything(t *testing.T) {
	b := uitest.Working()
	broken := health.New(health.WebhookGone)
	b.OnExamine = func(_ context.Context, report func(health.Step)) (health.Report, error) {
		report(health.Step{Name: words.Verbatim("Credentials"), State: health.StepDone, Text: words.Verbatim("All credentials can be read.")})
		report(health.Step{Name: words.Verbatim("Webhooks"), State: health.StepFailed, Text: words.Verbatim(broken.Error())})
		report(health.Step{Name: words.Verbatim("Delivery from Vast.ai"), State: health.StepSkipped, Text: words.Verbatim("Not checked: “Webhooks” must work first.")})
		return health.Report{Findings: []health.Finding{
			{Code: "credentials", Name: words.Verbatim("Credentials"), State: health.Passed},
			{Code: "webhooks", Name: words.Verbatim("Webhooks"), State: health.Failed, Text: broken.Headline, Problem: broken},
		}}, nil
	}
	d := newDesk(t, b)
	d.showMain()
	c := d.ui.Main().Content()
	d.ui.main.answers.checkEverything()
	d.Until("the verdict", func() bool { return !d.ui.main.answers.testing })
	for _, want := range []string{"Credentials", "Not checked: “Webhooks” must work first.", broken.Cause.String(), "This check failed: Webhooks"} {
		d.WantText(c, want)
	}
	d.Tap(c, "Copy report")
	if got := d.App.Clipboard().Content(); !strings.Contains(got, "failed   Webhooks") {
		t.Errorf("copied %q, want the report", got)
	}
	if d.ui.main.header.test.Main.Disabled() || d.ui.main.header.test.Arrow.Disabled() {
		t.Error("no other test can be started")
	}
}

func TestTheButtonsUnderTheChecksStandApart(t *testing.T) {
	d := newDesk(t, uitest.Examined(health.New(health.WebhookMoved, words.Args{"Host": "hooks.example.net"})))
	c := stageChecks(d).Content()
	helps, copied := kittest.Button(d.ui.main.answers.slot.Box, "Review the change"), kittest.Button(c, "Copy report")
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject
	if got := at(copied).Y - at(helps).Y - helps.Size().Height; got < theme.Padding() {
		t.Errorf("got %v between them, want %v at least", got, theme.Padding())
	}
}

func TestTheTitleSaysHowManyEventsAreUnread(t *testing.T) {
	b := uitest.Working()
	for i := range 3 {
		b.Rows[i].Unread = true
	}
	d := newDesk(t, b)
	d.showMain()
	title := func(want string) {
		t.Helper()
		d.Until(want, func() bool { return d.ui.Main().Title() == want })
	}
	title("3 unread · Vast Relay")
	d.showEvent("ev-009")
	title("2 unread · Vast Relay")
	d.Tap(d.ui.Main().Content(), "Mark all read")
	title("Vast Relay")
}
