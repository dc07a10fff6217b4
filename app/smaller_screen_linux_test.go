package app_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestTheWindowIsWhollyOnASmallerScreen leaves the window large and in a corner of one
// screen, as somebody does who then takes the laptop from its monitor. Next time, all of
// it is on the screen that is left.
func TestTheWindowIsWhollyOnASmallerScreen(t *testing.T) {
	if os.Getenv("VASTRELAY_E2E") == "" {
		t.Skip("needs a display and much time: run make e2e")
	}
	requirePrograms(t, "Xvfb", "openbox", "dbus-daemon", "xdotool", "import")
	d := bareDesk(t, "migrated_fynedo")
	d.arrive("1280x800x24")
	d.start()
	d.window("Vast Relay")
	d.xdo("search", "--onlyvisible", "--name", "Vast Relay$", "windowsize", "--sync", "1240", "740")
	d.xdo("search", "--onlyvisible", "--name", "Vast Relay$", "windowmove", "--sync", "39", "59")
	d.shot("in-the-corner")
	left := d.outline()
	d.leave()
	for _, screen := range [][2]int{{800, 600}, {1024, 600}, {1280, 800}} {
		t.Run(fmt.Sprintf("%dx%d", screen[0], screen[1]), func(t *testing.T) {
			d.arrive(fmt.Sprintf("%dx%dx24", screen[0], screen[1]))
			d.start()
			d.window("Vast Relay")
			d.shot("found")
			w := d.outline()
			if w.x < 0 || w.y < 0 || w.x+w.width > screen[0] || w.y+w.height > screen[1] {
				t.Errorf("got the window at %+v, want all of it on a screen of %dx%d", w, screen[0], screen[1])
			}
			if room := screen[0] > left.width; room && (w.width != left.width || w.height != left.height) {
				t.Errorf("got the window at %+v where there is room again, want the size of %+v", w, left)
			}
			d.leave()
		})
	}
}

// outline is where a window lies on the screen, without its frame.
type outline struct{ x, y, width, height int }

// outline says where the main window lies. Its place is where the pointer comes to be in
// its corner: what xdotool says of the place counts the frame twice.
func (d *desk) outline() outline {
	d.t.Helper()
	values, id := map[string]int{}, d.window("Vast Relay")
	d.xdo("mousemove", "--window", id, "0", "0")
	for _, command := range [][]string{{"getwindowgeometry", "--shell", id}, {"getmouselocation", "--shell"}} {
		for line := range strings.Lines(d.xdo(command...)) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
			values[name], _ = strconv.Atoi(value)
		}
	}
	return outline{values["X"], values["Y"], values["WIDTH"], values["HEIGHT"]}
}

// arrive is at another screen from now on, with windows managed and nothing else.
func (d *desk) arrive(size string) {
	d.t.Helper()
	display, _ := d.openScreen("-screen", "0", size)
	for i, variable := range d.env {
		if strings.HasPrefix(variable, "DISPLAY=") {
			d.env[i] = "DISPLAY=" + display
		}
	}
	d.launch("openbox")
	eventually(d.t, "windows are managed", func() bool { _, err := d.run("", "xdotool", "get_num_desktops"); return err == nil })
}

// leave ends the program by its key.
func (d *desk) leave() {
	d.t.Helper()
	d.keys("ctrl+q", "Return") // which asks first
	select {
	case err := <-d.ended:
		if err != nil {
			d.t.Errorf("the program ended with %v, want exit code 0", err)
		}
	case <-time.After(patience):
		d.shot("not-ended")
		d.t.Fatal("the program did not quit")
	}
}
