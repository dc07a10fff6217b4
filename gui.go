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

// window returns the desktop window of this build.
func window() app.Window {
	return func(ctx context.Context, p *app.Program, hidden bool) error {
		return launch.Run(ctx, p, launch.Options{
			Hidden:  hidden,
			Show:    p.Show(),
			Stop:    p.Stop,
			Checked: true,
			// Beside the data, but no part of the settings: it says nothing of what is relayed.
			WindowFile: filepath.Join(p.DataDir(), "window.json"),
			About:      ui.About{Version: build.Current().String(), DataFolder: p.DataDir(), Licence: "MIT", Kept: p.Kept()},
		})
	}
}

// tell returns the window that says why the program cannot start.
func tell() app.Tell { return launch.Tell }

// display returns what reports why no window can be shown.
func display() func(context.Context) error { return launch.CheckDisplay }
