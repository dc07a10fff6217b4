//go:build headless

package main

import (
	"context"
	_ "time/tzdata" // A container may have no time zones.

	_ "golang.org/x/crypto/x509roots/fallback" // Nor any certificate authorities.

	"vastrelay/app"
)

// windows returns nothing: this build has no window.
func windows() (app.Window, app.Tell, func(context.Context) error) { return nil, nil, nil }
