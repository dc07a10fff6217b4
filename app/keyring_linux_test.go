package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vastrelay/app/health"
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

// ownBus gives the desk a bus that starts no service by itself: on a usual one
// a keyring that is installed is there as soon as somebody asks for it.
func (d *desk) ownBus() {
	d.t.Helper()
	const config = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>`
	file := filepath.Join(d.t.TempDir(), "bus.conf")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		d.t.Fatal(err)
	}
	d.env = append(d.env, "DBUS_SESSION_BUS_ADDRESS="+d.firstLine("dbus-daemon", "--nofork", "--print-address=1", "--config-file="+file))
}
