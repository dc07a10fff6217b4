package app

import (
	"context"
	"reflect"
	"sync"

	"vastrelay/app/bridge"
	"vastrelay/app/checks"
	"vastrelay/app/config"
	"vastrelay/app/messages"
	"vastrelay/app/proxy"
	"vastrelay/app/status"
	"vastrelay/app/updates"
	"vastrelay/relay"
	"vastrelay/relay/googlechat"
	"vastrelay/relay/outbox"
	"vastrelay/relay/tunnel"
)

// effective are the settings on disk with the environment's laid over them. The
// environment's values are in force for this run and never stored.
type effective struct {
	*config.Config
	env   config.Env
	saved func() // called after each Change; nil is allowed
}

// Settings returns the settings in force.
func (e effective) Settings() config.Settings { return e.env.Apply(e.Config.Settings()) }

// Change lets change alter the settings in force and stores them, except for what the
// environment says. See config.Config.Change.
func (e effective) Change(change func(*config.Settings) error) error {
	err := e.Config.Change(func(stored *config.Settings) error {
		inForce := e.env.Apply(*stored)
		if err := change(&inForce); err != nil {
			return err
		}
		if err := e.env.Check(e.Canonical(inForce)); err != nil {
			return err
		}
		*stored = e.env.Undo(inForce, *stored)
		return nil
	})
	if err != nil {
		return err
	}
	if e.saved != nil {
		e.saved()
	}
	return nil
}

// basePath is the path of the person's own public URL; empty for any other
// address. The receiver knows its paths with and without it.
func (e effective) basePath() string {
	s := e.Settings()
	vendor := tunnel.Choose(TunnelVendors(), s.Tunnel)
	if vendor.PublicURL == nil {
		return ""
	}
	return relay.PublicPath(vendor.PublicURL(s.TunnelValues))
}

// finalWhileAway reports whether Vast.ai is told not to send again what it cannot
// deliver while this program is away.
func (e effective) finalWhileAway() bool {
	s := e.Settings()
	return tunnel.Choose(TunnelVendors(), s.Tunnel).Away(s.TunnelValues) == tunnel.AwayFinal
}

// tellsGaps reports whether it is said in Google Chat that deliveries could not
// arrive for a while.
func (e effective) tellsGaps() bool { return !e.Settings().QuietGaps }

// catchesUp reports whether what could not be delivered is fetched from Vast.ai's
// inbox without being asked for.
func (e effective) catchesUp() bool { return !e.Settings().NoCatchUp }

// posts reports whether ev is posted, and not only kept in the history. Events that
// the program makes itself have settings of their own, and a test is always posted.
func (e effective) posts(ev relay.Event) bool {
	return ev.Own() || ev.Type == relay.TestType || e.Settings().Posts(relay.KindOf(ev.Role, ev.Type).Key())
}

// form is how messages are to look.
func (e effective) form() relay.Rung { return e.Settings().FormOrDefault().Rung() }

// Messages shows how messages read in Google Chat. It is safe for concurrent use.
type Messages struct{ sender *googlechat.Sender }

// Preview returns what a message of ev shows in that form: by the rendering that
// sends it.
func (m *Messages) Preview(ev relay.Event, form relay.Rung) relay.Preview {
	return m.sender.Preview(ev, form)
}

// threads says which messages belong together in Google Chat.
func (e effective) threads() googlechat.Threads {
	switch e.Settings().ThreadsOrDefault() {
	case config.ThreadsType:
		return googlechat.ThreadsType
	case config.ThreadsInstance:
		return googlechat.ThreadsInstance
	default:
		return googlechat.ThreadsOff
	}
}

// messageWords are the words of messages in Google Chat, in the language that is chosen
// for them.
func (e effective) messageWords() googlechat.Words {
	return messages.Chosen(e.Settings().General.ChatLanguage)
}

// SettingsEditor reads and changes the settings. It is safe for concurrent use.
type SettingsEditor struct {
	settings effective
	bridge   *bridge.Bridge
	outbox   *outbox.Outbox
	updates  *updates.Checker
	outward  *proxy.Dialer

	changing sync.Mutex // held until a change has taken effect, so that the last one stays in effect
}

// Settings returns the settings in force.
func (e *SettingsEditor) Settings() config.Settings { return e.settings.Settings() }

// ChangeSettings lets change alter the settings in force, validates and stores them and
// makes them take effect. Changes wait for each other; change must not call e. Errors
// say which value is wrong, or are a health.Problem.
func (e *SettingsEditor) ChangeSettings(ctx context.Context, change func(*config.Settings)) error {
	if err := e.bridge.Ended(); err != nil {
		return err // another copy may own the folder by now
	}
	e.changing.Lock()
	defer e.changing.Unlock()
	var before, s config.Settings
	err := e.settings.Change(func(inForce *config.Settings) error {
		before = inForce.Clone()
		change(inForce)
		inForce.Space = before.Space // the Chat URL decides it
		inForce.Unconfirmed = before.Unconfirmed && !confirms(*inForce, before)
		s = inForce.Clone()
		return e.checkProxy(s, before)
	})
	if err != nil {
		return err
	}
	return e.apply(ctx, s, before)
}

// confirms reports whether a change to s confirms what was restored: a person who
// changes what is relayed does. That the hint at the first close was shown is saved by
// the program itself, and a theme, a proxy or notifications say nothing of events.
func confirms(s, before config.Settings) bool {
	return s.TrayHintShown == before.TrayHintShown && reflect.DeepEqual(s.General, before.General) &&
		reflect.DeepEqual(s.Notifications, before.Notifications)
}

// checkProxy refuses a proxy that cannot be used, unless it was in force before.
func (e *SettingsEditor) checkProxy(s, before config.Settings) error {
	if fault := e.outward.Check(s.General.Proxy); fault != "" && s.General.Proxy != before.General.Proxy {
		return config.ValidationError{{Field: config.FieldProxy, Sentence: fault.Text()}}
	}
	return nil
}

// apply makes a change from before to s, which is stored, take effect.
func (e *SettingsEditor) apply(ctx context.Context, s, before config.Settings) error {
	if changed, _ := e.outward.Use(s.General.Proxy); changed { // it was checked, or is as it was
		e.bridge.Reports().NetworkChanged()
	}
	if s.General.Updates != before.General.Updates {
		e.updates.Wake()
	}
	e.bridge.Reports().Changed(status.SettingsChanged)
	if err := e.rename(ctx, before, s.Label); err != nil {
		return err
	}
	// The relay must not connect anew for values that only the window or the next
	// message reads.
	s.GapSettings, s.RouteSettings, s.General = before.GapSettings, before.RouteSettings, before.General
	s.Notifications = before.Notifications
	s.TrayHintShown, s.Form, s.Threads, s.InstallationID = before.TrayHintShown, before.Form, before.Threads, before.InstallationID
	if !reflect.DeepEqual(e.settings.Canonical(s), e.settings.Canonical(before)) {
		e.bridge.ApplySettings()
	}
	return nil
}

// rename gives the space of before another label, if that has changed.
func (e *SettingsEditor) rename(ctx context.Context, before config.Settings, label string) error {
	if label == before.Label {
		return nil
	}
	if _, ok := e.outbox.Destination(before.Space); !ok {
		return nil
	}
	if _, err := e.outbox.AddDestination(ctx, before.Space, label); err != nil {
		return checks.Explain(err)
	}
	return nil
}
