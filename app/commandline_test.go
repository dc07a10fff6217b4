package app_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"vastrelay/app"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/timeline"
	"vastrelay/relay/googlechat/chattest"
	"vastrelay/relay/winetest"
	"vastrelay/vastapi"
	"vastrelay/vastapi/vasttest"
)

// spoken is what one command came to.
type spoken struct {
	code        int
	out, errors string
}

// command runs one command of the command line, in this process.
func (w *world) command(t *testing.T, args ...string) spoken {
	t.Helper()
	winetest.Needs(t, winetest.LocalSockets)
	var out, errs lockedBuffer
	code := app.Run(t.Context(), app.Invocation{
		Args: append([]string{"--data-dir", w.dir}, args...), Getenv: func(name string) string { return w.env[name] }, Stdout: &out, Stderr: &errs,
		Window: func(context.Context, app.Desktop, bool) error { return errors.New("a command opened a window") },
	})
	return spoken{code, out.String(), errs.String()}
}

// holds fails the test unless the command was done and printed every part.
func (s spoken) holds(t *testing.T, parts ...string) {
	t.Helper()
	if s.code != 0 || s.errors != "" {
		t.Errorf("got exit code %d and errors %q, want it done", s.code, s.errors)
	}
	for _, part := range parts {
		if !strings.Contains(s.out, part) {
			t.Errorf("got %q, want it to hold %q", s.out, part)
		}
	}
}

// spokenJSON runs a command with --json and decodes what it prints.
func spokenJSON[T any](t *testing.T, w *world, args ...string) (value T) {
	t.Helper()
	s := w.command(t, append(args, "--json")...)
	s.holds(t)
	if err := json.Unmarshal([]byte(s.out), &value); err != nil {
		t.Errorf("got %q: %v", s.out, err)
	}
	return value
}

func TestStatusOfARunningCopy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if s := w.command(t, "status"); s.code != 3 || !strings.Contains(s.errors, w.dir) || s.out != "" {
		t.Errorf("got %+v, want code 3 and the folder that was tried", s)
	}
	c := w.start(t, nil)
	c.reach(status.Relaying)
	w.command(t, "status").holds(t, "Relaying to Google Chat", "https://"+publicHost, "webhook  ok")
	page, _ := c.snapshot()
	if got := spokenJSON[status.Status](t, w, "status"); got.Phase != page.Phase || got.Headline != page.Headline || len(got.Hops) != len(page.Hops) || got.Build != page.Build {
		t.Errorf("got %+v, want what /status says: %+v", got, page)
	}
	c.stop()
	if s := w.command(t, "status"); s.code != 3 {
		t.Errorf("after the stop: got %+v, want code 3", s)
	}
}

func TestEventsOfARunningCopy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.start(t, nil)
	c.reach(status.Relaying)
	id := w.emit(t, vasttest.Emission{Subject: "Outbid on the command line"})
	eventually(t, "the event is posted, as far as the program knows", func() bool {
		return strings.Contains(w.command(t, "events", "--outcome", "posted").out, id)
	})
	w.command(t, "events").holds(t, id, "posted", "Outbid on the command line")
	w.command(t, "events", "--search", "nothing of the kind").holds(t, "No event matches.")
	w.command(t, "show", id[:8]).holds(t, "Outbid on the command line", "Attempt 1: posted")
	if got := spokenJSON[timeline.Record](t, w, "show", id); got.ID != id || len(got.Payload) == 0 {
		t.Errorf("got %+v, want the event with its payload", got)
	}
}

func TestEventsAreExportedByACommand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start(t, nil).reach(status.Relaying)
	ids := []string{w.emit(t, vasttest.Emission{Subject: "=SUM(A1)"}), w.emit(t, vasttest.Emission{Subject: "second"})}
	sheet := filepath.Join(t.TempDir(), "events.csv")
	w.command(t, "export", sheet).holds(t, "2 events are in "+sheet)
	if rows, err := csv.NewReader(strings.NewReader(read(t, sheet))).ReadAll(); err != nil || len(rows) != 3 || !slices.Contains(rows[2], "'=SUM(A1)") {
		t.Errorf("got rows %q, %v, want a header and two events, of which none is a formula", rows, err)
	}
	lines := w.command(t, "export", "-", "--search", "second")
	lines.holds(t, ids[1], `"payload":{`)
	if strings.Contains(lines.out, ids[0]) || strings.Count(lines.out, "\n") != 1 {
		t.Errorf("got %q, want the one event that was searched for", lines.out)
	}
}

