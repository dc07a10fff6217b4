package app_test

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"vastrelay/vastapi/vasttest"
)

// The packages under test and a bare Debian system to install them in, which
// .ci/package-check makes.
const (
	packagesVariable = "VASTRELAY_PACKAGES"
	systemVariable   = "VASTRELAY_PACKAGE_SYSTEM"
)

// packageOf returns the path of the one package whose name matches pattern.
func packageOf(t *testing.T, pattern string) string {
	t.Helper()
	dir := os.Getenv(packagesVariable)
	if dir == "" {
		t.Skip("needs packages and root: run make package-check")
	}
	found, err := filepath.Glob(filepath.Join(dir, pattern))
	orFail(t, err)
	if len(found) != 1 {
		t.Fatalf("%s in %s: got %v, want one package", pattern, dir, found)
	}
	return found[0]
}

// machine is a Debian system in a container, with this computer's network.
type machine struct {
	t      *testing.T
	root   string
	booted *exec.Cmd
	said   *lockedBuffer
	leader int // process id of its systemd
}

// newMachine is a copy of the bare system; it is not booted.
func newMachine(t *testing.T) *machine {
	t.Helper()
	m := &machine{t: t, root: filepath.Join(t.TempDir(), "root"), said: &lockedBuffer{}}
	out, err := exec.CommandContext(t.Context(), "cp", "-a", os.Getenv(systemVariable), m.root).CombinedOutput() //nolint:gosec // The suite's own folder.
	if err != nil {
		t.Fatalf("copy the system: %v\n%s", err, out)
	}
	return m
}

// nspawn is a container of m, with further arguments.
func (m *machine) nspawn(ctx context.Context, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, "systemd-nspawn", append([]string{"--quiet", "--register=no", "--keep-unit", "--resolv-conf=bind-host", "-D", m.root}, args...)...) //nolint:gosec // The test's own arguments.
}

// must runs a command in m, which is not booted, and returns what it printed.
func (m *machine) must(args ...string) string {
	m.t.Helper()
	cmd := m.nspawn(m.t.Context(), append([]string{"--as-pid2", "--setenv=DEBIAN_FRONTEND=noninteractive"}, args...)...)
	var stderr bytes.Buffer // where the container itself speaks as well
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		m.t.Fatalf("%v: %v\n%s%s", args, err, out, stderr.String())
	}
	return string(out)
}

// put writes a file of m.
func (m *machine) put(path, content string, mode fs.FileMode) {
	m.t.Helper()
	path = filepath.Join(m.root, path)
	orFail(m.t, os.MkdirAll(filepath.Dir(path), 0o755)) //nolint:gosec // As on any system.
	orFail(m.t, os.WriteFile(path, []byte(content), mode))
}

// boot starts m and waits until its systemd is up.
func (m *machine) boot() {
	m.t.Helper()
	m.booted = m.nspawn(context.WithoutCancel(m.t.Context()), "--boot", "--kill-signal=SIGRTMIN+4")
	m.booted.Stdout, m.booted.Stderr = m.said, m.said
	orFail(m.t, m.booted.Start())
	m.t.Cleanup(m.shutDown)
	eventually(m.t, "systemd runs", func() bool {
		started := children(m.booted.Process.Pid)
		if len(started) != 1 {
			return false
		}
		m.leader = started[0]
		state, _ := m.in("systemctl", "is-system-running")
		return slices.Contains([]string{"running", "degraded"}, state)
	})
}

// shutDown ends m.
func (m *machine) shutDown() {
	_, _ = m.in("systemctl", "poweroff")
	ended := make(chan struct{})
	go func() { defer close(ended); _ = m.booted.Wait() }()
	select {
	case <-ended:
	case <-time.After(30 * time.Second):
		_ = m.booted.Process.Kill()
		<-ended
	}
	if m.t.Failed() {
		m.t.Logf("the system said:\n%s", m.said)
	}
}

