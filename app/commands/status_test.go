package commands

import (
	"strings"
	"testing"
	"time"

	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/words"
)

func TestStatus(t *testing.T) {
	now := time.Now()
	p := quiet()
	p.Status = func() status.Status {
		return status.Status{
			Phase: status.Attention, Headline: words.Verbatim("The API key was refused"), Cause: words.Verbatim("Make a new one."), Address: "https://example.ngrok-free.app",
			Space: "AAAA", Label: "Ops", Since: now, Overrides: []string{"VAST_URL"}, Notice: words.Verbatim("the history is nearly full"),
			Hops: []health.Hop{
				{Name: health.HopKeyring, State: health.HopOK, Detail: words.Verbatim("The credentials are in the keyring.")},
				{Name: health.HopVast, State: health.HopFailing, Detail: words.Verbatim("The API key was refused"), Next: words.Verbatim("Make a new one.")},
			},
		}
	}
	dir := serve(t, p)
	r := run(t, []string{dir}, "status")
	r.want(t, ExitDone, "The API key was refused\nMake a new one.\n\n",
		"keyring  ok       The credentials are in the keyring.\nvast     failing  The API key was refused. Make a new one.\n",
		"address    https://example.ngrok-free.app\nspace      Ops (AAAA)\n", "overrides  VAST_URL\n", "notice     the history is nearly full\n")
	if strings.Contains(r.out, "\x1b") {
		t.Errorf("got %q, want no control characters", r.out)
	}
	s := decode[statusAnswer](t, run(t, []string{dir}, "status", "--json"), ExitDone)
	if s.Phase != status.Attention || s.Headline.IsZero() || len(s.Hops) != 2 || s.Hops[1].Next.IsZero() || !s.Since.Equal(now) {
		t.Errorf("got %+v, want all of it", s)
	}
}

func TestTheStatusSaysThatPostingIsPausedWhereTheFirstLineDoesNot(t *testing.T) {
	now := time.Now()
	for want, s := range map[string]status.Status{
		"posting  Paused\n":      {Phase: status.Attention, PausedSince: now},
		"posting  Paused until ": {Phase: status.Standby, PausedSince: now, PausedUntil: now.Add(time.Hour)},
		"":                       {Phase: status.Paused, PausedSince: now},
	} {
		s.Headline = words.Verbatim("x")
		p := quiet()
		p.Status = func() status.Status { return s }
		r := run(t, []string{serve(t, p)}, "status")
		if !strings.Contains(r.out, want) || want == "" && strings.Contains(r.out, "posting") {
			t.Errorf("%s: got %q, want %q", s.Phase, r.out, want)
		}
	}
}

func TestTheStatusSaysWhichCommandHelps(t *testing.T) {
	known := map[string]bool{}
	for _, c := range list() {
		known["vastrelay "+c.name] = true
	}
	for action, want := range map[health.Action]bool{
		health.ActionResume: true, health.ActionEnableChannels: true, health.ActionReviewEdit: true, health.ActionChooseWebhook: true,
		health.ActionConfirmSettings: true, health.ActionReplaceKey: false, health.ActionNone: false,
	} {
		p := quiet()
		p.Status = func() status.Status { return status.Status{Headline: words.Verbatim("x"), Action: action} }
		dir := serve(t, p)
		helps := decode[statusAnswer](t, run(t, []string{dir}, "status", "--json"), ExitDone).Helps
		if (helps != "") != want || want && !known[helps] {
			t.Errorf("%s: got %q, want a command: %v", action, helps, want)
		}
		if r := run(t, []string{dir}, "status"); strings.Contains(r.out, "This helps: vastrelay ") != want {
			t.Errorf("%s: got %q, want it to name a command: %v", action, r.out, want)
		}
	}
}

func TestTheStatusAndTheHelpSpeakOneLanguage(t *testing.T) {
	p := quiet()
	p.Status = func() status.Status {
		s := status.Status{Headline: words.Verbatim("x")}
		for _, state := range []health.HopState{
			health.HopOK, health.HopWorking, health.HopFailing, health.HopMissing, health.HopUnavailable, health.HopUntested, health.HopIdle,
		} {
			for _, name := range health.HopNames() {
				s.Hops = append(s.Hops, health.Hop{Name: name, State: state})
			}
		}
		return s
	}
	dir := serve(t, p)
	words.Use(words.Languages()[1])
	t.Cleanup(func() { words.Use(words.English()) })
	r := run(t, []string{dir}, "status")
	for _, english := range []string{"keyring", "vast ", "address", "webhook", "chat", "  ok", "working", "failing", "missing", "unavailable", "untested", "idle"} {
		if strings.Contains(r.out, english) {
			t.Errorf("got %q, want no %q in German", r.out, english)
		}
	}
	r.want(t, ExitDone, "Schlüsselbund  in Ordnung\n", "Chat           noch nicht geprüft\n")
	for _, args := range [][]string{{"--help"}, {"show", "--help"}} {
		if r := run(t, nil, args...); strings.Contains(r.out, "[flags]") || !strings.Contains(r.out, "[Optionen]") {
			t.Errorf("%q: got %q, want what can be left out in German", args, r.out)
		}
	}
}
