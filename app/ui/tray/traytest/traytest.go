//go:build linux

// Package traytest is a Linux desktop as far as a tray icon sees it: a private
// session bus and a StatusNotifierWatcher with a host, for tests only.
//
// A program with a tray icon asks the watcher to register its item; the host
// then reads the item's menu over com.canonical.dbusmenu and reports clicks
// there. The protocol is that of
// https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem/ .
//
// Bus and watcher end with the test that started them. Methods may be called
// from any goroutine, but not after that.
package traytest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"vastrelay/app/sessionbus/bustest"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"
)

const (
	watcherName = "org.kde.StatusNotifierWatcher"
	watcherPath = dbus.ObjectPath("/StatusNotifierWatcher")
	menuName    = "com.canonical.dbusmenu"
	menuPath    = dbus.ObjectPath("/StatusNotifierItem/menu")
	itemName    = "org.kde.StatusNotifierItem"
	itemPath    = dbus.ObjectPath("/StatusNotifierItem")
	callTimeout = 10 * time.Second
)

// Require skips the test unless VASTRELAY_E2E=1, and then, unless all programs
// are installed, skips it too; with CI=true it fails instead.
func Require(tb testing.TB, programs ...string) {
	tb.Helper()
	if os.Getenv("VASTRELAY_E2E") != "1" {
		tb.Skip("end-to-end test: set VASTRELAY_E2E=1, or run make e2e")
	}
	for _, program := range programs {
		if _, err := exec.LookPath(program); err == nil {
			continue
		}
		if os.Getenv("CI") == "true" {
			tb.Fatalf("%s is not installed", program)
		}
		tb.Skipf("%s is not installed", program)
	}
}

// StartBus starts a session bus of the test's own and makes it the session bus
// of this process. It needs the program dbus-daemon; see Require.
func StartBus(tb testing.TB) *bustest.Bus {
	tb.Helper()
	b := bustest.Start(tb)
	tb.Setenv("DBUS_SESSION_BUS_ADDRESS", b.Address)
	return b
}

// Desktop is a watcher together with its host.
type Desktop struct {
	tb       testing.TB
	conn     *dbus.Conn
	props    *prop.Properties
	arrivals chan dbus.Sender
	owner    dbus.Sender // the program whose item registered
}

// StartDesktop claims the watcher's name on the session bus.
func StartDesktop(tb testing.TB) *Desktop {
	tb.Helper()
	conn, err := dbus.ConnectSessionBus()
	if err != nil {
		tb.Fatalf("connect to the bus: %v", err)
	}
	tb.Cleanup(func() { _ = conn.Close() })
	d := &Desktop{tb: tb, conn: conn, arrivals: make(chan dbus.Sender, 8)}
	if err := conn.Export(registrar{d}, watcherPath, watcherName); err != nil {
		tb.Fatalf("export the watcher: %v", err)
	}
	d.props, err = prop.Export(conn, watcherPath, prop.Map{watcherName: {
		"IsStatusNotifierHostRegistered": {Value: true, Emit: prop.EmitTrue},
		"ProtocolVersion":                {Value: int32(0), Emit: prop.EmitFalse},
		"RegisteredStatusNotifierItems":  {Value: []string{}, Emit: prop.EmitTrue},
	}})
	if err != nil {
		tb.Fatalf("export the watcher's properties: %v", err)
	}
	d.claim()
	return d
}

func (d *Desktop) claim() {
	d.tb.Helper()
	reply, err := d.conn.RequestName(watcherName, dbus.NameFlagDoNotQueue)
	if err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		d.tb.Fatalf("claim the watcher's name: reply %v, error %v", reply, err)
	}
}

// Restart is a panel that ends and comes up again: it knows no icon then.
func (d *Desktop) Restart() {
	d.tb.Helper()
	if _, err := d.conn.ReleaseName(watcherName); err != nil {
		d.tb.Fatalf("release the watcher's name: %v", err)
	}
	d.Forget()
	d.claim()
}

// Forget makes the watcher forget every icon without a word.
func (d *Desktop) Forget() { d.props.SetMust(watcherName, "RegisteredStatusNotifierItems", []string{}) }

// Unregister makes the watcher forget every icon and say so, as it does when it
// takes a program for dead.
func (d *Desktop) Unregister() {
	d.tb.Helper()
	d.Forget()
	if err := d.conn.Emit(watcherPath, watcherName+".StatusNotifierItemUnregistered", string(d.owner)+string(itemPath)); err != nil {
		d.tb.Fatalf("announce the loss of the icon: %v", err)
	}
}

