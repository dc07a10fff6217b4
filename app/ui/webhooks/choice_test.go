package webhooks

import (
	"context"
	"errors"
	"slices"
	"testing"

	"fyne.io/fyne/v2"

	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/uitest"
	"vastrelay/app/words"
)

// pick picks the webhook at that place in the list.
func (d *desk) pick(box fyne.CanvasObject, at int) {
	d.T.Helper()
	d.Until("the webhooks", func() bool { return kittest.Sees(box, "Replace this webhook") })
	radio := kittest.Radio(box, "without a name · https://ops.example.org/in/notifications · 1 type · no. 12")
	radio.SetSelected(radio.Options[at])
}

func TestChoosingAWebhookToReplace(t *testing.T) {
	d, box := newDesk(t, uitest.Foreign())
	Choose(d.deps)
	d.WantText(box, "Asking Vast.ai which webhooks there are…")
	d.Until("the webhooks", func() bool { return kittest.Sees(box, "Replace this webhook") })
	d.WantNoText(box, "Asking Vast.ai")
	d.WantText(box, "The one you replace stops receiving events where it did before.")
	if !kittest.Button(box, "Replace this webhook").Disabled() {
		t.Error("nothing is picked, yet it can be replaced")
	}
	d.pick(box, 1)
	d.Tap(box, "Replace this webhook")
	if !kittest.Button(box, "Replace this webhook").Disabled() {
		t.Error("it can be replaced once more while it is")
	}
	d.WantText(box, "Replacing the webhook…")
	d.Until("the end", func() bool { return d.deps.Slot.Key == "" })
	if got := d.b.Called("ReplaceWebhook 12 keep=false"); got != 1 || d.changed != 1 {
		t.Errorf("ReplaceWebhook 12: got %d calls and told %d times, want 1 each; calls: %v", got, d.changed, d.b.Calls)
	}
}

func TestAWebhookIsAdoptedWithItsEvents(t *testing.T) {
	d, box := newDesk(t, uitest.Foreign())
	Choose(d.deps)
	d.pick(box, 1)
	kittest.CheckBox(box, "Keep its events, in place of those chosen in Settings").SetChecked(true)
	d.Tap(box, "Replace this webhook")
	d.Until("the end", func() bool { return d.deps.Slot.Key == "" })
	if got := d.b.Called("ReplaceWebhook 12 keep=true"); got != 1 {
		t.Errorf("got calls %v, want it taken over with its events", d.b.Calls)
	}
}

func TestAWebhookThatCannotBeReplaced(t *testing.T) {
	b := uitest.Foreign()
	b.OnReplace = func(context.Context, int64) error { return errors.New("HTTP 500") }
	d, box := newDesk(t, b)
	Choose(d.deps)
	d.pick(box, 0)
	d.Tap(box, "Replace this webhook")
	d.Until("the problem", func() bool { return kittest.Sees(box, "Could not replace the webhook") })
	if kittest.Button(box, "Replace this webhook").Disabled() {
		t.Error("it cannot be tried again")
	}
	if kittest.Moves(box) || d.changed != 0 {
		t.Errorf("it goes on after its end, or was told %d times that there is room", d.changed)
	}
}

func TestNoWebhookIsReplacedUnasked(t *testing.T) {
	d, box := newDesk(t, uitest.Foreign())
	Choose(d.deps)
	d.pick(box, 0)
	d.Tap(box, "Leave them all")
	if d.deps.Slot.Key != "" || d.b.Called("ReplaceWebhook") != 0 {
		t.Errorf("the slot shows %q; calls: %v", d.deps.Slot.Key, d.b.Calls)
	}
}

func TestTheWebhooksCannotBeListed(t *testing.T) {
	b := uitest.Foreign()
	b.OnForeign = func(context.Context) ([]status.Webhook, error) {
		return nil, health.Problem{Headline: words.Verbatim("Vast.ai cannot be reached"), Action: health.ActionRetry}
	}
	d, box := newDesk(t, b)
	Choose(d.deps)
	d.Until("the problem", func() bool { return kittest.Sees(box, "Vast.ai cannot be reached") })
	if kittest.Button(box, "Replace this webhook") != nil {
		t.Error("a webhook can be replaced that nobody knows")
	}
}

func TestThereIsRoomForAWebhookAgain(t *testing.T) {
	b := uitest.Foreign()
	b.OnForeign = func(context.Context) ([]status.Webhook, error) { return nil, nil }
	d, box := newDesk(t, b)
	Choose(d.deps)
	d.Until("the answer", func() bool { return kittest.Sees(box, "There is room again") })
	d.Tap(box, "Try now")
	if want := []health.Action{health.ActionRetry}; !slices.Equal(d.acted, want) {
		t.Errorf("got the actions %v, want %v", d.acted, want)
	}
}

func TestAChoiceOfLongWordsFitsASmallWindow(t *testing.T) {
	b := uitest.Foreign()
	b.OnForeign = func(context.Context) ([]status.Webhook, error) {
		return []status.Webhook{{
			ID: 123456, Name: "notifications of the whole team and of nobody else", Types: []string{"outbid", "instance_started"},
			URL: "https://a-very-long-name-of-a-domain.example.net/with/a/path/that/goes/on/and/on",
		}}, nil
	}
	d, box := newDesk(t, b)
	Choose(d.deps)
	d.Until("the webhooks", func() bool { return kittest.Sees(box, "Replace this webhook") })
	if got := box.MinSize().Width; got > 600 {
		t.Errorf("it is %v wide at least, want it within a window of 640", got)
	}
	radio := kittest.Radio(box, "notifications of the wh… · https://a-very-long-name… · 2 types · no. 123456")
	if radio == nil {
		t.Error("its name, address or number is not shown")
	}
}
