package events

import (
	"errors"
	"testing"

	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/uitest"
	"vastrelay/relay"
)

const (
	stopLabel  = "Don't post this type any more"
	startLabel = "Post this type again"
)

func TestATypeIsNoLongerPosted(t *testing.T) {
	d := newDesk(t, uitest.Working())
	d.open("ev-009")
	box := d.v.detail.box
	d.Tap(box, stopLabel)
	d.Until("the answer", func() bool { return kittest.Button(box, startLabel) != nil })
	d.WantText(box, "“Instance outbid”: new events stay in the history and are not posted.")
	if !d.routes.quiet["client:outbid"] {
		t.Errorf("got %v", d.routes.quiet)
	}
	d.Tap(box, startLabel)
	d.Until("the answer", func() bool { return kittest.Button(box, stopLabel) != nil })
	d.WantText(box, "“Instance outbid”: new events are posted.")
}

func TestATypeThatStaysInTheHistorySaysSo(t *testing.T) {
	d := newDesk(t, uitest.Working())
	d.routes.quiet = map[string]bool{"client:outbid": true}
	d.open("ev-009")
	d.WantText(d.v.detail.box, "stay in the history and are not posted")
}

func TestATypeThatCannotBeChangedStays(t *testing.T) {
	d := newDesk(t, uitest.Working())
	d.routes.err = errors.New("disk full")
	d.open("ev-009")
	d.Tap(d.v.detail.box, stopLabel)
	d.Until("the failure", func() bool { return kittest.Sees(d.v.detail.box, "Could not save the settings") })
	if kittest.Button(d.v.detail.box, stopLabel) == nil {
		t.Error("it reads as if it had been changed")
	}
}

func TestWhatHasNoTypeOfVastHasNoRoute(t *testing.T) {
	for name, slug := range map[string]string{"a gap": relay.GapType, "a test": relay.TestType, "an event without a type": ""} {
		t.Run(name, func(t *testing.T) {
			b := uitest.Working()
			detail := uitest.Detail()
			detail.Event.Type = slug
			b.Details["ev-009"] = detail
			d := newDesk(t, b)
			d.open("ev-009")
			if kittest.Button(d.v.detail.box, stopLabel) != nil {
				t.Error("it can be changed")
			}
		})
	}
}
