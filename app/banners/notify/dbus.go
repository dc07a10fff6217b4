//go:build linux || freebsd || openbsd || netbsd

package notify

import (
	"context"
	"errors"
	"fmt"
	"html"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"

	"vastrelay/app/sessionbus"
)

const (
	serviceName = "org.freedesktop.Notifications"
	servicePath = "/org/freedesktop/Notifications"
)

// deadline is how long anything may take that is asked of the desktop.
const deadline = 5 * time.Second

// The reasons of the signal NotificationClosed that matter here.
const closedByPerson = 2

// Notifier shows notifications over the session bus. Create it with New.
type Notifier struct {
	o Options

	mu        sync.Mutex // guards the fields below; held while the bus is asked
	conn      *dbus.Conn // nil: not connected
	ended     chan struct{}
	owner     string // the connection of the service that n.shown is of; empty: none is known
	can       capabilities
	icon      *picture
	closed    bool
	shown     shownList
	cancelAll context.CancelFunc
	ctx       context.Context //nolint:containedctx // It ends the connection, which outlives the call that made it.
}

// New returns a notifier that connects to the session bus once it has something to
// show.
func New(o Options) *Notifier {
	n := &Notifier{o: o}
	n.ctx, n.cancelAll = context.WithCancel(context.Background())
	return n
}

// Replaces reports whether a notification replaces the one of its slot.
func (n *Notifier) Replaces() bool { return true }

// RemoteText reports whether text from elsewhere is harmless in a notification: it is
// sent as data, and markup in it is escaped.
func (n *Notifier) RemoteText() bool { return true }

// Close ends the connection and waits for the goroutine that hears of clicks. Nothing
// can be shown afterwards.
func (n *Notifier) Close() error {
	n.cancelAll()
	n.mu.Lock()
	n.closed = true
	ended := n.disconnect()
	n.mu.Unlock()
	if ended != nil {
		<-ended
	}
	return nil
}

// disconnect closes the connection; n.mu is held. ended is closed once nobody hears of
// clicks any more; nil: nobody did.
func (n *Notifier) disconnect() (ended <-chan struct{}) {
	if n.conn == nil {
		return nil
	}
	_ = n.conn.Close()
	ended = n.ended
	n.conn, n.owner, n.shown = nil, "", shownList{}
	return ended
}

// Support asks the desktop what it can do. It answers within a few seconds. That
// starts a service that the bus can start.
func (n *Notifier) Support(ctx context.Context) Support {
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	n.mu.Lock()
	defer n.mu.Unlock()
	s := Support{}
	if n.connect(ctx) != nil {
		return s
	}
	var vendor, version, spec string
	if n.learn(ctx) != nil || n.service().CallWithContext(ctx, serviceName+".GetServerInformation", 0).Store(&s.Service, &vendor, &version, &spec) != nil {
		return s
	}
	s.Works, s.Clicks = true, n.can.buttons
	return s
}

// Show shows a notification. The error is ErrNoService when there is nothing to show
// it.
func (n *Notifier) Show(ctx context.Context, what Notification) error {
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.connect(ctx); err != nil {
		return fmt.Errorf("%w: %w", ErrNoService, err)
	}
	if err := n.learn(ctx); err != nil { // another service may have taken the place of the last
		return fmt.Errorf("%w: %w", ErrNoService, err)
	}
	var id uint32
	err := n.service().CallWithContext(
		ctx, serviceName+".Notify", 0,
		n.o.Name, n.shown.idOf(what.Slot), n.o.ID, what.Title, n.can.body(what.Body), n.can.actions(what, n.o.Label), n.hints(what.Urgency), int32(-1),
	).Store(&id)
	if err != nil {
		return fmt.Errorf("show a notification: %w", err)
	}
	n.shown.add(id, what)
	return nil
}

// Withdraw takes the notification of that slot off the screen, if it is still there.
func (n *Notifier) Withdraw(ctx context.Context, slot string) {
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	n.mu.Lock()
	defer n.mu.Unlock()
	id := n.shown.idOf(slot)
	if id == 0 || n.conn == nil {
		return
	}
	n.shown.take(id)
	_ = n.service().CallWithContext(ctx, serviceName+".CloseNotification", dbus.FlagNoAutoStart, id).Err // It may be gone already.
}

// service is the service that n.shown is of. One that takes its place counts its ids
// anew, so that ours could be those of other programs there.
func (n *Notifier) service() dbus.BusObject { return n.conn.Object(n.owner, servicePath) }

