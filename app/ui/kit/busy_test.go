package kit

import (
	"testing"

	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
)

func TestBusyDotsComeToRest(t *testing.T) {
	test.NewTempApp(t)
	dots := NewBusyDots()
	test.NewTempWindow(t, dots)
	colours := func() (all []any) {
		for _, o := range test.WidgetRenderer(dots).Objects() {
			all = append(all, o.(*canvas.Circle).FillColor)
		}
		return all
	}
	if dots.anim.RepeatCount != 0 || dots.anim.AutoReverse {
		t.Error("the movement has no end")
	}
	dots.move(0)
	if all := colours(); all[0] == all[1] || all[1] != all[2] {
		t.Errorf("got %v at the start, want the first to stand out", all)
	}
	drawn := map[int]bool{}
	for frame := range 240 { // as many as the toolkit draws in the time
		dots.move(float32(frame) / 240)
		drawn[dots.step] = true
	}
	if len(drawn) != busySteps {
		t.Errorf("drawn %d times, want %d", len(drawn), busySteps)
	}
	dots.move(1)
	if all := colours(); all[0] != all[1] || all[1] != all[2] {
		t.Errorf("got %v at the end, want all alike", all)
	}
}
