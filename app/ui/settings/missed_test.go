package settings

import (
	"context"
	"testing"

	"vastrelay/app/config"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/uitest"
	"vastrelay/app/words"
)

const (
	tellLabel  = "Report such times in Google Chat"
	fetchLabel = "Fetch what was missed"
)

func TestWhatBecomesOfGapsIsSaved(t *testing.T) {
	for _, tt := range []struct {
		name, label string
		off         func(config.Settings) bool
	}{
		{"whether they are said", tellLabel, func(s config.Settings) bool { return s.QuietGaps }},
		{"whether what was missed is fetched", fetchLabel, func(s config.Settings) bool { return s.NoCatchUp }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := uitest.Working()
			d := newDesk(t, b)
			c := d.showSettings(SectionHistory).win.Content()
			box := d.CheckBox(c, tt.label)
			if !box.Checked || b.Called("ChangeSettings") != 0 {
				t.Fatalf("at first: ticked %v after %d changes, want it on and nothing saved", box.Checked, b.Called("ChangeSettings"))
			}
			for _, off := range []bool{true, false} {
				box.SetChecked(!off)
				d.Until("it is saved", func() bool { return tt.off(b.Settings()) == off })
			}
			box.SetChecked(false)
			d.Until("it is saved", func() bool { return kittest.Sees(c, "Saved.") && tt.off(b.Settings()) })
			d.w.close()
			if d.CheckBox(d.showSettings(SectionHistory).win.Content(), tt.label).Checked {
				t.Error("the next window shows it on")
			}
		})
	}
}

func TestTheLastGapsAreListed(t *testing.T) {
	b := uitest.Working()
	d := newDesk(t, b)
	c := d.showSettings(SectionHistory).win.Content()
	d.WantText(c, "deliveries could always arrive")
	b.Mu.Lock()
	b.Missed = status.Gaps{
		Open: &status.Gap{Text: words.Verbatim("Not reachable since 13:00: it is open.")},
		Last: []status.Gap{{Text: words.Verbatim("the last")}, {Text: words.Verbatim("one before")}, {Text: words.Verbatim("another")}, {Text: words.Verbatim("long ago")}},
	}
	b.Mu.Unlock()
	b.Emit()
	d.Pump()
	for _, want := range []string{"Not reachable since 13:00: it is open.", "the last", "one before", "another"} {
		d.WantText(c, want)
	}
	d.WantNoText(c, "long ago")
	d.WantNoText(c, "deliveries could always arrive")
}

func TestCatchUp(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer status.CatchUp
		err    error
		want   string
	}{
		{"events were fetched", status.CatchUp{Found: 3, Relayed: 2}, nil, "2 events were fetched from Vast.ai's inbox."},
		{"all are here", status.CatchUp{Found: 3}, nil, "All 3 events of that time in Vast.ai's inbox are here already."},
		{"there is none", status.CatchUp{}, nil, "Vast.ai's inbox holds no event of a time when nothing could arrive."},
		{"it cannot be read", status.CatchUp{}, health.New(health.VastInboxUnusable), "Vast.ai's inbox cannot be read"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := uitest.Working()
			b.OnCatchUp = func(context.Context) (status.CatchUp, error) { return tt.answer, tt.err }
			d := newDesk(t, b)
			c := d.showSettings(SectionHistory).win.Content()
			d.Tap(c, "Catch up")
			d.Until("the answer", func() bool { return kittest.Sees(c, tt.want) })
			if b.Called("CatchUp") != 1 {
				t.Errorf("got %q, want one call", b.Calls)
			}
		})
	}
}
