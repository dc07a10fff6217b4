package app_test

import (
	"context"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"vastrelay/app"
	"vastrelay/app/config"
	"vastrelay/app/credentials"
	"vastrelay/app/desktop"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// stopBound is how long a stop of a program with windows may take in all.
const stopBound = 7 * time.Second

// stuckWindows are windows that never return to the main goroutine, until the
// process would have ended.
type stuckWindows struct {
	exited chan int
	gone   chan struct{}
	once   sync.Once
}

func newStuckWindows() *stuckWindows {
	return &stuckWindows{exited: make(chan int, 1), gone: make(chan struct{})}
}

// exit stands for the end of the process: afterwards nothing runs any more.
func (s *stuckWindows) exit(code int) {
	s.once.Do(func() {
		s.exited <- code
		close(s.gone)
	})
}

func TestStuckWindowsDoNotKeepTheProgram(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, says string
		stop       func(d app.Desktop, cancel func())
		code       int
	}{
		{"when the system asks it to stop", "", func(_ app.Desktop, cancel func()) { cancel() }, 0},
		{"when the person quits", "", func(d app.Desktop, _ func()) { d.Lifecycle.Stop(nil) }, 0},
		{"when the person quits and the display ends then", "", func(d app.Desktop, _ func()) {
			d.Lifecycle.Stop(nil)
			d.Lifecycle.Stop(health.Problem{Headline: words.Verbatim("no display left")})
		}, 0},
		{"when the display is gone", "vastrelay: no display left", func(d app.Desktop, _ func()) {
			d.Lifecycle.Stop(health.Problem{Headline: words.Verbatim("no display left")})
		}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			windows := newStuckWindows()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var said lockedBuffer
			statusAddress := freeAddress(t)
			var program app.Desktop
			stopped := make(chan time.Time, 1)
			app.Run(ctx, app.Invocation{
				Args: []string{"--data-dir", w.dir, "--status-addr", statusAddress}, Getenv: func(name string) string { return w.env[name] },
				Stdout: &said, Stderr: &said, Exit: windows.exit,
				Window: func(_ context.Context, d app.Desktop, _ bool) error {
					program = d
					await(t, d, "relaying", inPhase(status.Relaying))
					stopped <- time.Now()
					tt.stop(d, cancel)
					select {
					case <-windows.gone:
					case <-time.After(patience):
						t.Error("the process was not ended")
					}
					return nil
				},
			})
			if took := time.Since(<-stopped); took > stopBound {
				t.Errorf("the stop took %v, want at most %v", took, stopBound)
			}
			if code := <-windows.exited; code != tt.code {
				t.Errorf("got exit code %d, want %d", code, tt.code)
			}
			if tt.says == "" && said.String() != "" || !strings.Contains(said.String(), tt.says) {
				t.Errorf("got %q on standard error, want %q", &said, tt.says)
			}
			if got := w.edge.Online(); len(got) != 0 {
				t.Errorf("got %v online, want the tunnel closed", got)
			}
			if conn, err := net.DialTimeout("tcp", statusAddress, time.Second); err == nil {
				_ = conn.Close()
				t.Error("the status is still served")
			}
			if _, err := program.History.Events(t.Context(), relay.Query{}); err == nil {
				t.Error("the event store is still open")
			}
			if lock, err := desktop.LockFolder(w.dir); err != nil {
				t.Errorf("the data folder is still locked: %v", err)
			} else if err := lock.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAStuckRefusalDoesNotKeepTheProcess(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		stop func(cancel, closing func())
	}{
		{"when the system asks it to stop", func(cancel, _ func()) { cancel() }},
		{"when the person closes its window", func(_, closing func()) { closing() }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, windows := newWorld(t), newStuckWindows()
			w.env["VASTRELAY_TUNNEL"] = "carrier-pigeon"
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var said lockedBuffer
			app.Run(ctx, app.Invocation{
				Args: []string{"--data-dir", w.dir}, Getenv: func(name string) string { return w.env[name] },
				Stdout: &said, Stderr: &said, Exit: windows.exit,
				Window: func(context.Context, app.Desktop, bool) error { t.Error("got a window"); return nil },
				Tell: func(_ context.Context, _ health.Problem, closing func()) {
					tt.stop(cancel, closing)
					select {
					case <-windows.gone:
					case <-time.After(patience):
						t.Error("the process was not ended")
					}
				},
			})
			if code := <-windows.exited; code != 2 || !strings.Contains(said.String(), "VASTRELAY_TUNNEL") {
				t.Errorf("got exit code %d and %q, want 2 and the reason", code, &said)
			}
		})
	}
}

func TestNothingStartsWithoutADisplay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var said lockedBuffer
	code := app.Run(t.Context(), app.Invocation{
		Args: []string{"--data-dir", w.dir}, Getenv: func(name string) string { return w.env[name] }, Stdout: &said, Stderr: &said,
		Window: func(context.Context, app.Desktop, bool) error { t.Error("got a window"); return nil },
		Display: func(context.Context, bool) error {
			return health.Problem{Headline: words.Verbatim("No window can be shown"), Cause: words.Verbatim("none of it works; start it with --headless")}
		},
	})
	if want := "vastrelay: No window can be shown: none of it works; start it with --headless"; code != 1 || !strings.HasPrefix(said.String(), want) || strings.Count(said.String(), "\n") != 1 {
		t.Errorf("got exit code %d and %q, want 1 and the one line %q", code, &said, want)
	}
	if calls, logins := w.vast.Calls(), w.edge.Auths(); len(calls)+len(logins) != 0 {
		t.Errorf("got calls %v of Vast.ai and %d logins at ngrok, want nothing started", calls, len(logins))
	}
}

