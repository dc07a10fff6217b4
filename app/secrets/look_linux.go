package secrets

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"

	"vastrelay/app/sessionbus"
)

// The names of the Secret Service,
// https://specifications.freedesktop.org/secret-service-spec/latest/ .
const (
	busName         = "org.freedesktop.DBus"
	secretsName     = "org.freedesktop.secrets"
	secretsPath     = dbus.ObjectPath("/org/freedesktop/secrets")
	serviceIface    = "org.freedesktop.Secret.Service"
	collectionIface = "org.freedesktop.Secret.Collection"
	promptIface     = "org.freedesktop.Secret.Prompt"
	loginCollection = dbus.ObjectPath("/org/freedesktop/secrets/collection/login")
	noObject        = dbus.ObjectPath("/")
)

const busVariable = sessionbus.Variable

// prepareCall makes sure that go-keyring finds the bus that was looked at. It
// takes the address from the environment alone, where the D-Bus library writes
// what it finds by itself, too.
func prepareCall() error {
	address, err := sessionbus.Address()
	if err != nil {
		return &StateError{State: Unavailable, Err: err}
	}
	if os.Getenv(busVariable) == address {
		return nil
	}
	return os.Setenv(busVariable, address)
}

// withBus runs fn with a connection of its own to the session bus, so that
// nothing is left behind on the one that go-keyring and the tray share.
func withBus(ctx context.Context, fn func(*dbus.Conn) error) error {
	conn, err := sessionbus.Connect(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	return fn(conn)
}

// Look asks the session bus and the Secret Service how a call would fare. It
// makes no call that can prompt.
func (systemBackend) Look(ctx context.Context) (State, error) {
	state := Unavailable
	err := withBus(ctx, func(conn *dbus.Conn) (err error) {
		state, _, err = look(ctx, conn)
		return err
	})
	switch {
	case err == nil:
		return state, nil
	case ctx.Err() != nil:
		return Locked, ErrTimeout
	}
	if told, ok := stateOf(err); ok {
		return told, err
	}
	return Unavailable, err
}

// look returns the state with the collection that go-keyring would use: the
// one named login, else the one that the alias default stands for.
func look(ctx context.Context, conn *dbus.Conn) (State, dbus.ObjectPath, error) {
	known, err := provided(ctx, conn)
	if err != nil || !known {
		return Unavailable, "", err
	}
	service := conn.Object(secretsName, secretsPath)
	var collections []dbus.ObjectPath
	if err := property(ctx, service, serviceIface, "Collections", &collections); err != nil {
		return Unavailable, "", err
	}
	collection := loginCollection
	if !slices.Contains(collections, collection) {
		if err := service.CallWithContext(ctx, serviceIface+".ReadAlias", 0, "default").Store(&collection); err != nil {
			return Unavailable, "", err
		}
		if collection == noObject {
			return NoCollection, "", nil
		}
	}
	var locked bool
	if err := property(ctx, conn.Object(secretsName, collection), collectionIface, "Locked", &locked); err != nil {
		return Unavailable, "", err
	}
	if locked {
		return Locked, collection, nil
	}
	return Ready, collection, nil
}

// provided reports whether a Secret Service runs or can be started by the bus.
func provided(ctx context.Context, conn *dbus.Conn) (bool, error) {
	var owned bool
	if err := conn.BusObject().CallWithContext(ctx, busName+".NameHasOwner", 0, secretsName).Store(&owned); err != nil || owned {
		return owned, err
	}
	var names []string
	err := conn.BusObject().CallWithContext(ctx, busName+".ListActivatableNames", 0).Store(&names)
	return slices.Contains(names, secretsName), err
}

func property(ctx context.Context, object dbus.BusObject, iface, name string, value any) error {
	return object.CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0, iface, name).Store(value)
}

// Stored searches the whole service for entries of ours, locked or not.
func (systemBackend) Stored(ctx context.Context, service string) (bool, error) {
	var unlocked, locked []dbus.ObjectPath
	err := withBus(ctx, func(conn *dbus.Conn) error {
		return conn.Object(secretsName, secretsPath).
			CallWithContext(ctx, serviceIface+".SearchItems", 0, map[string]string{"service": service}).
			Store(&unlocked, &locked)
	})
	return len(unlocked)+len(locked) > 0, err
}

