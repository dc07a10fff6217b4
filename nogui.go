//go:build headless

package main

import (
	"context"
	_ "time/tzdata" // A container may have no time zones.

	_ "golang.org/x/crypto/x509roots/fallback" // Nor any certificate authorities.

	"vastrelay/app"
)

// window returns nil: this build has no window.
func window() app.Window { return nil }

// tell returns nil, too.
func tell() app.Tell { return nil }

// display returns nil, since there is nothing to show.
func display() func(context.Context) error { return nil }