// in runs a command in m, which is booted.
func (m *machine) in(args ...string) (string, error) {
	enter := append([]string{"--target", strconv.Itoa(m.leader), "--mount", "--uts", "--ipc", "--pid", "--root=/proc/" + strconv.Itoa(m.leader) + "/root", "--wd=/"}, args...)
	cmd := exec.CommandContext(context.WithoutCancel(m.t.Context()), "nsenter", enter...) //nolint:gosec // The test's own arguments.
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "SYSTEMD_COLORS=0"}
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// mustIn is in for a command that has to work.
func (m *machine) mustIn(args ...string) string {
	m.t.Helper()
	out, err := m.in(args...)
	if err != nil {
		journal, _ := m.in("journalctl", "--no-pager", "-u", "vastrelay")
		m.t.Fatalf("%v: %v\n%s\n%s", args, err, out, journal)
	}
	return out
}

// configure writes what the service needs to work against the world: the secrets
// as files, everything else as settings.
func (m *machine) configure(w *world) {
	m.t.Helper()
	ca, err := os.ReadFile(w.env["VASTRELAY_NGROK_CA"])
	orFail(m.t, err)
	m.put("etc/vastrelay/ca.pem", string(ca), 0o644)
	var settings strings.Builder
	for name, value := range w.env {
		switch name {
		case "VAST_API_KEY", "GOOGLE_CHAT_URL", "NGROK_AUTHTOKEN":
			m.put("etc/vastrelay/credentials/"+name, value+"\n", 0o600)
			continue
		case "VASTRELAY_NGROK_CA":
			value = "/etc/vastrelay/ca.pem"
		}
		fmt.Fprintf(&settings, "%s=%s\n", name, value)
	}
	m.put("etc/vastrelay/vastrelay.env", settings.String(), 0o644)
}

// exposure reads the last line of "systemd-analyze security".
var exposure = regexp.MustCompile(`Overall exposure level for vastrelay\.service: ([0-9.]+)`)

// mostExposure is what the unit may be exposed at most, of 10.
const mostExposure = 1.5

// TestServicePackage installs the package of the service in a bare system and has a
// real systemd run it.
func TestServicePackage(t *testing.T) {
	deb := packageOf(t, "vastrelay-headless_*_amd64.deb")
	w := newWorld(t)
	m := newMachine(t)
	content, err := os.ReadFile(deb) //nolint:gosec // The package under test.
	orFail(t, err)
	m.put("root/package.deb", string(content), 0o644)
	m.boot()
	m.mustIn("dpkg", "-i", "/root/package.deb")
	if state, _ := m.in("systemctl", "is-enabled", "vastrelay"); state != "disabled" {
		t.Errorf("after installing: got %q, want it to wait for credentials", state)
	}

	_, err = m.in("systemctl", "start", "vastrelay")
	status := m.mustIn("systemctl", "show", "-p", "ExecMainStatus,NRestarts", "vastrelay")
	if err == nil || !strings.Contains(status, "ExecMainStatus=2") || !strings.Contains(status, "NRestarts=0") {
		t.Errorf("without credentials: got %v, %q, want it refused once for good", err, status)
	}

	m.configure(w)
	m.mustIn("systemctl", "enable", "--now", "vastrelay")
	relayed := func(subject string) {
		t.Helper()
		eventually(t, "the service relays", func() bool {
			out, _ := m.in("vastrelay", "status", "--json")
			return strings.Contains(out, `"phase": "relaying"`)
		})
		w.emit(t, vasttest.Emission{Subject: subject})
		eventually(t, subject, func() bool { return w.count(subject) == 1 })
	}
	relayed("relayed by the service")
	if found := exposure.FindStringSubmatch(m.mustIn("systemd-analyze", "security", "--no-pager", "vastrelay.service")); found == nil {
		t.Error("systemd does not say how exposed the service is")
	} else if level, err := strconv.ParseFloat(found[1], 64); err != nil || level > mostExposure {
		t.Errorf("exposure: got %s, want at most %v", found[1], mostExposure)
	}

	m.mustIn("systemctl", "restart", "vastrelay")
	relayed("relayed after a restart")
	m.mustIn("dpkg", "-i", "/root/package.deb") // an upgrade to the same version restarts it, too
	relayed("relayed after an upgrade")
	const key, aside = "/etc/vastrelay/credentials/VAST_API_KEY", "/etc/vastrelay/aside"
	m.mustIn("mv", key, aside)
	m.mustIn("dpkg", "-i", "/root/package.deb") // is done all the same, with a service that cannot start
	m.mustIn("mv", aside, key)
	m.mustIn("systemctl", "start", "vastrelay")
	relayed("relayed after an upgrade that stopped it")
	m.mustIn("systemctl", "stop", "vastrelay")
	if result := m.mustIn("systemctl", "show", "-p", "Result", "vastrelay"); result != "Result=success" {
		t.Errorf("stopped: got %s", result)
	}
	log := m.mustIn("journalctl", "--no-pager", "-u", "vastrelay")
	for _, secret := range []string{vastKey, ngrokToken} {
		if strings.Contains(log, secret) {
			t.Error("the journal holds a secret")
		}
	}

	m.mustIn("dpkg", "--purge", "vastrelay-headless")
	left := m.mustIn("find", "/etc", "/usr", "/var/lib", "-iname", "*vastrelay*", "-not", "-path", "/var/lib/dpkg/*")
	if got, want := strings.Fields(left), []string{"/var/lib/private/vastrelay", "/var/lib/vastrelay"}; !slices.Equal(withoutParts(got), want) {
		t.Errorf("left after purging: got %v, want the data alone", got)
	}
}