// connect connects to the bus unless that is done; n.mu is held.
func (n *Notifier) connect(ctx context.Context) error {
	switch {
	case n.closed:
		return context.Canceled
	case n.conn != nil && n.conn.Connected():
		return nil
	}
	n.disconnect()
	conn, err := sessionbus.Connect(n.ctx)
	if err != nil {
		return err
	}
	signals := make(chan *dbus.Signal, 16)
	conn.Signal(signals)
	err = conn.AddMatchSignalContext(ctx, dbus.WithMatchSender(serviceName), dbus.WithMatchInterface(serviceName), dbus.WithMatchObjectPath(servicePath))
	if err != nil {
		_ = conn.Close()
		return fmt.Errorf("ask for the signals of notifications: %w", err)
	}
	n.conn, n.ended = conn, make(chan struct{})
	go n.listen(signals, n.ended)
	return nil
}

// learn finds the service and asks what it can do; n.mu is held. The bus starts the
// service if it knows how to. What another service has shown before is forgotten.
func (n *Notifier) learn(ctx context.Context) error {
	var names []string
	if err := n.conn.Object(serviceName, servicePath).CallWithContext(ctx, serviceName+".GetCapabilities", 0).Store(&names); err != nil {
		return err
	}
	owner := sessionbus.NameOwner(ctx, n.conn, serviceName)
	if owner == "" {
		return errors.New("the service of notifications has just ended")
	}
	if owner != n.owner {
		n.owner, n.shown = owner, shownList{}
	}
	n.can = capabilities{buttons: slices.Contains(names, "actions"), markup: slices.Contains(names, "body-markup")}
	return nil
}

// capabilities is what a service can do,
// https://specifications.freedesktop.org/notification-spec/latest/protocol.html .
type capabilities struct {
	buttons bool // it has buttons, and tells of clicks
	markup  bool // it reads the body as markup
}

// body is text as the service is to be told it: services with markup read it as such,
// https://specifications.freedesktop.org/notification-spec/latest/markup.html .
func (c capabilities) body(text string) string {
	if c.markup {
		return html.EscapeString(text)
	}
	return text
}

// actions names what can be clicked: pairs of a key and a label; open is the label of
// the notification itself. A service without buttons would show them as text or not at
// all.
func (c capabilities) actions(what Notification, open func() string) []string {
	list := []string{}
	if !c.buttons {
		return list
	}
	if what.Open != nil {
		list = append(list, defaultKey, open())
	}
	for i, b := range what.Buttons {
		list = append(list, strconv.Itoa(i), b.Label)
	}
	return list
}

// defaultKey is the key of a click on the notification itself.
const defaultKey = "default"

func (n *Notifier) hints(urgency Urgency) map[string]dbus.Variant {
	hints := map[string]dbus.Variant{
		"urgency":       dbus.MakeVariant(byte(urgency)),
		"desktop-entry": dbus.MakeVariant(n.o.ID),
	}
	if n.icon == nil && n.o.Icon != nil {
		if p, err := iconPicture(n.o.Icon()); err == nil {
			n.icon = &p
		}
	}
	if n.icon != nil {
		hints["image-data"] = dbus.MakeVariant(*n.icon)
	}
	return hints
}

// listen tells of what a person does with notifications until the connection ends.
func (n *Notifier) listen(signals <-chan *dbus.Signal, ended chan<- struct{}) {
	defer close(ended)
	for signal := range signals {
		if signal.Path != servicePath || len(signal.Body) != 2 {
			continue
		}
		id, ok := signal.Body[0].(uint32)
		if !ok {
			continue
		}
		switch signal.Name {
		case serviceName + ".ActionInvoked":
			key, _ := signal.Body[1].(string)
			n.clicked(signal.Sender, id, key)
		case serviceName + ".NotificationClosed":
			reason, _ := signal.Body[1].(uint32)
			n.gone(signal.Sender, id, reason == closedByPerson)
		}
	}
}

// clicked tells of a click. Most services close the notification after one; those
// that do not are asked to.
func (n *Notifier) clicked(sender string, id uint32, key string) {
	n.mu.Lock()
	what, ours := n.take(sender, id)
	if ours {
		n.service().Go(serviceName+".CloseNotification", dbus.FlagNoAutoStart|dbus.FlagNoReplyExpected, nil, id)
	}
	n.mu.Unlock()
	if !ours {
		return
	}
	if what.Closed != nil {
		what.Closed()
	}
	if key == defaultKey && what.Open != nil {
		what.Open()
		return
	}
	if i, err := strconv.Atoi(key); err == nil && i >= 0 && i < len(what.Buttons) {
		what.Buttons[i].Press()
	}
}

// take returns the notification that sender calls id, and forgets it; false: it is none
// of ours. n.mu is held.
func (n *Notifier) take(sender string, id uint32) (Notification, bool) {
	if n.conn == nil || sender != n.owner {
		return Notification{}, false
	}
	return n.shown.take(id)
}

// gone takes that a notification is no longer on the screen. One that only went by
// itself may still lie in the desktop's list, where it can be clicked.
func (n *Notifier) gone(sender string, id uint32, byPerson bool) {
	if !byPerson {
		return
	}
	n.mu.Lock()
	what, ours := n.take(sender, id)
	n.mu.Unlock()
	if ours && what.Closed != nil {
		what.Closed()
	}
}
