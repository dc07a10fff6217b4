// Package assets embeds the pictures of Vast Relay: the program's icon and one
// tray icon for each phase.
//
// The tray icons are drawn in one mid tone that keeps a contrast of at least
// 3:1 on light and on dark panels alike, because no desktop says which it has.
// Phases differ by shape; colour is added only where something is wrong or missing: red
// where a person must act, amber where it mends itself ("retrying").
//
// Everything in the package is immutable and safe for concurrent use; every
// call returns bytes of the caller's own.
package assets

import "embed"

//go:embed icon.png tray/*.svg
var files embed.FS

// unknownPhase is the icon of a phase that has none: never one that says all
// is well.
const unknownPhase = "attention"

// Icon returns the program's icon as a PNG of 256 by 256 pixels: what title bars and task
// switchers show at most. A window hands all of it to the system, uncompressed.
func Icon() []byte { return read("icon.png") }

// Tray returns the tray icon of phase ("relaying", "paused", …, or "retrying") as an SVG that
// uses nothing but paths, circles and rectangles, so that every rasteriser
// draws it alike. A phase without an icon gets the one of "attention".
func Tray(phase string) []byte {
	if content, err := files.ReadFile(trayPath(phase)); err == nil {
		return content
	}
	return read(trayPath(unknownPhase))
}

func trayPath(phase string) string { return "tray/" + phase + ".svg" }

// read returns an embedded file that is known to be there: the embed directive
// names it, and the tests read every one.
func read(name string) []byte {
	content, err := files.ReadFile(name)
	if err != nil {
		panic("assets: " + err.Error())
	}
	return content
}