// TestLateClicks clicks everything once the program has stopped under its
// windows: a window may stand a moment longer.
func TestLateClicks(t *testing.T) {
	t.Parallel()
	w, windows := newWorld(t), newStuckWindows()
	var said lockedBuffer
	app.Run(t.Context(), app.Invocation{
		Args: []string{"--data-dir", w.dir}, Getenv: func(name string) string { return w.env[name] },
		Stdout: &said, Stderr: &said, Exit: windows.exit,
		Window: func(ctx context.Context, d app.Desktop, _ bool) error {
			await(t, d, "relaying", inPhase(status.Relaying))
			var clicks sync.WaitGroup
			clickAll := func(ended bool) {
				for name, click := range lateClicks(d, t.TempDir()+"/export.csv") {
					clicks.Go(func() {
						ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
						defer cancel()
						if err := click(ctx); err == nil && ended {
							t.Errorf("%s: got no error from a program that has stopped", name)
						}
						if ctx.Err() != nil {
							t.Errorf("%s: not answered within %v", name, patience)
						}
					})
				}
			}
			clickAll(false) // which the stop overtakes
			d.Lifecycle.Stop(nil)
			<-windows.gone
			clickAll(true)
			clicks.Wait()
			return nil
		},
	})
}

// lateClicks are the methods of the program that must fail once it has stopped.
func lateClicks(d app.Desktop, file string) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"list events": func(ctx context.Context) error { _, err := d.History.Events(ctx, relay.Query{}); return err },
		"show event":  func(ctx context.Context) error { _, err := d.History.Event(ctx, "e7"); return err },
		"activity": func(ctx context.Context) error {
			_, err := d.History.Activity(ctx, []time.Time{{}, time.Now()})
			return err
		},
		"export":      func(ctx context.Context) error { return d.History.Export(ctx, file, relay.Query{}, func(int, int) {}) },
		"resend":      func(ctx context.Context) error { _, err := d.Resender.Resend(ctx, "e7"); return err },
		"resend dead": func(ctx context.Context) error { _, err := d.Resender.ResendDead(ctx); return err },
		"post anyway": func(ctx context.Context) error { return d.Resender.PostAnyway(ctx, "e7") },
		"pause":       func(ctx context.Context) error { return d.Bridge.Pause(ctx, time.Time{}) },
		"resume":      func(ctx context.Context) error { return d.Bridge.Resume(ctx, false) },
		"settings": func(ctx context.Context) error {
			return d.Settings.ChangeSettings(ctx, func(s *config.Settings) { s.Label = "a late label" })
		},
		"paste a key": func(ctx context.Context) error {
			return d.Bridge.SaveCredential(ctx, credentials.VastKey, vastKey, nil)
		},
		"paste a Chat URL": func(ctx context.Context) error {
			return d.Bridge.SaveCredential(ctx, credentials.ChatURL, "https://x.test", nil)
		},
		"remove a key":      func(ctx context.Context) error { return d.Bridge.RemoveCredential(ctx, credentials.VastKey) },
		"test from Vast.ai": func(ctx context.Context) error { return d.Bridge.TestFromVast(ctx, nil) },
		"test to Chat":      func(ctx context.Context) error { return d.Bridge.TestToChat(ctx, nil) },
		"replace a webhook": func(ctx context.Context) error { return d.Bridge.Webhooks().ReplaceWebhook(ctx, 1, false) },
		"retry":             func(ctx context.Context) error { return d.Bridge.Perform(ctx, health.ActionRetry) },
		"unlock":            func(ctx context.Context) error { return d.Bridge.Perform(ctx, health.ActionUnlockKeyring) },
		"demo event":        d.Demo.SendDemoEvent,
	}
}
