package app_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"vastrelay/app/sessionbus/bustest"
	"vastrelay/app/status"
)

// desk is a person at a screen of their own.
type desk struct {
	t      *testing.T
	w      *world
	env    []string // of everything on the screen
	home   string
	said   *lockedBuffer
	bus    *lockedBuffer // what passes between the panel and the tray's menu
	ended  <-chan error
	pid    int // of the program
	binary string
	status string
	shots  string // prefix of the pictures' names
	count  int
	ends   []func() // of the programs on the screen, in the order of their start
}

// newDesk is a desk at which the program runs, without any credential.
func newDesk(t *testing.T, tags string) *desk {
	t.Helper()
	d := openDesk(t, tags)
	d.start()
	return d
}

// openDesk is a desk with the program built but not started.
func openDesk(t *testing.T, tags string) *desk {
	t.Helper()
	d := bareDesk(t, tags)
	d.furnish()
	return d
}

// furnish starts what a desktop has: a window manager, an unlocked keyring and a
// panel with a tray.
func (d *desk) furnish() {
	d.t.Helper()
	d.launch("openbox")
	eventually(d.t, "windows are managed", func() bool { _, err := d.run("", "xdotool", "get_num_desktops"); return err == nil })
	d.run("\n", "gnome-keyring-daemon", "--unlock", "--components=secrets", "--daemonize")
	d.launch("xfce4-panel")
	monitor := d.command("dbus-monitor", "--session", "interface="+menuInterface)
	monitor.Stdout = d.bus
	d.keep(monitor)
}

// bareDesk is a screen and a bus without anything on them, and the program
// built.
func bareDesk(t *testing.T, tags string) *desk {
	t.Helper()
	d := emptyDesk(t)
	d.build(tags)
	return d
}

// emptyDesk is a screen and a bus without anything on them.
func emptyDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, w: newWorld(t), said: &lockedBuffer{}, bus: &lockedBuffer{}}
	d.shots = filepath.Join(os.Getenv("CI_ARTIFACTS"), strings.ReplaceAll(filepath.Base(t.Name()), "_", "-"))
	if os.Getenv("CI_ARTIFACTS") == "" {
		d.shots = filepath.Join(t.TempDir(), "shot")
	}
	bus := filepath.Join(bustest.Folder(t), "bus")
	d.t.Cleanup(d.end)
	home, run := t.TempDir(), t.TempDir()
	if err := os.Chmod(run, 0o700); err != nil { //nolint:gosec // A folder must be searchable.
		t.Fatal(err)
	}
	writePanel(t, home)
	d.home = home
	d.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_RUNTIME_DIR=" + run, "LIBGL_ALWAYS_SOFTWARE=1", "GDK_BACKEND=x11",
		"LANG=C.UTF-8", "NO_AT_BRIDGE=1",
	}
	d.env = append(d.env, "DISPLAY="+d.firstLine("Xvfb", "-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset"))
	d.env = append(d.env, "DBUS_SESSION_BUS_ADDRESS="+d.firstLine("dbus-daemon", "--session", "--nofork", "--print-address=1",
		"--address=unix:path="+bus))
	return d
}

// end shows a failure while everything is still on the screen, and ends what runs
// there. A second call does nothing.
func (d *desk) end() {
	if d.t.Failed() && d.ends != nil {
		d.shot("failed")
		d.t.Logf("pictures: %s*\nthe program said:\n%s", d.shots, d.said)
	}
	ends := d.ends
	d.ends = nil
	for _, end := range slices.Backward(ends) {
		end()
	}
}

// writePanel configures a panel that is nothing but a tray, at the top left.
func writePanel(t *testing.T, home string) {
	t.Helper()
	dir := filepath.Join(home, ".config/xfce4/xfconf/xfce-perchannel-xml")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	const panel = `<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=6;x=0;y=0"/>
      <property name="length" type="uint" value="100"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="size" type="uint" value="32"/>
      <property name="plugin-ids" type="array"><value type="int" value="1"/></property>
    </property>
  </property>
  <property name="plugins" type="empty"><property name="plugin-1" type="string" value="systray"/></property>
</channel>
`
	if err := os.WriteFile(filepath.Join(dir, "xfce4-panel.xml"), []byte(panel), 0o600); err != nil {
		t.Fatal(err)
	}
}

// command prepares a program on the desk's screen.
func (d *desk) command(name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(context.WithoutCancel(d.t.Context()), name, args...) //nolint:gosec // Names and arguments are the test's own.
	cmd.Env = d.env
	cmd.WaitDelay = time.Second
	return cmd
}

// launch starts a program that runs until the test ends.
func (d *desk) launch(name string, args ...string) {
	d.t.Helper()
	d.keep(d.command(name, args...))
}

// keep starts cmd and ends it with the test. The channel yields its end.
func (d *desk) keep(cmd *exec.Cmd) <-chan error {
	d.t.Helper()
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	ended, done := make(chan error, 1), make(chan struct{})
	go func() { defer close(done); ended <- cmd.Wait() }()
	d.ends = append(d.ends, func() { _ = cmd.Process.Kill(); <-done })
	return ended
}

// firstLine launches a program and returns the first line that it prints.
func (d *desk) firstLine(name string, args ...string) string {
	d.t.Helper()
	line := d.firstLineOf(d.command(name, args...))
	if name == "Xvfb" {
		return ":" + line
	}
	return line
}

