package launch

import (
	"errors"
	"slices"
	"testing"

	"vastrelay/app/health"
)

func TestWindowsOfAHiddenStart(t *testing.T) {
	shown, why, refused := &fakeWindows{}, errors.New("no driver"), 0
	late := &lateWindows{windows: shown, menuActions: shown, check: func() error { return why }, refused: func(err error) {
		if !errors.Is(err, why) {
			t.Errorf("got the reason %v, want %v", err, why)
		}
		refused++
	}}
	all := func() {
		late.ShowMain()
		late.ShowEvent("e7")
		late.ShowHop(health.HopChat)
		late.ShowSettings("general")
		late.SendTest()
		late.AskResume()
	}
	all()
	if len(shown.calls) != 0 || refused != 6 {
		t.Errorf("without OpenGL the windows were asked for %q and %d refusals were told, want none and 6", shown.calls, refused)
	}
	late.CopyAddress() // for which no window is needed
	why = nil
	all()
	want := []string{"copy", "main", "event e7", "hop " + string(health.HopChat), "settings general", "test", "ask resume"}
	if !slices.Equal(shown.calls, want) || refused != 6 {
		t.Errorf("with OpenGL the windows were asked for %q, want %q, and %d refusals were told, want 6", shown.calls, want, refused)
	}
}

func TestWhereOpenGLIsTriedLate(t *testing.T) {
	for name, tc := range map[string]struct {
		platform, chosen, wayland string
		want                      bool
	}{
		"X alone":                       {platform: platformX11, want: true},
		"X by choice":                   {platform: platformX11, chosen: platformX11, wayland: "wayland-0", want: true},
		"X that may give way":           {platform: platformX11, wayland: "wayland-0"},
		"Wayland":                       {platform: platformWayland, wayland: "wayland-0"},
		"Wayland by choice":             {platform: platformWayland, chosen: platformWayland, wayland: "wayland-0"},
		"a system with one of them all": {},
	} {
		if got := openGLCanWait(tc.platform, tc.chosen, tc.wayland); got != tc.want {
			t.Errorf("%s: got %v, want %v", name, got, tc.want)
		}
	}
}
