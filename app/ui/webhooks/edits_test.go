package webhooks

import (
	"context"
	"slices"
	"testing"

	"fyne.io/fyne/v2"

	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/ui/kit"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/uitest"
)

func TestWhatWasChangedIsSaidInSentences(t *testing.T) {
	for _, c := range []struct {
		name string
		is   status.Edit
		want []string
	}{
		{
			"another address",
			status.Edit{URL: "https://elsewhere.example/in"},
			[]string{"It delivers to https://elsewhere.example/in now, so its events do not arrive here. If you take that change, Vast Relay leaves this webhook alone and makes another one."},
		},
		{"more events", status.Edit{Added: []string{"client:low_credit", "host:machine_offline"}}, []string{"These events were added: Balance running low and Machine offline."}},
		{"fewer events", status.Edit{Removed: []string{"client:outbid"}}, []string{"These events were removed: Instance outbid."}},
		{"another name", status.Edit{Renamed: true, Name: "mine"}, []string{"It is called “mine” now."}},
		{"no name any more", status.Edit{Renamed: true}, []string{"It has no name now."}},
		{
			"all at once",
			status.Edit{Added: []string{"client:low_credit"}, Removed: []string{"client:outbid"}, Renamed: true, Name: "mine"},
			[]string{"These events were added: Balance running low.", "These events were removed: Instance outbid.", "It is called “mine” now."},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := editWords(status.Webhook{Edited: &c.is}); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestWhatWasChangedAtVastIsAChoice(t *testing.T) {
	for button, call := range map[string]string{"Restore ours": "RestoreOurs", "Take theirs": "TakeTheirs"} {
		t.Run(button, func(t *testing.T) {
			b := uitest.Edited()
			answer := make(chan error)
			b.OnSettle = func(context.Context) error { return <-answer }
			d, box := newDesk(t, b)
			ReviewEdits(d.deps, b.State.Webhooks)
			if ours := kittest.Button(box, "Restore ours"); d.deps.Win.Canvas().Focused() != fyne.Focusable(ours) {
				t.Error("the way back does not have the focus")
			}
			if d.b.Called(call) != 0 {
				t.Error("something was changed before the person chose")
			}
			d.Tap(box, button)
			if !kittest.Moves(box) {
				t.Error("nothing shows that the choice is being carried out")
			}
			d.deps.Slot.Rest(true)
			if kittest.Moves(box) {
				t.Error("it moves out of sight")
			}
			answer <- nil
			d.Until("the end", func() bool { return d.deps.Slot.Key == "" })
			if got := d.b.Called(call); got != 1 || d.changed != 1 {
				t.Errorf("%s: got %d calls and told %d times, want 1 each; calls: %v", call, got, d.changed, d.b.Calls)
			}
		})
	}
}

func TestAChangeThatCannotBeSettledStaysAChoice(t *testing.T) {
	b := uitest.Edited()
	b.OnSettle = func(context.Context) error { return health.New(health.VastUnreachable) }
	d, box := newDesk(t, b)
	ReviewEdits(d.deps, b.State.Webhooks)
	d.Tap(box, "Restore ours")
	d.Until("the problem", func() bool { return kittest.Sees(box, health.New(health.VastUnreachable).Headline.String()) })
	if kittest.Button(box, "Take theirs") == nil {
		t.Error("the choice is gone, want a way on")
	}
}

func TestAChangeCanBeLeftForLater(t *testing.T) {
	b := uitest.Edited()
	d, box := newDesk(t, b)
	ReviewEdits(d.deps, b.State.Webhooks)
	d.Tap(box, "Later")
	if d.deps.Slot.Key != "" || d.b.Called("RestoreOurs")+d.b.Called("TakeTheirs") != 0 {
		t.Errorf("the slot shows %q; calls: %v", d.deps.Slot.Key, d.b.Calls)
	}
}

func TestNothingToReviewEmptiesTheSlot(t *testing.T) {
	d, box := newDesk(t, uitest.Working())
	d.deps.Slot.Show("problem", "", kit.Label("something else"))
	ReviewEdits(d.deps, []status.Webhook{{ID: 1}})
	d.WantNoText(box, "something else")
}
