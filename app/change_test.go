package app_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vastrelay/app"
	"vastrelay/app/config"
	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/relay"
	"vastrelay/relay/googlechat/chattest"
	"vastrelay/vastapi"
	"vastrelay/vastapi/vasttest"
)

// paste gives the program its three credentials as a person would.
func (w *world) paste(ctx context.Context, t *testing.T, d app.Desktop) {
	t.Helper()
	for kind, name := range map[credentials.Kind]string{credentials.VastKey: "VAST_API_KEY", credentials.ChatURL: "GOOGLE_CHAT_URL", credentials.NgrokToken: "NGROK_AUTHTOKEN"} {
		if err := d.Bridge.SaveCredential(ctx, kind, w.env[name], nil); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
	}
}

func TestMovingToAnotherSpaceAndBack(t *testing.T) {
	t.Parallel()
	const other = "BBBBplanted"
	w := newWorld(t)
	otherURL := w.chat.SpaceURL(other)
	code, said := w.desktop(t, pasted, func(ctx context.Context, d app.Desktop) {
		w.paste(ctx, t, d)
		await(t, d, "relaying", inPhase(status.Relaying))
		if err := d.Bridge.Pause(ctx, time.Time{}); err != nil {
			t.Fatal(err)
		}
		w.emit(t, vasttest.Emission{Subject: "for the first space"})
		await(t, d, "one event held", func(s status.Status) bool { return s.Waiting == 1 })

		var question health.Problem
		if err := d.Bridge.SaveCredential(ctx, credentials.ChatURL, otherURL, nil); !errors.As(err, &question) || !strings.Contains(question.Headline.String(), "1 message still waits") {
			t.Fatalf("got %v, want to be asked about the message that waits", err)
		}
		if got := len(w.chat.Messages(other)); got != 0 {
			t.Errorf("got %d messages in the other space before the answer, want none", got)
		}
		if err := d.Bridge.SaveCredential(ctx, credentials.ChatURL, otherURL, nil); err != nil {
			t.Fatalf("the same URL again: %v", err)
		}
		await(t, d, "the other space, for which nothing waits", func(s status.Status) bool { return s.Space == other && s.Waiting == 0 })
		if err := d.Bridge.Resume(ctx, false); err != nil {
			t.Fatal(err)
		}
		second := w.emit(t, vasttest.Emission{Subject: "for the second space"})
		eventually(t, "the event stands in the other space", func() bool {
			return slices.ContainsFunc(w.chat.Messages(other), func(m chattest.StoredMessage) bool { return strings.Contains(string(m.Body), "for the second space") })
		})
		if got := w.count("for the first space"); got != 0 {
			t.Errorf("got the first event posted %d times, want it kept", got)
		}
		eventually(t, "it is known to stand there", func() bool {
			d, err := d.History.Event(ctx, second)
			return err == nil && d.Fate == relay.FatePosted
		})
		if err := d.Bridge.SaveCredential(ctx, credentials.ChatURL, w.env["GOOGLE_CHAT_URL"], nil); err != nil {
			t.Fatalf("back to the first space: %v", err)
		}
		eventually(t, "what was kept for it is posted", func() bool { return w.count("for the first space") == 1 })
		if got := w.count("for the second space"); got != 0 {
			t.Errorf("got the second event %d times in the first space, want none", got)
		}
	})
	if code != 0 {
		t.Errorf("got exit code %d: %s", code, said)
	}
}

// The tray, the windows and the parts of the program change settings at any time.
func TestChangesOfSettingsFromEverywhereAtOnceAllStay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	code, said := w.desktop(t, nil, func(ctx context.Context, d app.Desktop) {
		await(t, d, "relaying", inPhase(status.Relaying))
		until := time.Now().Add(config.MuteFor)
		changes := []func() error{
			func() error { return d.System.Banners.Mute(ctx, until) },
			func() error { return d.Bridge.Perform(ctx, health.ActionConfirmSettings) },
		}
		for _, change := range []func(*config.Settings){
			func(s *config.Settings) { s.TrayHintShown = true },
			func(s *config.Settings) { s.General.Theme = config.ThemeDark },
			func(s *config.Settings) { s.General.Activity = config.PeriodWeek },
			func(s *config.Settings) { s.Form = config.FormText },
			func(s *config.Settings) { s.SetPosts("client:outbid", false) },
			func(s *config.Settings) { s.QuietGaps = true },
			func(s *config.Settings) { s.Label = "Night shift" },
		} {
			changes = append(changes, func() error { return d.Settings.ChangeSettings(ctx, change) })
		}
		before := d.Settings.Settings()
		var writers sync.WaitGroup
		for _, change := range changes {
			writers.Go(func() {
				if err := change(); err != nil {
					t.Error(err)
				}
			})
		}
		writers.Wait()
		s := d.Settings.Settings()
		switch {
		case !s.Notifications.MutedUntil.Equal(until), !s.TrayHintShown, s.General.Theme != config.ThemeDark, s.General.Activity != config.PeriodWeek,
			s.Form != config.FormText, s.Posts("client:outbid"), !s.QuietGaps, s.Label != "Night shift", s.Space != before.Space:
			t.Errorf("got %+v, want each change kept", s)
		}
		await(t, d, "the label in effect", func(s status.Status) bool { return s.Label == "Night shift" })
	})
	if code != 0 {
		t.Errorf("got exit code %d: %s", code, said)
	}
}

func TestATypeIsKeptInTheHistoryOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	code, said := w.desktop(t, nil, func(ctx context.Context, d app.Desktop) {
		await(t, d, "relaying", inPhase(status.Relaying))
		outbid := relay.KindOf(relay.RoleClient, "outbid").Key()
		choose := func(posts bool) {
			t.Helper()
			if err := d.Settings.ChangeSettings(ctx, func(s *config.Settings) { s.SetPosts(outbid, posts) }); err != nil {
				t.Fatal(err)
			}
			if got := d.Bridge.Status().Phase; got != status.Relaying {
				t.Errorf("the choice took the relay down: %s", got)
			}
		}
		fate := func(id string, want relay.Fate) {
			t.Helper()
			eventually(t, "the event is "+string(want), func() bool {
				e, err := d.History.Event(ctx, id)
				return err == nil && e.Fate == want
			})
		}
		choose(false)
		quiet := w.emit(t, vasttest.Emission{Type: outbid, Subject: "not for the space"})
		fate(quiet, relay.FateKept)
		fate(w.emit(t, vasttest.Emission{Type: "client:instance_started", Subject: "of another type"}), relay.FatePosted)
		choose(true)
		fate(w.emit(t, vasttest.Emission{Type: outbid, Subject: "for the space again"}), relay.FatePosted)
		fate(quiet, relay.FateKept)
		if got := w.count("not for the space"); got != 0 {
			t.Errorf("the quiet event was posted %d times", got)
		}
		if n, err := d.Resender.Resend(ctx, quiet); n != 1 || err != nil {
			t.Errorf("a person asks for it: %d, %v", n, err)
		}
		fate(quiet, relay.FatePosted)
		if n, err := d.History.Unread(ctx); n != 3 || err != nil {
			t.Errorf("%d events are unread, %v, want 3", n, err)
		}
		if err := d.History.MarkRead(ctx, quiet); err != nil {
			t.Fatal(err)
		}
		if n, err := d.History.Unread(ctx); n != 2 || err != nil {
			t.Errorf("%d events are unread once one is read, %v, want 2", n, err)
		}
	})
	if code != 0 {
		t.Errorf("got exit code %d: %s", code, said)
	}
}

// TestWhoWatchesHearsOfSettingsAndOfWhatWasRead does each change once, which notifications
// and the tray follow.
func TestWhoWatchesHearsOfSettingsAndOfWhatWasRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	code, said := w.desktop(t, nil, func(ctx context.Context, d app.Desktop) {
		await(t, d, "relaying", inPhase(status.Relaying))
		var heard atomic.Uint32
		defer d.Bridge.Watch(func(news status.Change) { heard.Or(uint32(news)) })()
		for name, tt := range map[string]struct {
			do   func() error
			want status.Change
		}{
			"settings are saved": {func() error {
				return d.Settings.ChangeSettings(ctx, func(*config.Settings) {})
			}, status.SettingsChanged},
			"notifications are muted": {func() error { return d.System.Banners.Mute(ctx, time.Now().Add(time.Hour)) }, status.SettingsChanged},
			"one event is read":       {func() error { return d.History.MarkRead(ctx, "e1") }, status.EventsRead},
			"all events are read":     {func() error { return d.History.MarkAllRead(ctx) }, status.EventsRead},
		} {
			heard.Store(0)
			if err := tt.do(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if got := status.Change(heard.Load()); !got.Has(tt.want) {
				t.Errorf("%s: heard of %b, want %b", name, got, tt.want)
			}
		}
	})
	if code != 0 {
		t.Errorf("got exit code %d: %s", code, said)
	}
}

func TestThePersonChoosesAWebhookToReplace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var theirs []int64
	for i := range vastapi.MaxWebhooks {
		theirs = append(theirs, w.vast.SeedWebhook(w.account, vastapi.NewWebhook{
			URL: fmt.Sprintf("https://other%d.example.net/hook", i), EventTypes: []string{"client:low_credit"}, Name: "theirs",
		}))
	}
	before := w.hooks()
	code, said := w.desktop(t, nil, func(ctx context.Context, d app.Desktop) {
		s := await(t, d, "a choice", inPhase(status.Attention))
		if s.Action != health.ActionChooseWebhook {
			t.Fatalf("got %q with action %q, want the choice", s.Headline, s.Action)
		}
		foreign, err := d.Bridge.Webhooks().ForeignWebhooks(ctx)
		if err != nil || len(foreign) != len(theirs) {
			t.Fatalf("got %+v, %v, want all that there are", foreign, err)
		}
		if err := d.Bridge.Webhooks().ReplaceWebhook(ctx, theirs[1], false); err != nil {
			t.Fatal(err)
		}
		await(t, d, "relaying", inPhase(status.Relaying))
		for i, h := range w.hooks() {
			switch {
			case h.ID == theirs[1]:
				if h.URL != "https://"+publicHost+"/vast/client" {
					t.Errorf("got the chosen one %+v, want it to lead here", h)
				}
			case !reflect.DeepEqual(h, before[i]):
				t.Errorf("got %+v, want it untouched: %+v", h, before[i])
			}
		}
		w.emit(t, vasttest.Emission{Subject: "through the chosen one"})
		eventually(t, "an event stands in Chat", func() bool { return w.count("through the chosen one") == 1 })
	})
	if code != 0 {
		t.Errorf("got exit code %d: %s", code, said)
	}
}
