package app_test

import (
	"os"
	"strings"
	"testing"

	"vastrelay/app/health"
	"vastrelay/app/sessionbus/bustest"
	"vastrelay/app/status"
)

// TestTheKeyringIsStartedAfterTheProgram starts a real keyring, which holds the
// credentials, under the running program, as happens at a login.
func TestTheKeyringIsStartedAfterTheProgram(t *testing.T) {
	if os.Getenv("VASTRELAY_E2E") == "" {
		t.Skip("needs a display and a bus: run make e2e")
	}
	requirePrograms(t, "Xvfb", "dbus-daemon", "gnome-keyring-daemon", "secret-tool")
	d := bareDesk(t, "migrated_fynedo")
	d.ownBus()
	keyring := func() (stop func()) {
		cmd := d.command("gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets")
		cmd.Stdin = strings.NewReader("\n")
		ended := d.keep(cmd)
		eventually(t, "the keyring is there", func() bool {
			_, err := d.run("", "dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.secrets", "/org/freedesktop/secrets", "org.freedesktop.DBus.Peer.Ping")
			return err == nil
		})
		return func() { _ = cmd.Process.Kill(); <-ended }
	}
	d.start("VAST_API_KEY="+vastKey, "GOOGLE_CHAT_URL="+d.w.env["GOOGLE_CHAT_URL"], "NGROK_AUTHTOKEN="+ngrokToken)
	hop := func() health.Hop {
		s := d.snapshot()
		return s.Hop(health.HopKeyring)
	}
	eventually(t, "it relays without a keyring", func() bool { return d.snapshot().Phase == status.Relaying })
	before := hop().Detail
	stop := keyring()
	defer stop()
	eventually(t, "the keyring is taken into use", func() bool { return hop().Detail != before })
	eventually(t, "the webhook's secret is in the keyring", func() bool {
		out, _ := d.run("", "secret-tool", "search", "--all", "service", "app.vastrelay.desktop")
		return strings.Contains(out, "secret")
	})
}

// TestTheSetUpBeginsWithALockedKeyring starts the program for the first time beside
// a real keyring that is locked, and lets a person close its question once before
// they answer it.
func TestTheSetUpBeginsWithALockedKeyring(t *testing.T) {
	if os.Getenv("VASTRELAY_E2E") == "" {
		t.Skip("needs a display and a bus: run make e2e")
	}
	requirePrograms(t, "Xvfb", "openbox", "dbus-daemon", "dbus-send", "gnome-keyring-daemon", "secret-tool", "xdotool", "import")
	const password, question = "planted", "Unlock Login Keyring"
	d := lockedDesk(t, password)
	d.shot("locked")
	d.keys("Return") // "Unlock keyring" has the focus
	d.window(question)
	d.keys("Escape")
	eventually(t, "the question is closed", func() bool { return d.visible(question) == "" })
	d.settle()
	d.shot("dismissed")
	d.keys("Return")
	d.window(question)
	d.shot("asked")
	d.xdo("type", "--delay", "12", password)
	d.keys("Return")
	eventually(t, "the keyring is read", func() bool { s := d.snapshot(); return s.Hop(health.HopKeyring).State == health.HopMissing })
	d.settle()
	d.shot("unlocked")
	d.xdo("type", "--delay", "12", d.w.env["VAST_API_KEY"])
	d.keys("Return")
	eventually(t, "the key is in the keyring", func() bool { return d.kept("vast-api-key") == d.w.env["VAST_API_KEY"] })
}

// TestAPersonGoesOnBesideALockedKeyring keeps credentials for this run only, because the
// keyring is locked; once it is unlocked after all, they are in it.
func TestAPersonGoesOnBesideALockedKeyring(t *testing.T) {
	if os.Getenv("VASTRELAY_E2E") == "" {
		t.Skip("needs a display and a bus: run make e2e")
	}
	requirePrograms(t, "Xvfb", "openbox", "dbus-daemon", "dbus-send", "gnome-keyring-daemon", "secret-tool", "xdotool", "import")
	const password, question = "planted", "Unlock Login Keyring"
	d := lockedDesk(t, password)
	d.keys("Return") // "Unlock keyring" has the focus
	d.window(question)
	d.keys("Escape")
	eventually(t, "the question is closed", func() bool { return d.visible(question) == "" })
	d.settle()
	d.keys("Tab", "Return") // "Keep for this run only"
	eventually(t, "nothing waits for the keyring", func() bool { s := d.snapshot(); return s.Hop(health.HopKeyring).State == health.HopUnavailable })
	d.settle()
	d.shot("set-aside")
	d.xdo("type", "--delay", "12", d.w.env["VAST_API_KEY"])
	d.keys("Return")
	eventually(t, "the key is used", func() bool { return d.w.vast.CountCalls("GET", "/users/current/") > 0 })
	d.settle()
	d.shot("key-in-memory")
	if got := d.kept("vast-api-key"); got != "" {
		t.Errorf("the locked keyring gives %q", got)
	}
	d.click(d.window("Vast Relay"), keyringStep[0], keyringStep[1])
	d.keys("Return") // "Unlock keyring" has the focus
	d.window(question)
	d.xdo("type", "--delay", "12", password)
	d.keys("Return")
	eventually(t, "the key is in the keyring", func() bool { return d.kept("vast-api-key") == d.w.env["VAST_API_KEY"] })
	d.settle()
	d.shot("moved-in")
}

// keyringStep is the place of the step "System keyring" of the set-up inside the main
// window, at its first size.
var keyringStep = [2]int{99, 169}

// lockedDesk is a desk with the program started for the first time beside a real keyring
// that has that password and is locked.
func lockedDesk(t *testing.T, password string) *desk {
	t.Helper()
	d := bareDesk(t, "migrated_fynedo")
	d.launch("openbox")
	if _, err := d.run(password, "gnome-keyring-daemon", "--unlock", "--components=secrets", "--daemonize"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.run("", "dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.secrets", "/org/freedesktop/secrets",
		"org.freedesktop.Secret.Service.Lock", "array:objpath:/org/freedesktop/secrets/collection/login"); err != nil {
		t.Fatal(err)
	}
	d.start()
	d.window("Vast Relay")
	eventually(t, "the set-up waits for the keyring", func() bool {
		s := d.snapshot()
		return s.Phase == status.Setup && s.Hop(health.HopKeyring).State == health.HopFailing
	})
	return d
}

// ownBus gives the desk a bus that starts no service by itself: on a usual one
// a keyring that is installed is there as soon as somebody asks for it.
func (d *desk) ownBus() {
	d.t.Helper()
	d.env = append(d.env, "DBUS_SESSION_BUS_ADDRESS="+bustest.Start(d.t).Address)
}
