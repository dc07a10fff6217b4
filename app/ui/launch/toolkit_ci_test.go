//go:build ci

package launch

import (
	"testing"

	"fyne.io/fyne/v2/test"
)

func TestToolkitLooksForADisplayOnce(t *testing.T) {
	for _, name := range []string{"TMPDIR", "TMP", "HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"} {
		t.Setenv(name, lateFolder(t))
	}
	t.Setenv("DISPLAY", "remote.test:0") // not looked at before the library is asked, which is in memory here
	t.Setenv(platformVariable, platformX11)
	k := &Toolkit{Version: "1.2.3"}
	t.Cleanup(func() { test.NewTempApp(t) }) // so that no later test meets this one
	if err := k.CheckDisplay(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	made := k.theApp()
	if got := made.Metadata().Version; got != "1.2.3" {
		t.Errorf("the app has the version %q, want that of the program", got)
	}
	t.Setenv("DISPLAY", "")
	t.Setenv("WAYLAND_DISPLAY", "")
	if err := k.CheckDisplay(t.Context(), false); err != nil || k.theApp() != made {
		t.Errorf("a second look made another app, error %v", err)
	}
}
