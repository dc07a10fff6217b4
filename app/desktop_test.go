package app_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"vastrelay/app"
	"vastrelay/app/config"
	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/relay"
	"vastrelay/relay/googlechat/chattest"
	"vastrelay/vastapi/vasttest"
)

// The overrides of a world must stay, since they lead to the stand-ins; what a
// person would paste is taken away.
var pasted = []string{"VAST_API_KEY", "GOOGLE_CHAT_URL", "NGROK_AUTHTOKEN"}

// recorder keeps the steps of a test or check.
type recorder struct{ steps []health.Step }

func (r *recorder) report(s health.Step) { r.steps = append(r.steps, s) }

func (r *recorder) String() string {
	var lines []string
	for _, s := range r.steps {
		lines = append(lines, s.Name.String()+" "+string(s.State)+" "+s.Text.String())
	}
	return strings.Join(lines, "\n")
}

func TestBothTestButtons(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	code, said := w.desktop(t, nil, func(ctx context.Context, d app.Desktop) {
		await(t, d, "relaying", inPhase(status.Relaying))
		var steps recorder
		if err := d.Bridge.TestFromVast(ctx, steps.report); err != nil {
			t.Errorf("test from Vast.ai: %v\n%s", err, &steps)
		}
		for _, name := range []string{"Asking Vast.ai done", "Arrived here done", "Signature done", "Posting to Google Chat done"} {
			if !strings.Contains(steps.String(), name) {
				t.Errorf("got steps\n%s\nwant %q among them", &steps, name)
			}
		}
		if err := d.Bridge.TestToChat(ctx, nil); err != nil {
			t.Errorf("test to Google Chat: %v", err)
		}
		if got := len(w.texts()); got != 2 {
			t.Errorf("got %d messages, want the two tests: %q", got, w.texts())
		}
		rows, err := d.History.Events(ctx, relay.Query{})
		if err != nil || len(rows) != 1 || rows[0].Type != relay.TestType {
			t.Errorf("got events %+v, %v, want the test from Vast.ai", rows, err)
		}
	})
	if code != 0 {
		t.Errorf("got exit code %d: %s", code, said)
	}
}

func TestPastedCredentialsAreCheckedLive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	code, said := w.desktop(t, pasted, func(ctx context.Context, d app.Desktop) {
		s := await(t, d, "set-up", inPhase(status.Setup))
		if want := "the Vast.ai API key, the Google Chat webhook URL and the ngrok authtoken"; !strings.Contains(s.Cause.String(), want) {
			t.Errorf("got cause %q, want it to name %s", s.Cause, want)
		}
		tests := []struct {
			name, says string
			kind       credentials.Kind
			value      string
			action     health.Action
		}{
			{"nothing", "Nothing was pasted", credentials.VastKey, "  ", health.ActionNone},
			{"a wrong API key", "The Vast.ai API key was refused", credentials.VastKey, "planted-wrong-key", health.ActionReplaceKey},
			{"a wrong Chat URL", "not a Google Chat webhook URL", credentials.ChatURL, "https://chat.google.com/room/AAAA", health.ActionReplaceChatURL},
			{"a wrong ngrok token", "ngrok refused the token", credentials.NgrokToken, "planted-wrong-token", health.ActionReplaceToken},
		}
		for _, tt := range tests {
			err := d.Bridge.SaveCredential(ctx, tt.kind, tt.value, nil)
			var problem health.Problem
			if !errors.As(err, &problem) || !strings.Contains(problem.Headline.String(), tt.says) || problem.Next.IsZero() || problem.Action != tt.action {
				t.Errorf("%s: got %#v, want a problem that says %q", tt.name, err, tt.says)
			}
			if err != nil && strings.Contains(err.Error()+problem.Details, "planted") {
				t.Errorf("%s: got %v, which holds the credential", tt.name, err)
			}
		}
		opened := d.Settings.Settings() // as a settings window holds them since it was opened
		for kind, name := range map[credentials.Kind]string{credentials.VastKey: "VAST_API_KEY", credentials.ChatURL: "GOOGLE_CHAT_URL", credentials.NgrokToken: "NGROK_AUTHTOKEN"} {
			var steps recorder
			if err := d.Bridge.SaveCredential(ctx, kind, "  "+w.env[name]+"\n", steps.report); err != nil {
				t.Errorf("%s: %v\n%s", kind, err, &steps)
			}
		}
		if got := len(w.texts()); got != 1 {
			t.Errorf("got %d messages, want the hello once, since the space honours ids", got)
		}
		await(t, d, "relaying", inPhase(status.Relaying))
		opened.Form, opened.Threads = config.FormText, config.ThreadsType
		if err := d.Settings.ChangeSettings(ctx, func(c *config.Settings) { *c = opened }); err != nil {
			t.Errorf("save the settings: %v", err)
		}
		if got := d.Settings.Settings(); got.Space != space || got.Form != config.FormText || got.Threads != config.ThreadsType {
			t.Errorf("got settings %+v, want the form and the threads saved and the space of the URL kept", got)
		}
		for i := range 2 {
			w.emit(t, vasttest.Emission{Subject: fmt.Sprintf("of one type, %d", i)})
		}
		eventually(t, "both events stand in one thread, as was chosen", func() bool {
			var threads []string
			for _, m := range w.chat.Messages(space) {
				if strings.Contains(string(m.Body), "of one type") {
					threads = append(threads, m.Thread)
				}
			}
			return len(threads) == 2 && threads[0] == threads[1]
		})
		if err := d.Bridge.TestFromVast(ctx, nil); err != nil {
			t.Errorf("test from Vast.ai: %v", err)
		}
		if err := d.Bridge.RemoveCredential(ctx, credentials.VastKey); err != nil {
			t.Errorf("remove the API key: %v", err)
		}
		await(t, d, "set-up again", inPhase(status.Setup))
	})
	traces := w.traces(t)
	if len(traces) < 4 {
		t.Errorf("got traces %d, want the settings, the database and the log among them", len(traces))
	}
	traces["standard error"] = said
	leaksNone(t, map[string]string{
		"API key": vastKey, "Chat URL": w.env["GOOGLE_CHAT_URL"], "ngrok token": ngrokToken, "webhook secret": w.vast.Secret(w.hooks()[0].ID),
		"refused API key": "planted-wrong-key", "refused ngrok token": "planted-wrong-token",
	}, traces)
	if code != 0 {
		t.Errorf("got exit code %d: %s", code, said)
	}
}

