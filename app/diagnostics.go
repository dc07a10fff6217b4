package app

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"os/user"
	"strings"
	"time"

	"vastrelay/app/build"
	"vastrelay/app/config"
	"vastrelay/app/credentials"
	"vastrelay/app/datadir"
	"vastrelay/app/diagnostics"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/relay/redact"
)

// Diagnostics makes reports that a person can send to somebody who helps. It is safe
// for concurrent use.
type Diagnostics struct {
	status      func() status.Status
	keyring     func() credentials.KeyringState
	credentials func() []credentials.Credential
	settings    func() config.Settings
	checked     func() *health.Report // the last report of the doctor; nil: there is none
	redactor    *redact.Redactor
	folder      string
	getenv      func(string) string
}

// addDiagnostics lets p, which is complete otherwise, make reports.
func (b *foundation) addDiagnostics(p *Program, getenv func(string) string) {
	hub := p.desktop.Bridge
	d := &Diagnostics{
		status: p.commands.Status, keyring: hub.Keyring, credentials: hub.Credentials, settings: b.settings.Settings,
		checked: p.desktop.Support.Doctor.Last, redactor: b.redactor, folder: b.folder.dir, getenv: getenv,
	}
	p.desktop.Support.Diagnostics, p.commands.Diagnostics = d, d
}

// Collect makes a report of the program as it is now. It asks nobody outside. The
// error is that ctx has ended.
func (d *Diagnostics) Collect(ctx context.Context) (diagnostics.Bundle, error) {
	return diagnostics.New(d.facts()), ctx.Err()
}

// FromWindow is Collect for a window, which knows whether our icon is in a tray.
func (d *Diagnostics) FromWindow(ctx context.Context, tray bool) (diagnostics.Bundle, error) {
	f := d.facts()
	f.System.Tray = diagnostics.TrayMissing
	if tray {
		f.System.Tray = diagnostics.TrayThere
	}
	return diagnostics.New(f), ctx.Err()
}

func (d *Diagnostics) facts() diagnostics.Facts {
	s, settings := d.status(), d.settings()
	f := diagnostics.Facts{
		At: time.Now(), Build: build.Current(), System: diagnostics.Look(d.getenv), Running: true, Status: s,
		Keyring: d.keyring().State, Checks: d.checked(), Settings: settings, Tunnels: tunnelNames(),
		Folder: d.folder, Secrets: d.redactor, Private: append(privateOf(settings, s), whoAndWhere(d.folder, d.getenv)...),
	}
	for _, c := range d.credentials() {
		f.Private = append(f.Private, c.Detail.String())
	}
	return f
}

// Save writes a report into the file at path. What is wrong is a health.Problem.
func (d *Diagnostics) Save(_ context.Context, path string, b diagnostics.Bundle) error {
	if err := datadir.WriteWhole(path, func(w io.Writer) error { return b.WriteZip(w) }); err != nil {
		return health.New(health.ReportUnwritable).With(err.Error())
	}
	return nil
}

// diagnoseAlone makes a report where no copy runs: of the log, the settings and the
// system. It changes nothing in the data folder.
func diagnoseAlone(f flags, in Invocation) (diagnostics.Bundle, error) {
	dir, err := folderPath(f, in.Getenv)
	if err != nil {
		return diagnostics.Bundle{}, err
	}
	facts := diagnostics.Facts{
		At: time.Now(), Build: build.Current(), System: diagnostics.Look(in.Getenv), Tunnels: tunnelNames(),
		Folder: dir, Secrets: redact.New(), Private: whoAndWhere(dir, in.Getenv),
	}
	if content, err := os.ReadFile((&dataFolder{dir: dir}).path(settingsName)); err == nil {
		// Settings that cannot be read are shown as unset: the log says why.
		_ = json.Unmarshal(content, &facts.Settings)
	}
	facts.Private = append(facts.Private, privateOf(facts.Settings, status.Status{})...)
	return diagnostics.New(facts), nil
}

// tunnelNames are the names of the tunnels that can be chosen.
func tunnelNames() []string {
	var names []string
	for _, v := range TunnelVendors() {
		names = append(names, v.Name)
	}
	return names
}

// privateOf are the values of settings and status that say who a person is, or
// where.
func privateOf(settings config.Settings, s status.Status) []string {
	private := []string{settings.InstallationID, settings.Space, settings.Label, s.Address, hostOf(s.Address), s.AddressBefore, hostOf(s.AddressBefore), s.Space, s.Label}
	for _, value := range settings.TunnelValues {
		private = append(private, value, hostOf(value))
	}
	for _, w := range s.Webhooks {
		private = append(private, w.Name, w.URL, hostOf(w.URL))
		if w.Edited != nil {
			private = append(private, w.Edited.Name, w.Edited.URL, hostOf(w.Edited.URL))
		}
	}
	return private
}

// hostOf is the host of a URL; empty for anything else.
func hostOf(address string) string {
	_, rest, found := strings.Cut(address, "://")
	if !found {
		return ""
	}
	host, _, _ := strings.Cut(rest, "/")
	return host
}

// whoAndWhere are the names of this computer and of its user, and their folders.
func whoAndWhere(folder string, getenv func(string) string) []string {
	private := []string{folder, getenv("HOME"), getenv("USERPROFILE"), getenv("USER"), getenv("USERNAME"), getenv("LOGNAME"), getenv("COMPUTERNAME")}
	if name, err := os.Hostname(); err == nil {
		short, _, _ := strings.Cut(name, ".")
		private = append(private, name, short)
	}
	if u, err := user.Current(); err == nil {
		name := u.Username[strings.LastIndex(u.Username, `\`)+1:] // Windows puts the domain before it
		private = append(private, u.Username, name, u.Name, u.HomeDir)
	}
	return private
}