// Stray sends the program that WaitForItem saw a signal that it never asked for,
// as any program on the bus can.
func (d *Desktop) Stray() {
	d.tb.Helper()
	signal := &dbus.Message{Type: dbus.TypeSignal, Headers: map[dbus.HeaderField]dbus.Variant{
		dbus.FieldDestination: dbus.MakeVariant(string(d.owner)), dbus.FieldPath: dbus.MakeVariant(dbus.ObjectPath("/stray")),
		dbus.FieldInterface: dbus.MakeVariant("test.Stray"), dbus.FieldMember: dbus.MakeVariant("Stray"),
	}}
	if call := d.conn.Send(signal, nil); call != nil && call.Err != nil {
		d.tb.Fatalf("send a stray signal: %v", call.Err)
	}
}

// Icon holds an icon under the name that the toolkit gives it, on a connection of
// the test's own. register has the watcher take it.
func Icon(ctx context.Context, tb testing.TB) (register func()) {
	tb.Helper()
	conn, err := dbus.ConnectSessionBus()
	if err != nil {
		tb.Fatalf("connect to the bus: %v", err)
	}
	tb.Cleanup(func() { _ = conn.Close() })
	if _, err := conn.RequestName(fmt.Sprintf("%s-%d-1", itemName, os.Getpid()), dbus.NameFlagDoNotQueue); err != nil {
		tb.Fatalf("claim the icon's name: %v", err)
	}
	return func() {
		tb.Helper()
		err := conn.Object(watcherName, watcherPath).CallWithContext(ctx, watcherName+".RegisterStatusNotifierItem", 0, string(itemPath)).Err
		if err != nil {
			tb.Fatalf("register the icon: %v", err)
		}
	}
}

// SetHost says whether the watcher has a host: a panel that shows the icons.
func (d *Desktop) SetHost(present bool) {
	d.props.SetMust(watcherName, "IsStatusNotifierHostRegistered", present)
}

// registrar is what programs call.
type registrar struct{ d *Desktop }

// RegisterStatusNotifierItem takes an item's service name or object path.
func (r registrar) RegisterStatusNotifierItem(sender dbus.Sender, item string) *dbus.Error {
	if strings.HasPrefix(item, "/") {
		item = string(sender) + item
	}
	r.d.props.SetMust(watcherName, "RegisteredStatusNotifierItems", []string{item})
	select {
	case r.d.arrivals <- sender:
	default: // Registering again is allowed and changes nothing.
	}
	return nil
}

// WaitForItem returns when a program has registered its icon.
func (d *Desktop) WaitForItem(ctx context.Context) error {
	select {
	case d.owner = <-d.arrivals:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for the tray icon: %w", ctx.Err())
	}
}

// Item is one line of the menu as the panel gets it.
type Item struct {
	ID        int32
	Label     string // with the marks of access keys
	Enabled   bool
	Separator bool
}

// layout is the wire form of a menu item: id, properties, children.
type layout struct {
	ID         int32
	Properties map[string]dbus.Variant
	Children   []dbus.Variant
}

// Menu reads the menu of the icon that WaitForItem saw.
func (d *Desktop) Menu(ctx context.Context) ([]Item, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	var revision uint32
	var root layout
	call := d.conn.Object(string(d.owner), menuPath).
		CallWithContext(ctx, menuName+".GetLayout", 0, int32(0), int32(-1), []string{})
	if err := call.Store(&revision, &root); err != nil {
		return nil, fmt.Errorf("read the tray menu: %w", err)
	}
	items := make([]Item, 0, len(root.Children))
	for _, child := range root.Children {
		var l layout
		if err := dbus.Store([]any{child.Value()}, &l); err != nil {
			return nil, fmt.Errorf("read an item of the tray menu: %w", err)
		}
		item := Item{ID: l.ID, Enabled: true}
		item.Label, _ = l.Properties["label"].Value().(string)
		if enabled, ok := l.Properties["enabled"].Value().(bool); ok {
			item.Enabled = enabled
		}
		item.Separator = l.Properties["type"].Value() == "separator"
		items = append(items, item)
	}
	return items, nil
}

// errNoItem means that the menu has no item with the label.
var errNoItem = errors.New("no such item")

// Click clicks the item with that label.
func (d *Desktop) Click(ctx context.Context, label string) error {
	items, err := d.Menu(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(items, func(item Item) bool { return item.Label == label })
	if i < 0 {
		return fmt.Errorf("click %q: %w", label, errNoItem)
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	err = d.conn.Object(string(d.owner), menuPath).
		CallWithContext(ctx, menuName+".Event", 0, items[i].ID, "clicked", dbus.MakeVariant(""), uint32(0)).Err
	if err != nil {
		return fmt.Errorf("click %q: %w", label, err)
	}
	return nil
}

// Title reads what the panel shows when the pointer rests on the icon.
func (d *Desktop) Title(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	var title string
	call := d.conn.Object(string(d.owner), itemPath).
		CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0, itemName, "Title")
	if err := call.Store(&title); err != nil {
		return "", fmt.Errorf("read the title of the tray icon: %w", err)
	}
	return title, nil
}