func TestWebhooksAreSettledByCommands(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.start(t, nil)
	c.reach(status.Relaying)
	hook := w.hooks()[0]
	theirs := w.vast.SeedWebhook(w.account, vastapi.NewWebhook{URL: "https://other.example.net/hook", EventTypes: []string{"client:outbid"}, Name: "theirs"})
	w.command(t, "webhooks").holds(t, strconv.FormatInt(hook.ID, 10)+"  (of this program)", hook.URL, "theirs", "https://other.example.net/hook")
	w.command(t, "webhooks", "confirm").holds(t, "Nothing to do")
	w.command(t, "webhooks", "replace", fmt.Sprint(theirs)).holds(t, "Nothing to do")
	w.command(t, "webhooks", "restore").holds(t, "Nothing to do")
	w.command(t, "webhooks", "switch-on").holds(t, "Switched on.")
	if got := len(w.hooks()); got != 2 {
		t.Errorf("got %d webhooks, want both as they were", got)
	}
}

func TestOurWebhooksAreDeletedByACommand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.start(t, nil)
	c.reach(status.Relaying)
	theirs := w.vast.SeedWebhook(w.account, vastapi.NewWebhook{URL: "https://other.example.net/hook", EventTypes: []string{"client:outbid"}, Name: "theirs"})
	if s := w.command(t, "webhooks", "clean-up"); s.code != 2 || len(w.hooks()) != 2 {
		t.Errorf("without --yes: got %+v and %d webhooks, want it refused", s, len(w.hooks()))
	}
	w.command(t, "webhooks", "clean-up", "--yes").holds(t, "1 webhook was deleted")
	if hooks := w.hooks(); len(hooks) != 1 || hooks[0].ID != theirs {
		t.Errorf("got webhooks %+v, want the one of somebody else", hooks)
	}
}

// TestAWebhookOfOthersIsReplacedByACommand needs a copy with a window: without one,
// the program does not start where a person must choose.
func TestAWebhookOfOthersIsReplacedByACommand(t *testing.T) {
	t.Parallel()
	winetest.Needs(t, winetest.LocalSockets)
	w := newWorld(t)
	var ids []int64
	for i := range 4 {
		ids = append(ids, w.vast.SeedWebhook(w.account, vastapi.NewWebhook{URL: fmt.Sprintf("https://other%d.example.net/hook", i), EventTypes: []string{"client:outbid"}, Name: "theirs"}))
	}
	w.desktop(t, nil, func(_ context.Context, d app.Desktop) {
		await(t, d, "a choice", func(s status.Status) bool { return s.Action == health.ActionChooseWebhook })
		w.command(t, "status").holds(t, "This helps: vastrelay webhooks")
		w.command(t, "webhooks", "replace", fmt.Sprint(ids[2])).holds(t, "The webhook is replaced.")
		await(t, d, "relaying", inPhase(status.Relaying))
		hooks := w.hooks()
		if len(hooks) != 4 || !slices.ContainsFunc(hooks, func(h vastapi.Webhook) bool { return h.ID == ids[2] && strings.Contains(h.URL, publicHost) }) {
			t.Errorf("got webhooks %+v, want the third to be ours now", hooks)
		}
	})
}

func TestPostingIsControlledByCommands(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start(t, nil).reach(status.Relaying)
	w.command(t, "pause", "--for", "2h").holds(t, "Posting is paused until")
	w.command(t, "status").holds(t, "Paused until")
	w.emit(t, vasttest.Emission{Subject: "held by a command"})
	eventually(t, "the event is held", func() bool { return strings.Contains(w.command(t, "status").out, "1 event is held") })
	if n := w.count("held by a command"); n != 0 {
		t.Errorf("got %d messages while paused, want none", n)
	}
	w.command(t, "resume").holds(t, "1 message was held and goes out now")
	eventually(t, "the event stands in Chat", func() bool { return w.count("held by a command") == 1 })
	w.command(t, "resume").holds(t, "was not paused")
}