// Unlock unlocks the collection or creates one, on a connection of its own, so
// that it can be cancelled and leaves no signal handler behind. When the keyring
// ends meanwhile, it returns a *StateError, whether the bus sends the signal first
// or the error in place of an answer.
func (systemBackend) Unlock(ctx context.Context) error {
	// The connection outlives ctx by a moment, to take the prompt away again.
	base := context.WithoutCancel(ctx)
	err := withBus(base, func(conn *dbus.Conn) error {
		state, collection, err := look(ctx, conn)
		if err != nil {
			return err
		}
		service := conn.Object(secretsName, secretsPath)
		var prompt dbus.ObjectPath
		switch state {
		case Locked:
			var unlocked []dbus.ObjectPath
			err = service.CallWithContext(ctx, serviceIface+".Unlock", 0, []dbus.ObjectPath{collection}).Store(&unlocked, &prompt)
		case NoCollection:
			properties := map[string]dbus.Variant{collectionIface + ".Label": dbus.MakeVariant("Login")}
			err = service.CallWithContext(ctx, serviceIface+".CreateCollection", 0, properties, "default").Store(&collection, &prompt)
		default:
			return nil
		}
		if err != nil || prompt == noObject {
			return err
		}
		return ask(ctx, conn, prompt)
	})
	if state, ok := stateOf(err); ok {
		return &StateError{State: state, Err: err}
	}
	return err
}

// ask shows the prompt and waits for the person's answer.
func ask(ctx context.Context, conn *dbus.Conn, path dbus.ObjectPath) error {
	for _, match := range [][]dbus.MatchOption{
		{dbus.WithMatchObjectPath(path), dbus.WithMatchInterface(promptIface)},
		{dbus.WithMatchInterface(busName), dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, secretsName)},
	} {
		if err := conn.AddMatchSignalContext(ctx, match...); err != nil {
			return err
		}
	}
	signals := make(chan *dbus.Signal, 16)
	conn.Signal(signals)
	prompt := conn.Object(secretsName, path)
	// The reply may come before or after the answer; only an error matters.
	shown := make(chan *dbus.Call, 1)
	prompt.GoWithContext(ctx, promptIface+".Prompt", 0, shown, "")
	for {
		select {
		case call := <-shown:
			if call.Err != nil && ctx.Err() == nil {
				return call.Err
			}
		case signal, open := <-signals:
			if !open {
				return &StateError{State: Unavailable, Err: errKeyringGone}
			}
			if answered, err := answer(signal, path); answered {
				return err
			}
		case <-ctx.Done():
			dismiss(context.WithoutCancel(ctx), prompt)
			return ctx.Err()
		}
	}
}

// dismiss takes the prompt away. It may be gone already, which is as well.
func dismiss(ctx context.Context, prompt dbus.BusObject) {
	ctx, stop := context.WithTimeout(ctx, 200*time.Millisecond)
	defer stop()
	_ = prompt.CallWithContext(ctx, promptIface+".Dismiss", 0).Err
}

// errKeyringGone is the cause of Unavailable when the keyring dies while it
// asks.
var errKeyringGone = errors.New("the keyring ended while it asked")

// answer reads a signal that came while the prompt at path was shown, and
// reports whether it is the end of it.
func answer(signal *dbus.Signal, path dbus.ObjectPath) (answered bool, err error) {
	switch {
	case signal.Path == path && signal.Name == promptIface+".Completed" && len(signal.Body) > 0:
		if dismissed, _ := signal.Body[0].(bool); dismissed {
			return true, ErrDismissed
		}
		return true, nil
	case signal.Name == busName+".NameOwnerChanged" && len(signal.Body) == 3:
		return true, &StateError{State: Unavailable, Err: errKeyringGone}
	default:
		return false, nil
	}
}

// stateOf tells the state from an error of the bus or of the Secret Service,
// by its name: the texts differ between providers and languages.
func stateOf(err error) (State, bool) {
	name := ""
	var value dbus.Error
	var pointer *dbus.Error
	switch {
	case errors.As(err, &value):
		name = value.Name
	case errors.As(err, &pointer):
		name = pointer.Name
	}
	switch name {
	case "org.freedesktop.Secret.Error.IsLocked":
		return Locked, true
	case "org.freedesktop.Secret.Error.NoSuchObject":
		return NoCollection, true
	case "org.freedesktop.DBus.Error.ServiceUnknown",
		"org.freedesktop.DBus.Error.NameHasNoOwner",
		"org.freedesktop.DBus.Error.NoReply",
		"org.freedesktop.DBus.Error.NoServer",
		"org.freedesktop.DBus.Error.Disconnected",
		"org.freedesktop.DBus.Error.AccessDenied":
		return Unavailable, true
	}
	if strings.HasPrefix(name, "org.freedesktop.DBus.Error.Spawn.") {
		return Unavailable, true
	}
	return "", false
}
