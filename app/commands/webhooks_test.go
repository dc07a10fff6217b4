package commands

import (
	"slices"
	"testing"

	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/words"
)

func TestWebhooksAreListed(t *testing.T) {
	d := &deeds{others: []status.Webhook{{ID: 7, Name: "theirs \x1b[1m", URL: "https://other.example.net/hook", Types: []string{"client:outbid"}}}}
	p := doing(d, &history{})
	ours := status.Webhook{ID: 12, Role: "client", URL: "https://us.example.net/vast/client", Types: []string{"client:outbid", "client:low_credit"}}
	p.Status = func() status.Status { return status.Status{Webhooks: []status.Webhook{ours}} }
	dir := serve(t, p)
	run(t, []string{dir}, "webhooks").want(t, ExitDone, "12  (of this program)  2      https://us.example.net/vast/client\n7   theirs             1      https://other.example.net/hook\n")
	got := decode[webhooksAnswer](t, run(t, []string{dir}, "webhooks", "--json"), ExitDone)
	if len(got.Webhooks) != 2 || !got.Webhooks[0].Ours || got.Webhooks[0].ID != 12 || got.Webhooks[1].Ours || len(got.Webhooks[0].Types) != 2 {
		t.Errorf("got %+v, want ours and theirs", got)
	}
	ours.Edited = &status.Edit{URL: "https://elsewhere.example.net", Added: []string{"client:idle_gpu"}, Renamed: true}
	run(t, []string{dir}, "webhooks").want(t, ExitDone, "Somebody changed the address, the events and the name of webhook 12", "webhooks restore")
	d.err = health.New(health.VastUnreachable)
	run(t, []string{dir}, "webhooks").want(t, ExitFailed, "Vast.ai cannot be reached")

	nobody := serve(t, doing(&deeds{}, &history{}))
	run(t, []string{nobody}, "webhooks").want(t, ExitDone, "There is no webhook at Vast.ai.")
	if got := decode[webhooksAnswer](t, run(t, []string{nobody}, "webhooks", "--json"), ExitDone); got.Webhooks == nil {
		t.Errorf("got %+v, want an empty list", got)
	}
}

func TestChoicesAboutWebhooks(t *testing.T) {
	hook := status.Webhook{ID: 12}
	edited := status.Webhook{ID: 12, Edited: &status.Edit{Renamed: true}}
	full := []health.Hop{{Name: health.HopWebhook, State: health.HopFailing, Action: health.ActionChooseWebhook}}
	for name, tt := range map[string]struct {
		line   []string
		status status.Status
		deeds  deeds
		code   int
		says   string
		did    string
	}{
		"switching on":                        {[]string{"switch-on"}, status.Status{Webhooks: []status.Webhook{hook}}, deeds{}, 0, "Switched on.", "enable_channels"},
		"taking theirs":                       {[]string{"take-theirs"}, status.Status{Webhooks: []status.Webhook{edited}}, deeds{}, 0, "The changes are kept.", "take theirs"},
		"taking theirs when nothing changed":  {[]string{"take-theirs"}, status.Status{Webhooks: []status.Webhook{hook}}, deeds{}, 0, "Nothing to do", ""},
		"restoring ours":                      {[]string{"restore"}, status.Status{Webhooks: []status.Webhook{edited}}, deeds{}, 0, "as before", "restore"},
		"restoring ours when nothing changed": {[]string{"restore"}, status.Status{}, deeds{}, 0, "Nothing to do", ""},
		"replacing one of four":               {[]string{"replace", "7"}, status.Status{Hops: full}, deeds{}, 0, "is replaced", "replace 7"},
		"replacing one without need":          {[]string{"replace", "7"}, status.Status{}, deeds{}, 0, "Nothing to do", ""},
		"replacing one that is refused":       {[]string{"replace", "7"}, status.Status{Hops: full}, deeds{err: health.New(health.WebhookGone)}, 1, "The webhook is gone", "replace 7"},
		"replacing what is no webhook":        {[]string{"replace", "theirs"}, status.Status{Hops: full}, deeds{}, 2, "theirs is not the id", ""},
		"replacing nothing":                   {[]string{"replace"}, status.Status{Hops: full}, deeds{}, 2, "vastrelay webhooks replace ID", ""},
		"confirming restored settings":        {[]string{"confirm"}, status.Status{}, deeds{unsure: true}, 0, "are used from now on", "confirm_settings"},
		"confirming confirmed settings":       {[]string{"confirm"}, status.Status{}, deeds{}, 0, "Nothing to do", ""},
		"something else":                      {[]string{"burn"}, status.Status{}, deeds{}, 2, `no command "burn"`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := tt.deeds
			p := doing(&d, &history{})
			p.Status = func() status.Status { return tt.status }
			dir := serve(t, p)
			line := append([]string{"webhooks"}, tt.line...)
			run(t, []string{dir}, line...).want(t, tt.code, tt.says)
			if want := []string{tt.did}; tt.did != "" && !slices.Equal(d.done, want) || tt.did == "" && len(d.done) > 0 {
				t.Errorf("got %q done, want %q", d.done, want)
			}
			if tt.code == ExitDone {
				if got := decode[doneAnswer](t, run(t, []string{dir}, append(line, "--json")...), ExitDone); got.Done != (tt.did != "") {
					t.Errorf("got %+v, want it done: %v", got, tt.did != "")
				}
			}
		})
	}
}

func TestCleanUp(t *testing.T) {
	d := &deeds{steps: []health.Step{{Name: words.Verbatim("Deleting the webhooks"), State: health.StepDone, Text: words.Verbatim("2 webhooks were deleted.")}}}
	dir := serve(t, doing(d, &history{}))
	run(t, []string{dir}, "webhooks", "clean-up").want(t, ExitWrongUse, "cannot be undone", "--yes")
	run(t, []string{dir}, "webhooks", "clean-up", "--data", "--secrets").want(t, ExitWrongUse, "--yes")
	if len(d.done) > 0 {
		t.Fatalf("got %q done without --yes", d.done)
	}
	run(t, []string{dir}, "webhooks", "clean-up", "--yes").want(t, ExitDone, "✓ Deleting the webhooks: 2 webhooks were deleted\n")
	run(t, []string{dir}, "webhooks", "clean-up", "--yes", "--data", "--secrets").want(t, ExitDone)
	if want := []string{"test clean-up, secrets: false, data: false", "test clean-up, secrets: true, data: true"}; !slices.Equal(d.done, want) {
		t.Errorf("got %q done, want %q", d.done, want)
	}
}
