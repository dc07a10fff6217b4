package app_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestNoWindowCanBeShown starts the real program where it cannot show one.
func TestNoWindowCanBeShown(t *testing.T) {
	if os.Getenv("VASTRELAY_E2E") == "" {
		t.Skip("needs a display: run make e2e")
	}
	requirePrograms(t, "Xvfb", "xauth", "dbus-daemon")
	d := bareDesk(t, "migrated_fynedo")
	auth := filepath.Join(t.TempDir(), "authority")
	if out, err := exec.CommandContext(t.Context(), "xauth", "-f", auth, "add", ":99", ".", strings.Repeat("5a", 16)).CombinedOutput(); err != nil { //nolint:gosec // A file of the test's own.
		t.Fatalf("xauth: %v: %s", err, out)
	}
	frozen := func() string {
		display, process := d.openScreen()
		if err := process.Signal(syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		return "DISPLAY=" + display
	}
	screen := func(args ...string) string {
		display, _ := d.openScreen(args...)
		return "DISPLAY=" + display
	}
	tests := []struct {
		name, says string
		env        []string
	}{
		{"no display at all", "There is no display", []string{"DISPLAY="}},
		{"a dead display", "Nothing answers at the X display :4711", []string{"DISPLAY=:4711"}},
		{"X refuses", "refuses this program", []string{screen("-auth", auth), "XAUTHORITY=/dev/null"}},
		{"no GLX", "no OpenGL", []string{screen("-extension", "GLX")}},
		{"no graphics driver", "no OpenGL", []string{screen(), "LIBGL_DRIVERS_PATH=/nonexistent"}},
		{"a display that hangs", "does not answer", []string{frozen()}},
		{"Wayland alone, which is gone", "Wayland display wayland-7", []string{"DISPLAY=", "WAYLAND_DISPLAY=wayland-7"}},
		{"Wayland by choice, which is gone", "Wayland display wayland-7", []string{screen(), "WAYLAND_DISPLAY=wayland-7", "FYNE_PLATFORM=wayland"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			said := &lockedBuffer{}
			d.said = said
			d.start(append(tt.env, "VAST_API_KEY="+vastKey, "GOOGLE_CHAT_URL="+d.w.env["GOOGLE_CHAT_URL"], "NGROK_AUTHTOKEN="+ngrokToken)...)
			wantRefused(t, d)
			text := said.String()
			if !strings.Contains(text, tt.says) || !strings.Contains(text, "--headless") || strings.Count(text, "\n") != 1 {
				t.Errorf("got %q, want one line that says %q and names --headless", text, tt.says)
			}
		})
	}
	if got := d.w.edge.Auths(); len(got) != 0 {
		t.Errorf("got %d tunnels opened, want none", len(got))
	}
}

// wantRefused waits until the program of d has ended, as it does at a start that fails.
func wantRefused(t *testing.T, d *desk) {
	t.Helper()
	select {
	case err := <-d.ended:
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 1 {
			t.Errorf("the program ended with %v, want exit code 1", err)
		}
	case <-time.After(patience):
		t.Fatal("the program runs although nothing of it can be seen")
	}
}

// TestHiddenStartWithoutOpenGL starts in the tray, for which OpenGL is not needed and not
// tried, on a desktop that has neither. The window that is shown in place of the icon
// cannot be: the program says so, as it does at other starts, and ends.
func TestHiddenStartWithoutOpenGL(t *testing.T) {
	if os.Getenv("VASTRELAY_E2E") == "" {
		t.Skip("needs a display: run make e2e")
	}
	requirePrograms(t, "Xvfb", "dbus-daemon")
	d := bareDesk(t, "migrated_fynedo")
	display, _ := d.openScreen("-extension", "GLX")
	said := &lockedBuffer{}
	d.said = said
	d.begin(d.command(d.binary, "--hidden", "--data-dir", d.w.dir), []string{
		"DISPLAY=" + display, "VAST_API_KEY=" + vastKey, "GOOGLE_CHAT_URL=" + d.w.env["GOOGLE_CHAT_URL"], "NGROK_AUTHTOKEN=" + ngrokToken,
	})
	wantRefused(t, d)
	if text := said.String(); !strings.Contains(text, "No window can be shown") || !strings.Contains(text, "no OpenGL") {
		t.Errorf("got %q, want it to say that no window can be shown, and why", text)
	}
}