// firstLineOf launches cmd and returns the first line that it prints.
func (d *desk) firstLineOf(cmd *exec.Cmd) string {
	d.t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		d.t.Fatal(err)
	}
	cmd.Stdout = w
	d.keep(cmd)
	_ = w.Close()
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		d.t.Fatalf("%s said nothing: %v", cmd.Path, err)
	}
	return strings.TrimSpace(line)
}

// run runs a program to its end and returns what it printed.
func (d *desk) run(stdin, name string, args ...string) (string, error) {
	cmd := d.command(name, args...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.Output()
	return strings.TrimSpace(string(out)), err
}

// build builds the program, unless a test before has. No FyneApp.toml lies beside it, so
// nothing is opted in at run time.
func (d *desk) build(tags string) {
	d.t.Helper()
	d.binary = filepath.Join(builtFolder(), "with-"+tags, "vastrelay")
	if _, err := os.Stat(d.binary); err == nil {
		return
	}
	build := exec.CommandContext(d.t.Context(), "go", "build", "-tags", tags, "-o", d.binary, "vastrelay") //nolint:gosec // The program under test.
	build.Env = append(os.Environ(), "CGO_ENABLED=1")
	if out, err := build.CombinedOutput(); err != nil {
		d.t.Fatalf("build: %v\n%s", err, out)
	}
}

// start starts the program with the overrides of the world and what change
// says, but without a credential.
func (d *desk) start(change ...string) {
	d.t.Helper()
	address := freeAddress(d.t)
	d.status = "http://" + address + "/status"
	d.begin(d.command(d.binary, "--data-dir", d.w.dir, "--status-addr", address), change)
}

// begin starts cmd, which is the program, as start does.
func (d *desk) begin(cmd *exec.Cmd, change []string) {
	d.t.Helper()
	cmd.Dir = filepath.Dir(d.binary)
	for name, value := range d.w.env {
		switch name {
		case "VAST_API_KEY", "GOOGLE_CHAT_URL", "NGROK_AUTHTOKEN":
		default:
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	cmd.Env = append(cmd.Env, change...)
	cmd.Stdout, cmd.Stderr = d.said, d.said
	d.ended = d.keep(cmd)
	d.pid = cmd.Process.Pid
}

// xdo runs one xdotool command line.
func (d *desk) xdo(args ...string) string {
	d.t.Helper()
	out, err := d.run("", "xdotool", args...)
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			d.t.Logf("xdotool %s: %s", args[0], exit.Stderr)
		}
		d.t.Fatalf("xdotool %v: %v", args[0], err)
	}
	return out
}

// settle gives the window time to draw what was just asked of it: nothing
// tells from outside when it has.
func (d *desk) settle() { time.Sleep(time.Second) }

// keys presses keys one after the other.
func (d *desk) keys(keys ...string) {
	d.t.Helper()
	d.xdo(append([]string{"key", "--delay", "120"}, keys...)...)
	d.settle()
}

// visible returns the id of the visible window with that title, or "".
func (d *desk) visible(title string) string {
	out, _ := d.run("", "xdotool", "search", "--onlyvisible", "--name", "^(.* · )?"+title+"$") // before it, how many events are unread
	id, _, _ := strings.Cut(out, "\n")
	return id
}

// window waits for the window with that title.
func (d *desk) window(title string) string {
	d.t.Helper()
	var id string
	eventually(d.t, "window "+title+" is shown", func() bool { id = d.visible(title); return id != "" })
	d.settle()
	return id
}

// click clicks at a place inside a window.
func (d *desk) click(id string, x, y int) {
	d.t.Helper()
	d.xdo("mousemove", "--window", id, strconv.Itoa(x), strconv.Itoa(y), "click", "1")
	d.settle()
}

// shot takes a picture of the screen.
func (d *desk) shot(name string) {
	d.count++
	path := fmt.Sprintf("%s-%02d-%s.png", d.shots, d.count, name)
	cmd := exec.CommandContext(context.Background(), "import", "-window", "root", path) //nolint:gosec // A name of the test's own.
	cmd.Env = d.env
	if err := cmd.Run(); err != nil {
		d.t.Logf("picture %s: %v", name, err)
	}
}

// snapshot reads the status page.
func (d *desk) snapshot() (s status.Status) {
	resp, err := http.Get(d.status)
	if err != nil {
		return s
	}
	defer func() { _ = resp.Body.Close() }()
	_ = json.NewDecoder(resp.Body).Decode(&s)
	return s
}

// menuInterface is how a panel reads and opens the menu of a tray icon.
const menuInterface = "com.canonical.dbusmenu"

// menuOpened counts how often the panel was about to show the tray's menu. It
// says nothing of that when it shows its own.
func (d *desk) menuOpened() int { return strings.Count(d.bus.String(), "member=AboutToShow") }

// menuChanged counts how often the program announced a change of the menu.
func (d *desk) menuChanged() int { return strings.Count(d.bus.String(), "member=LayoutUpdated") }

// menu reads the menu from the program, as the panel does.
func (d *desk) menu() string {
	text, _ := d.run("", "dbus-send", "--session", "--print-reply", "--dest=org.kde.StatusNotifierItem-"+strconv.Itoa(d.pid)+"-1",
		"/StatusNotifierItem/menu", menuInterface+".GetLayout", "int32:0", "int32:-1", "array:string:label")
	return text
}

// kept looks into the real keyring.
func (d *desk) kept(name string) string {
	value, _ := d.run("", "secret-tool", "lookup", "service", "app.vastrelay.desktop", "username", name)
	return value
}