// withoutParts returns those of paths that lie in none of the others, in order.
func withoutParts(paths []string) []string {
	slices.Sort(paths)
	return slices.DeleteFunc(paths, func(path string) bool {
		return slices.ContainsFunc(paths, func(other string) bool { return strings.HasPrefix(path, other+"/") })
	})
}

// descendant returns the id of the process of that name below the process pid; 0
// when there is none.
func descendant(pid int, name string) int {
	for _, child := range children(pid) {
		if comm, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", child)); err == nil && strings.TrimSpace(string(comm)) == name {
			return child
		}
		if found := descendant(child, name); found != 0 {
			return found
		}
	}
	return 0
}

// children returns the ids of the processes that the process pid has started.
func children(pid int) (ids []int) {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, path := range lists {
		content, err := os.ReadFile(path) //nolint:gosec // The kernel's.
		if err != nil {
			continue
		}
		for field := range strings.FieldsSeq(string(content)) {
			if id, err := strconv.Atoi(field); err == nil {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// imageNames returns the names that "docker load" gives to the image in an archive.
// Source: https://github.com/moby/docker-image-spec/blob/main/spec.md .
func imageNames(t *testing.T, path string) []string {
	t.Helper()
	file, err := os.Open(path) //nolint:gosec // A package under test.
	orFail(t, err)
	t.Cleanup(func() { _ = file.Close() })
	for archive := tar.NewReader(file); ; {
		header, err := archive.Next()
		orFail(t, err)
		if header.Name != "manifest.json" {
			continue
		}
		var images []struct{ RepoTags []string }
		orFail(t, json.NewDecoder(archive).Decode(&images))
		return images[0].RepoTags
	}
}

// TestContainer runs the image with its secrets as files and its data in a volume.
func TestContainer(t *testing.T) {
	image := packageOf(t, "vastrelay-*-container.tar")
	compose, err := os.ReadFile(packageOf(t, "vastrelay-*-compose.yaml"))
	orFail(t, err)
	named := regexp.MustCompile(`image: (.+)`).FindSubmatch(compose)
	if names := imageNames(t, image); named == nil || !slices.Equal(names, []string{"docker.io/library/" + string(named[1])}) {
		t.Errorf("the compose file starts %q, the image is called %q", named, names)
	}
	w := newWorld(t)
	run := func(args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "buildah", args...) //nolint:gosec // The test's own arguments.
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("buildah %v: %v\n%s", args, err, stderr.String())
		}
		return strings.TrimSpace(string(out))
	}
	secrets, volume := t.TempDir(), filepath.Join(t.TempDir(), "data")
	orFail(t, os.Mkdir(volume, 0o700))
	orFail(t, os.Chown(volume, 65532, 65532))
	orFail(t, os.Chmod(secrets, 0o755)) //nolint:gosec // The user of the image must reach what is in it.
	var settings []string
	for name, value := range w.env {
		switch name {
		case "VAST_API_KEY", "GOOGLE_CHAT_URL", "NGROK_AUTHTOKEN":
			orFail(t, os.WriteFile(filepath.Join(secrets, name), []byte(value), 0o644)) //nolint:gosec // As above.
			name, value = name+"_FILE", "/run/secrets/"+name
		case "VASTRELAY_NGROK_CA":
			ca, err := os.ReadFile(value) //nolint:gosec // The world's own.
			orFail(t, err)
			orFail(t, os.WriteFile(filepath.Join(secrets, "ca.pem"), ca, 0o644)) //nolint:gosec // As above.
			value = "/run/secrets/ca.pem"
		}
		settings = append(settings, "--env", name+"="+value)
	}
	container := run("from", "docker-archive:"+image)
	t.Cleanup(func() {
		_ = exec.CommandContext(context.WithoutCancel(t.Context()), "buildah", "rm", container).Run() //nolint:gosec // As above.
	})
	args := append([]string{"run", "--isolation", "chroot", "--volume", secrets + ":/run/secrets:ro", "--volume", volume + ":/data"}, settings...)
	for i, subject := range []string{"relayed by the container", "relayed with the same volume"} {
		cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "buildah", append(slices.Clone(args), container, "--", "/vastrelay", "--headless")...) //nolint:gosec // As above.
		said := &lockedBuffer{}
		cmd.Stdout, cmd.Stderr = said, said
		orFail(t, cmd.Start())
		eventually(t, "the container relays", func() bool {
			said, err := exec.CommandContext(t.Context(), "buildah", append(slices.Clone(args), container, "--", "/vastrelay", "status")...).Output() //nolint:gosec // As above.
			return err == nil && strings.Contains(string(said), "Relaying")
		})
		w.emit(t, vasttest.Emission{Subject: subject})
		eventually(t, subject, func() bool { return w.count(subject) == 1 })
		// What builds images does not hand signals on.
		program := descendant(cmd.Process.Pid, "vastrelay")
		if program == 0 {
			t.Fatalf("run %d: the program is gone\n%s", i, said)
		}
		orFail(t, syscall.Kill(program, syscall.SIGTERM))
		if err := cmd.Wait(); err != nil {
			t.Errorf("run %d: stopped with %v\n%s", i, err, said)
		}
	}
	if n := w.count("relayed by the container"); n != 1 {
		t.Errorf("the first event stands in Chat %d times after a restart, want once", n)
	}
}

// olderPackage is the package deb as one of an earlier version.
func (m *machine) olderPackage(deb string) (path string) {
	m.t.Helper()
	dir := m.t.TempDir()
	content, path := filepath.Join(dir, "content"), filepath.Join(dir, "older.deb")
	for _, args := range [][]string{
		{"dpkg-deb", "-R", deb, content},
		{"sed", "-i", "s/^Version: .*/Version: 0.0.1-1/", filepath.Join(content, "DEBIAN/control")},
		{"sed", "-i", "/^$/d", filepath.Join(content, "DEBIAN/conffiles")}, // nfpm writes an empty line for none
		{"dpkg-deb", "-Zgzip", "-b", content, path},
	} {
		if out, err := exec.CommandContext(m.t.Context(), args[0], args[1:]...).CombinedOutput(); err != nil { //nolint:gosec // The test's own arguments.
			m.t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	return path
}

// copyIn copies a file of this computer into m.
func (m *machine) copyIn(from, to string) {
	m.t.Helper()
	content, err := os.ReadFile(from) //nolint:gosec // A package under test.
	orFail(m.t, err)
	m.put(to, string(content), 0o644)
}

// TestDesktopPackage installs the package of the desktop program in a bare system,
// over an earlier version, and starts it as a person does, from the menu of a desktop.
func TestDesktopPackage(t *testing.T) {
	deb := packageOf(t, "vastrelay_*_amd64.deb")
	requirePrograms(t, "Xvfb", "openbox", "xfce4-panel", "gnome-keyring-daemon", "dbus-daemon", "dbus-monitor", "xdotool", "import")
	m := newMachine(t)
	m.copyIn(m.olderPackage(deb), "root/older.deb")
	m.copyIn(deb, "root/package.deb")
	m.must("apt-get", "update", "-q")
	// What the package says it depends on comes along; the other one starts programs
	// as desktops do.
	m.must("apt-get", "install", "-y", "-q", "--no-install-recommends", "/root/older.deb", "libglib2.0-bin")
	m.must("dpkg", "-i", "/root/package.deb")

	d := emptyDesk(t)
	d.furnish()
	env := []string{"--setenv=HOME=/root", "--setenv=LIBGL_ALWAYS_SOFTWARE=1", "--bind=/tmp/.X11-unix"}
	for _, variable := range d.env {
		switch name, value, _ := strings.Cut(variable, "="); name {
		case "DISPLAY":
			env = append(env, "--setenv="+variable)
		case "DBUS_SESSION_BUS_ADDRESS":
			env = append(env, "--setenv="+variable)
			if _, path, found := strings.Cut(value, "unix:path="); found {
				path, _, _ = strings.Cut(path, ",")
				env = append(env, "--bind="+path)
			}
		}
	}
	launch := "gio launch /usr/share/applications/app.vastrelay.desktop.desktop && exec sleep infinity"
	started := m.nspawn(context.WithoutCancel(t.Context()), append(append([]string{"--as-pid2"}, env...), "/bin/sh", "-c", launch)...)
	d.keep(started)
	d.window("Vast Relay")
	d.settle()
	d.shot("from-the-menu")
	eventually(t, "the icon is in the tray", func() bool {
		out, _ := d.run("", "dbus-send", "--session", "--print-reply", "--dest=org.kde.StatusNotifierWatcher", "/StatusNotifierWatcher",
			"org.freedesktop.DBus.Properties.Get", "string:org.kde.StatusNotifierWatcher", "string:RegisteredStatusNotifierItems")
		return strings.Contains(out, "StatusNotifierItem")
	})
	program := descendant(started.Process.Pid, "vastrelay")
	if program == 0 {
		t.Fatal("the program is not among the processes of the system")
	}
	orFail(t, syscall.Kill(program, syscall.SIGTERM))
	eventually(t, "it has quit", func() bool { return d.visible("Vast Relay") == "" })
	d.end()

	m.must("dpkg", "--purge", "vastrelay")
	if left := m.must("find", "/etc", "/usr", "/opt", "/var/lib", "-iname", "*vastrelay*", "-not", "-path", "/var/lib/dpkg/*"); left != "" {
		t.Errorf("left after purging outside the person's own folders:\n%s", left)
	}
	if _, err := os.Stat(filepath.Join(m.root, "root/.local/share/vastrelay/events.db")); err != nil {
		t.Errorf("the person's data did not stay: %v", err)
	}
}

// TestArchive installs the archive for oneself and removes it again.
func TestArchive(t *testing.T) {
	for _, pattern := range []string{"vastrelay-[0-9]*-linux-amd64.tar.xz", "vastrelay-headless-[0-9]*-linux-amd64.tar.xz"} {
		archive := packageOf(t, pattern)
		home, dir := t.TempDir(), t.TempDir()
		run := func(name string, args ...string) string {
			t.Helper()
			cmd := exec.CommandContext(t.Context(), name, args...) //nolint:gosec // The test's own arguments.
			cmd.Env = []string{"HOME=" + home, "PATH=/usr/bin:/bin"}
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%s %v: %v\n%s", name, args, err, out)
			}
			return string(out)
		}
		run("tar", "-xJf", archive, "-C", dir)
		script := filepath.Join(dir, strings.TrimSuffix(filepath.Base(archive), ".tar.xz"), "install.sh")
		for range 2 { // the second time over the first
			run(script, "--user")
		}
		if version := run(filepath.Join(home, ".local/bin/vastrelay"), "--version"); !strings.Contains(version, "0.") {
			t.Errorf("%s: the program says %q", pattern, version)
		}
		if entry, err := os.ReadFile(filepath.Join(home, ".local/share/applications/app.vastrelay.desktop.desktop")); err == nil { //nolint:gosec // The test's own folder.
			if !strings.Contains(string(entry), "Exec=\""+home+"/.local/bin/vastrelay\"\n") {
				t.Errorf("%s: the menu starts something else:\n%s", pattern, entry)
			}
		} else if !strings.Contains(pattern, "headless") {
			t.Errorf("%s: there is no entry in the menu: %v", pattern, err)
		}
		orFail(t, os.MkdirAll(filepath.Join(home, ".local/share/vastrelay"), 0o700))
		run(script, "--user", "--uninstall")
		var left []string
		orFail(t, filepath.WalkDir(home, func(path string, _ fs.DirEntry, err error) error {
			left = append(left, strings.TrimPrefix(path, home))
			return err
		}))
		if want := []string{"", "/.local", "/.local/share", "/.local/share/vastrelay"}; !slices.Equal(left, want) {
			t.Errorf("%s: left after uninstalling: got %v, want the data alone", pattern, left)
		}
	}
}
