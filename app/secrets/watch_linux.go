package secrets

import (
	"context"

	"github.com/godbus/dbus/v5"

	"vastrelay/app/sessionbus"
)

// Watch calls changed whenever the keyring may be in another state: its
// provider appears or ends, it is locked or unlocked by whoever, a collection
// is made, or the session bus comes or goes. It makes no call itself.
func (systemBackend) Watch(ctx context.Context, changed func()) {
	matches := [][]dbus.MatchOption{
		sessionbus.OwnerChanges(secretsName),
		{dbus.WithMatchPathNamespace(secretsPath), dbus.WithMatchInterface("org.freedesktop.DBus.Properties"), dbus.WithMatchMember("PropertiesChanged")},
		{dbus.WithMatchObjectPath(secretsPath), dbus.WithMatchInterface(serviceIface)},
	}
	sessionbus.Follow(ctx, matches, func(context.Context, *dbus.Conn) { changed() })
}
