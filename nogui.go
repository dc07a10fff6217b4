//go:build headless

package main

import (
	_ "time/tzdata" // A container may have no time zones.

	_ "golang.org/x/crypto/x509roots/fallback" // Nor any certificate authorities.

	"vastrelay/app"
)

// windows returns nothing: this build has no window.
func windows() (app.Window, app.Tell, app.Display) { return nil, nil, nil }