func TestPauseHoldsAcrossARestart(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		keep bool
		want int
	}{{"and posts when resumed", false, 1}, {"and keeps without posting when asked to", true, 0}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.desktop(t, nil, func(ctx context.Context, d app.Desktop) {
				await(t, d, "relaying", inPhase(status.Relaying))
				if err := d.Bridge.Pause(ctx, time.Time{}); err != nil {
					t.Fatal(err)
				}
				w.emit(t, vasttest.Emission{Subject: "held"})
				await(t, d, "one event held", func(s status.Status) bool { return s.Phase == status.Paused && s.Waiting == 1 })
				var steps recorder
				if err := d.Bridge.TestFromVast(ctx, steps.report); err != nil || !strings.Contains(steps.String(), "Held: posting is paused.") {
					t.Errorf("got %v and steps\n%s\nwant the test held", err, &steps)
				}
			})
			w.desktop(t, nil, func(ctx context.Context, d app.Desktop) {
				await(t, d, "both events still held", func(s status.Status) bool { return s.Phase == status.Paused && s.Waiting == 2 })
				if got := len(w.texts()); got != 0 {
					t.Errorf("got %d messages while paused, want none", got)
				}
				if err := d.Bridge.Resume(ctx, tt.keep); err != nil {
					t.Fatal(err)
				}
				await(t, d, "nothing waits", func(s status.Status) bool { return s.Phase == status.Relaying && s.Waiting == 0 })
				if got := w.count("held"); got != tt.want {
					t.Errorf("got %d messages, want %d", got, tt.want)
				}
			})
		})
	}
}

func TestAnEventIsToldWithEveryAttempt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.chat.FailNext(1, chattest.InternalError)
	w.desktop(t, nil, func(ctx context.Context, d app.Desktop) {
		await(t, d, "relaying", inPhase(status.Relaying))
		id := w.emit(t, vasttest.Emission{Subject: "twice tried"})
		eventually(t, "the event stands in Chat", func() bool { return w.count("twice tried") == 1 })
		eventually(t, "both attempts are told", func() bool {
			d, err := d.History.Event(ctx, id)
			return err == nil && d.Fate == relay.FatePosted && len(d.Posts) == 1 && len(d.Posts[0].Attempts) == 2 &&
				d.Posts[0].Attempts[0].Result.Outcome == relay.ServerTrouble && d.Posts[0].Attempts[1].Result.Outcome == relay.Posted
		})
	})
}

func TestWrongSignaturesRenewTheSecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.desktop(t, nil, func(ctx context.Context, d app.Desktop) {
		await(t, d, "relaying", inPhase(status.Relaying))
		hook := w.hooks()[0]
		if _, err := w.client(t).RotateSecret(ctx, hook.ID); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			_, err := w.vast.Emit(ctx, vasttest.Emission{Type: "client:outbid", Subject: "signed with a secret we lack", Attempts: 1})
			if err != nil {
				t.Fatal(err)
			}
		}
		eventually(t, "the secret is renewed", func() bool {
			return w.vast.CountCalls("POST", "/webhooks/{id}/rotate-secret/") == 2
		})
		eventually(t, "an event is taken again", func() bool {
			sent, err := w.vast.Emit(ctx, vasttest.Emission{Type: "client:outbid", Subject: "after the renewal", Attempts: 1})
			return err == nil && len(sent.Deliveries) == 1 && sent.Deliveries[0].Status == 204
		})
	})
}