func TestEventsArePostedAgainByCommands(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start(t, nil).reach(status.Relaying)
	id := w.emit(t, vasttest.Emission{Subject: "twice by a command"})
	eventually(t, "the event is posted, as far as the program knows", func() bool {
		return strings.Contains(w.command(t, "events", "--outcome", "posted").out, id)
	})
	w.command(t, "resend", id[:12]).holds(t, "1 message was put in line")
	eventually(t, "it stands in Chat a second time", func() bool { return w.count("twice by a command") == 2 })
	w.command(t, "pause").holds(t, "paused")
	w.command(t, "resend", id).holds(t, "it is held until posting goes on")
	w.command(t, "resume").holds(t, "1 message was held and goes out now")
	eventually(t, "it stands in Chat a third time", func() bool { return w.count("twice by a command") == 3 })
	w.command(t, "resend", "--dead").holds(t, "nothing left")
	if s := w.command(t, "post-anyway", id); s.code != 1 || !strings.Contains(s.errors, "did not come too late") {
		t.Errorf("got %+v, want to be told that it was not late", s)
	}
}

func TestATestIsFollowedByACommand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start(t, nil).reach(status.Relaying)
	w.command(t, "test", "vast").holds(t, "✓ Asking Vast.ai", "✓ Arrived here", "✓ Signature", "✓ Posting to Google Chat: Posted")
	w.command(t, "test", "chat").holds(t, "✓ Posting to Google Chat: Posted")
	eventually(t, "both tests stand in Chat", func() bool { return len(w.texts()) == 2 })
}

func TestTheDoctorNamesTheHopThatFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start(t, nil).reach(status.Relaying)
	w.command(t, "doctor").holds(t, "✓ Credentials", "✓ Vast.ai key", "✓ Delivery from Vast.ai", "✓ Google Chat", "Everything works.")
	w.command(t, "doctor", "--report").holds(t, "Vast Relay", "passed")
	w.vast.RevokeKey(vastKey)
	s := w.command(t, "doctor")
	if s.code != 1 || s.errors != "" || !strings.Contains(s.out, "✗ Vast.ai key") || !strings.Contains(s.out, "API key was refused") || strings.Contains(s.out, vastKey) {
		t.Errorf("got %+v, want code 1, the hop and the cause", s)
	}
	var answer struct{ Failing string }
	if s := w.command(t, "doctor", "--json"); s.code != 1 || json.Unmarshal([]byte(s.out), &answer) != nil || answer.Failing != "key" {
		t.Errorf("got %+v, want code 1 and the check", s)
	}
}

func TestCatchingUpByACommand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start(t, nil).reach(status.Relaying)
	w.command(t, "catch-up").holds(t, "Vast.ai's inbox holds no event")
}

// TestTwoCommandsAtOnce has one command wait for the other where the program lets
// one at a time through, and else none.
func TestTwoCommandsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start(t, nil).reach(status.Relaying)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() { w.command(t, "status").holds(t, "https://"+publicHost) })
		group.Go(func() { w.command(t, "pause").holds(t, "paused") })
		group.Go(func() { w.command(t, "events").holds(t) })
	}
	group.Wait()
	w.command(t, "status").holds(t, "Paused")
}

func TestAStopEndsACommand(t *testing.T) {
	t.Parallel()
	winetest.Needs(t, winetest.LocalSockets)
	w := newWorld(t)
	c := w.start(t, nil)
	c.reach(status.Relaying)
	w.chat.SetFault(chattest.StoreThenHang)
	ended := make(chan spoken, 1)
	go func() { ended <- w.command(t, "test", "chat") }()
	eventually(t, "the test is under way", func() bool { return len(w.texts()) > 0 })
	if code, took := c.stop(); code != 0 || took > stopLimit {
		t.Errorf("got exit code %d after %v, want 0 within %v", code, took, stopLimit)
	}
	if s := <-ended; s.code != 1 || !strings.Contains(s.errors, "has just stopped") {
		t.Errorf("got %+v, want to be told that the program stopped", s)
	}
}

func TestCommandsSpeakToACopyWithAWindow(t *testing.T) {
	t.Parallel()
	winetest.Needs(t, winetest.LocalSockets)
	w := newWorld(t)
	w.desktop(t, nil, func(_ context.Context, d app.Desktop) {
		await(t, d, "relaying", inPhase(status.Relaying))
		w.command(t, "status").holds(t, "Relaying to Google Chat")
	})
}

