package events

import (
	"context"
	"errors"
	"slices"
	"testing"

	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"vastrelay/app/status"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/uitest"
)

func TestActivityIsShownWhereItSaysSomething(t *testing.T) {
	for _, c := range []struct {
		name  string
		phase status.Phase
		hours []int
		asked bool
		want  string // empty: nothing is shown
	}{
		{"while relaying", status.Relaying, uitest.Hours(), true, "38 events"},
		{"while paused", status.Paused, uitest.Hours(), true, "38 events"},
		{"a single event", status.Relaying, []int{1}, true, "1 event"},
		{"not without events", status.Relaying, make([]int, 24), true, ""},
		{"not without an answer", status.Relaying, nil, true, ""},
		{"not while something is wrong", status.Attention, uitest.Hours(), false, ""},
		{"not while another computer relays", status.Standby, uitest.Hours(), false, ""},
		{"not while stopped", status.Stopped, uitest.Hours(), false, ""},
		{"not before the set-up", status.Setup, uitest.Hours(), false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := uitest.WithStatus(uitest.PhaseStatus(c.phase))
			b.Hours = c.hours
			d := newDesk(t, b)
			d.show()
			if got := b.Called("Activity") > 0; got != c.asked {
				t.Errorf("asked: got %v, want %v", got, c.asked)
			}
			if c.want == "" {
				d.WantNoText(d.v.Activity(), "in 24 h")
				return
			}
			d.WantText(d.v.Activity(), c.want+" in 24 h")
			if got := d.v.activity.strip.AccessibilityLabel(); got != c.want+" in the last 24 hours" {
				t.Errorf("the strip says %q, want %q with the span in words", got, c.want)
			}
		})
	}
}

func TestActivityFollowsTheProgram(t *testing.T) {
	b := uitest.WithoutRows()
	b.Hours = nil
	d := newDesk(t, b)
	d.show()
	d.WantNoText(d.v.Activity(), "in 24 h")
	b.Mu.Lock()
	b.Hours = []int{2, 3}
	b.Mu.Unlock()
	b.Emit()
	d.Until("the count", func() bool { return kittest.Sees(d.v.Activity(), "5 events in 24 h") })
	b.Mu.Lock()
	b.State = uitest.PhaseStatus(status.Attention)
	b.Mu.Unlock()
	b.Emit()
	d.Pump()
	d.WantNoText(d.v.Activity(), "in 24 h")
	b.Mu.Lock()
	b.State = uitest.RelayingStatus()
	b.Mu.Unlock()
	b.OnActivity = func(context.Context) ([]int, error) { return nil, errors.New("disk broken") }
	b.Emit()
	d.Pump()
	d.counted()
	d.WantNoText(d.v.Activity(), "in 24 h")
}

func TestChangesDuringACountLeadToOneMore(t *testing.T) {
	b := uitest.Working()
	d := newDesk(t, b)
	d.show()
	asked := b.Called("Activity")
	hold := make(chan []int, 2)
	b.OnActivity = func(context.Context) ([]int, error) { return <-hold, nil }
	for range 5 {
		b.Emit()
		d.Pump()
	}
	hold <- []int{1}
	hold <- []int{7}
	d.Until("the second count", func() bool { return kittest.Sees(d.v.Activity(), "7 events in 24 h") })
	d.counted()
	if got := b.Called("Activity") - asked; got != 2 {
		t.Errorf("5 changes led to %d counts, want 2", got)
	}
}

func TestACountIsGivenUpWhenTheWindowHides(t *testing.T) {
	b := uitest.Working()
	d := newDesk(t, b)
	d.show()
	ended := make(chan bool)
	b.OnActivity = func(ctx context.Context) ([]int, error) {
		<-ctx.Done()
		close(ended)
		return []int{99}, nil
	}
	b.Emit()
	d.Pump()
	b.Emit()
	d.Pump()
	d.hide()
	<-ended
	b.OnActivity = nil
	asked := b.Called("Activity")
	d.Pump()
	if got := b.Called("Activity"); got != asked {
		t.Error("a hidden window counted again")
	}
	d.show()
	d.counted()
	d.WantText(d.v.Activity(), "38 events in 24 h")
}

func TestBarsStandForHours(t *testing.T) {
	for _, c := range []struct {
		name  string
		hours []int
		want  []float32 // the heights of the last bars; those before are empty
	}{
		{"the highest fills the strip", []int{0, 5, 10}, []float32{emptyBar, 9, 18}},
		{"a single event does not", []int{1, 0, 2}, []float32{lowestBar, emptyBar, 9}},
		{"one among very many can be seen", []int{1, 100000}, []float32{lowestBar, 18}},
		{"nonsense is nothing", []int{-4, 4}, []float32{emptyBar, 18}},
		{"only the last 24 count", append(make([]int, 0, 30), append(slices.Repeat([]int{9}, 6), make([]int, 24)...)...), []float32{emptyBar}},
		{"nothing", nil, []float32{emptyBar}},
	} {
		t.Run(c.name, func(t *testing.T) {
			test.NewTempApp(t)
			s := newActivityStrip()
			r := test.WidgetRenderer(s)
			s.set(c.hours)
			s.Resize(r.MinSize())
			bars := r.Objects()
			if len(bars) != activityHours {
				t.Fatalf("got %d bars, want %d", len(bars), activityHours)
			}
			right := float32(0)
			for i, o := range bars {
				want := float32(emptyBar)
				if at := i - (activityHours - len(c.want)); at >= 0 {
					want = c.want[at]
				}
				if got := o.Size().Height; got != want {
					t.Errorf("bar %d is %v high, want %v", i, got, want)
				}
				if got := o.Position().Y + o.Size().Height; got != stripHeight {
					t.Errorf("bar %d stands at %v, want %v", i, got, stripHeight)
				}
				if _, ok := o.(*canvas.Rectangle); !ok {
					t.Errorf("bar %d is %T", i, o)
				}
				right = o.Position().X + o.Size().Width
			}
			if right != r.MinSize().Width {
				t.Errorf("the bars end at %v, want %v", right, r.MinSize().Width)
			}
		})
	}
}
