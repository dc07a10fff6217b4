package setup

import (
	"context"
	"testing"

	"fyne.io/fyne/v2"

	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/uitest"
	"vastrelay/app/words"
)

// finishedDesk is a set-up in which nothing is missing any more, and whose tests
// wait for an answer.
func finishedDesk(t *testing.T) (d *desk, box fyne.CanvasObject, answer chan error) {
	t.Helper()
	d = newDesk(t, uitest.FirstStart())
	answer = make(chan error)
	d.b.OnTest = func(_ context.Context, report func(health.Step)) error {
		report(health.Step{Name: words.Verbatim("Asking Vast.ai"), State: health.StepDone, Text: words.Verbatim("Asked.")})
		return <-answer
	}
	d.b.Give(credentials.ChatURL)
	d.b.Give(credentials.NgrokToken)
	d.view.Update(d.b.Status())
	d.Tap(d.view.Box, "Send a test") // at the left, as nothing was pasted before
	return d, kittest.Surface(d.view.Box, "Send a test"), answer
}

func TestSetUpEndsWithTheWholeWayTriedOnce(t *testing.T) {
	d, trip, answer := finishedDesk(t)
	d.WantText(trip, "Once the steps before are done")

	d.become(status.Starting)
	d.WantText(trip, "Connecting · Opening the public address.")
	if kittest.Button(trip, "Send test from Vast.ai") != nil {
		t.Error("a test is offered that cannot arrive")
	}
	d.become(status.Attention)
	d.WantText(trip, "The webhook or its space is gone")
	d.become(status.Relaying)
	d.WantText(trip, "it should appear in “Ops alerts”")
	send := kittest.Button(trip, "Send test from Vast.ai")
	if d.focused() != fyne.Focusable(send) {
		t.Error("the test does not have the focus")
	}

	send.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	d.Until("the step", func() bool { return kittest.Sees(trip, "Asked.") })
	answer <- health.Problem{Headline: words.Verbatim("The test did not arrive"), Next: words.Verbatim("Try again.")}
	d.Until("the failure", func() bool { return kittest.Sees(trip, "The test did not arrive") })
	d.Tap(trip, "Send test from Vast.ai")
	d.WantNoText(trip, "The test did not arrive")
	answer <- nil
	d.Until("the end", func() bool { return kittest.Sees(trip, "Done. You can close this window") })

	leave := kittest.Button(trip, "Show events")
	if d.focused() != fyne.Focusable(leave) {
		t.Error("the way to the events does not have the focus")
	}
	d.Tap(trip, "Show events")
	if d.left != 1 {
		t.Errorf("the events were asked for %d times, want once", d.left)
	}
}

func TestNoSecondTestIsStarted(t *testing.T) {
	d, trip, answer := finishedDesk(t)
	d.become(status.Relaying)
	d.testing = true // by the button at the top of the window
	d.Tap(trip, "Send test from Vast.ai")
	if got := d.b.Called("TestFromVast"); got != 0 {
		t.Errorf("TestFromVast: got %d calls, want 0", got)
	}
	d.WantNoText(trip, "Vast.ai is sending a test")
	d.testing = false
	d.Tap(trip, "Send test from Vast.ai")
	d.WantText(trip, "Vast.ai is sending a test")
	answer <- nil
	d.Until("the end", func() bool { return !d.testing })
}

func TestWithoutATrayTheProgramIsToStayOpen(t *testing.T) {
	d, trip, answer := finishedDesk(t)
	d.tray = false
	d.become(status.Relaying)
	d.Tap(trip, "Send test from Vast.ai")
	answer <- nil
	d.Until("the end", func() bool { return kittest.Sees(trip, "Leave the program running") })
}

func TestNothingMovesInASetUpThatIsNotSeen(t *testing.T) {
	d := newDesk(t, uitest.FirstStart())
	moves := func() bool { return kittest.Moves(d.view.Box) }
	d.become(status.Starting)
	if !moves() {
		t.Fatal("the wait for the connection shows no movement")
	}
	d.view.Rest(true)
	if moves() {
		t.Error("it moves out of sight")
	}
	d.become(status.Relaying)
	d.become(status.Starting)
	if moves() {
		t.Error("it moves again out of sight")
	}
	d.view.Rest(false)
	if !moves() {
		t.Error("it does not move again when it is seen again")
	}
}

func TestATestThatEndsOutOfSightTakesNoFocus(t *testing.T) {
	d, trip, answer := finishedDesk(t)
	d.become(status.Relaying)
	d.Tap(trip, "Send test from Vast.ai")
	d.view.Rest(true)
	d.become(status.Starting)
	answer <- nil
	d.Until("the end", func() bool { return !d.testing })
	if d.focused() != nil {
		t.Errorf("%T has the focus", d.focused())
	}
	if kittest.Moves(d.view.Box) {
		t.Error("the wait for the connection moves out of sight")
	}
}

func TestTheSpaceOfTheTestIsNamedWhereItHasAName(t *testing.T) {
	d, trip, _ := finishedDesk(t)
	d.b.State = uitest.PhaseStatus(status.Relaying)
	d.b.State.Label = ""
	d.view.Update(d.b.Status())
	d.WantText(trip, "it should appear in your space within seconds")
}
