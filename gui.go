//go:build !headless

package main

import (
	"context"
	"path/filepath"

	"vastrelay/app"
	"vastrelay/app/build"
	"vastrelay/app/ui"
	"vastrelay/app/ui/launch"
)

// windows returns what this build shows: the desktop window, the one that says
// why the program cannot start, and what reports why no window can be shown.
func windows() (app.Window, app.Tell, app.Display) {
	toolkit := &launch.Toolkit{Version: build.Current().String()}
	return window(toolkit), toolkit.Tell, toolkit.CheckDisplay
}

// window returns the desktop window, shown by toolkit.
func window(toolkit *launch.Toolkit) app.Window {
	return func(ctx context.Context, d app.Desktop, hidden bool) error {
		days, megabytes := d.History.Kept()
		return toolkit.Run(ctx, parts(d), launch.Options{
			Hidden: hidden,
			Show:   d.Lifecycle.Show,
			Clicks: d.System.Banners.Clicks(),
			Notify: d.System.Banners.Say, Watching: d.System.Banners.Watched,
			Stop:    d.Lifecycle.Stop,
			Stopped: d.Lifecycle.Stopped,
			// Beside the data, but no part of the settings: it says nothing of what is relayed.
			WindowFile: filepath.Join(d.Folder, "window.json"),
			Vendors:    app.TunnelVendors(),
			About: ui.About{
				Version: build.Current().String(), DataFolder: d.Folder, Licence: "MIT", KeptDays: days, KeptMegabytes: megabytes,
			},
		})
	}
}

// parts is what the windows show and do, by subject.
func parts(d app.Desktop) ui.Parts {
	return ui.Parts{
		Status: d.Bridge, Controls: d.Bridge, Tests: d.Bridge, Webhooks: d.Bridge.Webhooks(), Credentials: d.Bridge,
		History: d.History, Resender: d.Resender, Messages: d.Messages, Demo: d.Demo, Doctor: d.Support.Doctor, LastRun: d.Support.LastRun, Updates: d.Updates, Program: d.Lifecycle.Again,
		Settings: ui.SettingsParts{Store: d.Settings, Types: d.Bridge, Exporter: d.History, Gaps: d.Gaps, Cleaner: d.Cleaner, Login: d.System.Login, Updates: d.Updates, Reporter: d.Support.Diagnostics, Proxy: d.System.Proxy, Banners: d.System.Banners},
	}
}
