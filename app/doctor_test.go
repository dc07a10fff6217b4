package app_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"vastrelay/app"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/relay/googlechat/chattest"
)

// TestTheDoctorNamesTheBrokenHop breaks one outside system after the other under the
// running program.
func TestTheDoctorNamesTheBrokenHop(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	code, said := w.desktop(t, nil, func(ctx context.Context, d app.Desktop) {
		await(t, d, "relaying", inPhase(status.Relaying))
		examine := func(broken, fails string) health.Report {
			t.Helper()
			var steps recorder
			r, err := d.Support.Doctor.Examine(ctx, steps.report)
			if err != nil {
				t.Fatal(err)
			}
			if f, _ := r.Failing(); f.Code != fails {
				t.Errorf("%s: got %q failing, want %q:\n%s", broken, f.Code, fails, &steps)
			}
			return r
		}
		r := examine("nothing", "")
		if len(r.Findings) != 9 {
			t.Errorf("got %d findings, want one for each of nine checks", len(r.Findings))
		}
		text := d.Support.Doctor.Text(r)
		for _, secret := range []string{vastKey, ngrokToken, "key=", "token=", publicHost} {
			if strings.Contains(text, secret) {
				t.Errorf("got a report that holds %q:\n%s", secret, text)
			}
		}
		if got := len(w.texts()); got != 1 {
			t.Errorf("got %d messages, want the one test: %q", got, w.texts())
		}

		w.vast.RemoveWebhook(w.hooks()[0].ID)
		examine("the webhook", "webhooks")

		w.edge.SetDown(true)
		await(t, d, "the lost link", func(s status.Status) bool { return s.Hop(health.HopAddress).State != health.HopOK })
		examine("the tunnel", "tunnel")
		w.edge.SetDown(false)
		await(t, d, "the link and a webhook again", func(s status.Status) bool {
			hooks := w.hooks()
			return s.Phase == status.Relaying && len(hooks) == 1 && s.Webhooks[0].ID == hooks[0].ID
		})

		w.chat.SetFault(chattest.AppsOff)
		examine("the space", "chat")

		w.vast.RevokeKey(vastKey)
		examine("the key", "key")
	})
	if code != 0 {
		t.Errorf("got exit code %d: %s", code, said)
	}
}

func TestTheDoctorStartsACopyWhereNoneRuns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	doctor := func(want int, says string) {
		t.Helper()
		var out, errs bytes.Buffer
		code := app.Run(t.Context(), app.Invocation{
			Args: []string{"--data-dir", w.dir, "doctor"}, Getenv: func(name string) string { return w.env[name] }, Stdout: &out, Stderr: &errs,
		})
		if code != want || !strings.Contains(out.String(), says) {
			t.Errorf("got exit code %d, %q and %q, want %d and %q", code, out.String(), errs.String(), want, says)
		}
	}
	doctor(0, "Everything works.")
	if got := w.edge.Online(); len(got) != 0 {
		t.Errorf("got %v online, want the copy stopped after the checks", got)
	}
	w.vast.RevokeKey(vastKey)
	doctor(1, "✗ Vast.ai key")
}
