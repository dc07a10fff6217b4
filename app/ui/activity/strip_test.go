package activity

import (
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"vastrelay/app/status"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/uitest"
)

// overBar is the pointer over bar i of n.
func overBar(s *strip, i int) fyne.Position {
	return fyne.NewPos(stripWidth-float32(len(s.counts)-i)*s.pitch()+emptyBar+2, stripHeight/2)
}

func TestAnArrowKeyMovesOverTheBars(t *testing.T) {
	d := newDesk(t, uitest.Working())
	d.show()
	d.win.Canvas().Focus(d.p.strip)
	for _, c := range []struct {
		keys []fyne.KeyName
		want string
	}{
		{nil, "Sat 14:00–15:00: 2 events"},
		{[]fyne.KeyName{fyne.KeyRight}, "Sat 14:00–15:00: 2 events"},
		{[]fyne.KeyName{fyne.KeyLeft}, "Sat 13:00–14:00: no events"},
		{[]fyne.KeyName{fyne.KeyLeft, fyne.KeyLeft}, "Sat 11:00–12:00: 9 events, 1 not posted"},
		{[]fyne.KeyName{fyne.KeyRight}, "Sat 12:00–13:00: 3 events"},
		{[]fyne.KeyName{fyne.KeyHome}, "Fri 15:00–16:00: 1 event"},
		{[]fyne.KeyName{fyne.KeyLeft}, "Fri 15:00–16:00: 1 event"},
		{[]fyne.KeyName{fyne.KeyEnd}, "Sat 14:00–15:00: 2 events"},
	} {
		d.typeKeys(c.keys...)
		d.WantText(d.p.Box, c.want)
		if got := d.p.strip.AccessibilityLabel(); got != c.want {
			t.Errorf("the strip says %q, want %q", got, c.want)
		}
	}
	d.win.Canvas().Unfocus()
	d.WantText(d.p.Box, "38 events in 24 h")
}

func TestThePointerMovesOverTheBars(t *testing.T) {
	d := newDesk(t, uitest.Working())
	d.show()
	move := func(i int) {
		d.p.strip.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: overBar(d.p.strip, i)}})
	}
	move(23)
	d.WantText(d.p.Box, "Sat 14:00–15:00: 2 events")
	move(20)
	d.WantText(d.p.Box, "Sat 11:00–12:00: 9 events, 1 not posted")
	d.b.Hours[20] = 10
	d.refresh(status.EventsChanged)
	d.counted()
	d.WantText(d.p.Box, "Sat 11:00–12:00: 10 events, 1 not posted")
	d.p.strip.MouseOut()
	d.WantText(d.p.Box, "39 events in 24 h")
	d.win.Canvas().Focus(d.p.strip)
	move(20)
	d.p.strip.MouseOut()
	d.WantText(d.p.Box, "Sat 11:00–12:00: 10 events, 1 not posted")
	d.win.Canvas().Unfocus()
	d.WantText(d.p.Box, "39 events in 24 h")
}

func TestThePointerIsOverTheBarBelowIt(t *testing.T) {
	for _, n := range []int{7, 24, 30} {
		test.NewTempApp(t)
		s := newStrip(func() string { return "" }, func() {}, func(int) {})
		r := test.WidgetRenderer(s)
		s.set(make([]int, n))
		for i, o := range r.Objects()[:n] {
			for _, x := range []float32{o.Position().X, o.Position().X + o.Size().Width/2, o.Position().X + o.Size().Width - 0.1} {
				if got := s.barAt(x); got != i {
					t.Errorf("%d bars: at %v is bar %d, want %d", n, x, got, i)
				}
			}
		}
		if first, last := s.barAt(-5), s.barAt(stripWidth+5); first != 0 || last != n-1 {
			t.Errorf("%d bars: beside the ends are bars %d and %d", n, first, last)
		}
	}
}

func TestABarOpensItsEvents(t *testing.T) {
	d := newDesk(t, uitest.Working())
	d.show()
	d.p.strip.Tapped(&fyne.PointEvent{Position: overBar(d.p.strip, 20)})
	d.win.Canvas().Focus(d.p.strip)
	d.typeKeys(fyne.KeyLeft, fyne.KeyReturn, fyne.KeySpace)
	eleven := kittest.Noon.Truncate(time.Hour).Add(-3 * time.Hour)
	want := [][2]time.Time{
		{eleven, eleven.Add(time.Hour)},
		{eleven.Add(2 * time.Hour), eleven.Add(3 * time.Hour)},
		{eleven.Add(2 * time.Hour), eleven.Add(3 * time.Hour)},
	}
	if !slices.Equal(d.opened, want) {
		t.Errorf("opened %v, want %v", d.opened, want)
	}
}

func TestKeysThatAreNotOfTheBarsAreTheWindows(t *testing.T) {
	d := newDesk(t, uitest.Working())
	d.show()
	var got []fyne.KeyName
	d.win.Canvas().SetOnTypedKey(func(e *fyne.KeyEvent) { got = append(got, e.Name) })
	d.typeKeys(fyne.KeyEscape, fyne.KeyLeft, fyne.KeyF1)
	if want := []fyne.KeyName{fyne.KeyEscape, fyne.KeyF1}; !slices.Equal(got, want) {
		t.Errorf("the window got %v, want %v", got, want)
	}
}

func TestBarsStandForNumbers(t *testing.T) {
	for _, c := range []struct {
		name   string
		counts []int
		want   []float32 // the heights of the bars
	}{
		{"the highest fills the strip", []int{0, 5, 10}, []float32{emptyBar, tallestBar / 2, tallestBar}},
		{"a single event does not", []int{1, 0, 2}, []float32{lowestBar, emptyBar, tallestBar / 2}},
		{"one among very many can be seen", []int{1, 100000}, []float32{lowestBar, tallestBar}},
		{"nothing", make([]int, 24), slices.Repeat([]float32{emptyBar}, 24)},
	} {
		t.Run(c.name, func(t *testing.T) {
			test.NewTempApp(t)
			s := newStrip(func() string { return "" }, func() {}, func(int) {})
			r := test.WidgetRenderer(s)
			s.set(c.counts)
			s.Resize(r.MinSize())
			bars := r.Objects()[:len(c.counts)]
			right := float32(0)
			for i, o := range bars {
				if got := o.Size().Height; got != c.want[i] {
					t.Errorf("bar %d is %v high, want %v", i, got, c.want[i])
				}
				if got, want := o.Position().Y+o.Size().Height, bars[0].Position().Y+bars[0].Size().Height; got != want {
					t.Errorf("bar %d stands at %v, the first at %v", i, got, want)
				}
				if _, ok := o.(*canvas.Rectangle); !ok {
					t.Errorf("bar %d is %T", i, o)
				}
				right = o.Position().X + o.Size().Width
			}
			if right != stripWidth {
				t.Errorf("the bars end at %v, want %v", right, stripWidth)
			}
		})
	}
}