func TestTheCommandLineBeforeACommand(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		args []string
		code int
		says string
	}{
		"a flag of the start":                 {[]string{"--headless", "status"}, 2, "--headless"},
		"a flag of the start with a value":    {[]string{"--status-addr", "127.0.0.1:0", "status"}, 2, "--status-addr"},
		"a command that is not there":         {[]string{"teleport"}, 2, "teleport"},
		"the folder behind the command":       {[]string{"status", "--data-dir", "/nowhere/at/all"}, 3, "/nowhere/at/all"},
		"the demo, which has its own folder":  {[]string{"status", "--demo"}, 3, "-demo"},
		"the folder of the demo, named first": {[]string{"--demo", "status"}, 3, "-demo"},
		"help that was asked for":             {[]string{"--help"}, 0, "Usage:"},
		"help for a command":                  {[]string{"help", "status"}, 0, "vastrelay status"},
		"one dash, as package flag takes it":  {[]string{"-help"}, 0, "Usage:"},
		"an unknown flag":                     {[]string{"--demo", "--teleport=now", "status"}, 2, "vastrelay: There is no flag --teleport. Run"},
		"a flag without its value":            {[]string{"--demo", "--log-level"}, 2, "vastrelay: The flag --log-level needs a value. Run"},
		"a folder without a name":             {[]string{"--headless", "--data-dir", ""}, 2, "vastrelay: The flag --data-dir needs a value. Run"},
		"one for a command":                   {[]string{"--data-dir=", "status"}, 2, "vastrelay: The flag --data-dir needs a value. Run"},
		"one behind a command":                {[]string{"status", "--data-dir", ""}, 2, "vastrelay: The flag --data-dir needs a value. Run"},
		"a value that a flag does not take":   {[]string{"-log-level", "loud", "status"}, 2, `vastrelay: The flag --log-level does not take "loud". Run`},
		"a value behind an equals sign":       {[]string{"--hidden=maybe"}, 2, `The flag --hidden does not take "maybe".`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			s := w.command(t, tt.args...)
			said, silent := s.out, s.errors
			if tt.code != 0 {
				said, silent = silent, said
			}
			if s.code != tt.code || !strings.Contains(said, tt.says) || silent != "" {
				t.Errorf("got %+v, want code %d and %q", s, tt.code, tt.says)
			}
		})
	}
}

func TestTheFoldersOfACommandWithoutTheFlag(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("there is one folder on Windows, and no service manager that names another")
	}
	home := t.TempDir()
	for name, tt := range map[string]struct {
		env  map[string]string
		want []string
	}{
		"a home folder":                   {map[string]string{"HOME": home}, []string{"/vastrelay", "/var/lib/vastrelay"}},
		"a folder of the service manager": {map[string]string{"HOME": home, "STATE_DIRECTORY": home}, []string{home, "/var/lib/vastrelay"}},
		"no home folder":                  {nil, []string{"/var/lib/vastrelay"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, errs lockedBuffer
			code := app.Run(t.Context(), app.Invocation{
				Args: []string{"status", "--json"}, Getenv: func(name string) string { return tt.env[name] }, Stdout: &out, Stderr: &errs,
			})
			if code != 3 {
				t.Fatalf("got exit code %d, %q", code, errs.String())
			}
			for _, folder := range tt.want {
				if !strings.Contains(out.String(), folder+`"`) {
					t.Errorf("got %q, want %s among the folders", out.String(), folder)
				}
			}
		})
	}
}

// TestACommandOfWhichNobodyReadsTheOutputEnds writes to a pipe that is full, and
// asks the program to stop.
func TestACommandOfWhichNobodyReadsTheOutputEnds(t *testing.T) {
	t.Parallel()
	winetest.Needs(t, winetest.LocalSockets)
	w := newWorld(t)
	w.start(t, nil).reach(status.Relaying)
	reader, writer := io.Pipe()
	defer func() { _ = reader.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	var errs lockedBuffer
	code := app.Run(ctx, app.Invocation{Args: []string{"status", "--data-dir", w.dir}, Getenv: func(string) string { return "" }, Stdout: writer, Stderr: &errs})
	if code != 1 {
		t.Errorf("got exit code %d, %q, want 1", code, errs.String())
	}
}

func TestTheManualKnowsEveryFlagAndCommand(t *testing.T) {
	root := app.CommandLine()
	for _, name := range []string{"headless", "data-dir", "log-level"} {
		if root.Flags().Lookup(name) == nil && root.PersistentFlags().Lookup(name) == nil {
			t.Errorf("the flag --%s is missing", name)
		}
	}
	if c, _, err := root.Find([]string{"status"}); err != nil || c.Name() != "status" {
		t.Errorf("got %v, %v, want the command status", c, err)
	}
}
