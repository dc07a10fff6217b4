package commands

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// changing finds what differs between two runs: times, and folders of the test.
var changing = regexp.MustCompile(`"[0-9]{4}-[0-9-]+T[0-9:.]+(Z|[+-][0-9:]+)"|"/[^"]*/`)

// TestJSONShapes compares what programs read with what it was: members keep their
// names and meaning. UPDATE_GOLDEN=1 accepts what it is.
func TestJSONShapes(t *testing.T) {
	d := &deeds{
		posts: 2, waiting: 3, paused: relay.Pause{Since: time.Now()},
		steps:  []health.Step{{Name: words.Verbatim("Asking Vast.ai"), State: health.StepDone, Took: 600 * time.Millisecond, Text: words.Verbatim("Asked.")}},
		others: []status.Webhook{{ID: 7, Name: "theirs", URL: "https://other.example.net/hook", Types: []string{"client:outbid"}}},
	}
	d.found = health.Report{At: time.Now(), Findings: []health.Finding{
		{Code: "disk", Name: words.Verbatim("Disk"), State: health.Passed, Took: time.Millisecond, Text: words.Verbatim("Events can be written to disk.")},
		{Code: "key", Name: words.Verbatim("Vast.ai key"), State: health.Failed, Text: words.Verbatim("The Vast.ai API key was refused"), Problem: health.New(health.VastKeyRefused)},
	}}
	h := manyEvents(2)
	h.events[0].MayRepeat, h.events[0].CaughtUp = true, true
	p := doing(d, h)
	p.Status = func() status.Status {
		return status.Status{
			Phase: status.Paused, Headline: words.Verbatim("Paused"), Cause: words.Verbatim("Events are still received."), Action: health.ActionResume, Since: time.Now(),
			Webhooks: []status.Webhook{{ID: 12, Role: relay.RoleClient, URL: "https://us.example.net/vast/client", Types: []string{"client:outbid"}, Edited: &status.Edit{Renamed: true}}},
			Gaps: status.Gaps{
				Last:  []status.Gap{{Start: time.Now(), End: time.Now(), Cause: relay.GapSleep, MayLose: true, CaughtUp: 3, Text: words.Verbatim("Not reachable.")}},
				Ended: map[relay.GapCause]uint64{relay.GapSleep: 1}, Seconds: 1140, CaughtUp: 3,
			},
			Hops: []health.Hop{{Name: health.HopChat, State: health.HopUntested, Detail: words.Verbatim("Nothing yet.")}},
		}
	}
	dir := serve(t, p)
	lines := asking()
	delete(lines, "status") // the tests of app/metrics hold what GET /status answers
	lines["events"] = []string{"events", "--limit", "1"}
	lines["export"] = []string{"export", filepath.Join(t.TempDir(), "events.csv")}
	lines["pause"] = []string{"pause", "--for", "1h"}
	lines["an error"] = []string{"show", "ffff"}
	for name, line := range lines {
		t.Run(name, func(t *testing.T) {
			r := run(t, []string{dir}, append(line, "--json")...)
			if want := name == "an error" || name == "doctor"; r.errors != "" || (r.code == ExitFailed) != want {
				t.Errorf("got %+v, want it done: %v", r, !want)
			}
			got := changing.ReplaceAllStringFunc(r.out, func(found string) string {
				if strings.HasSuffix(found, `"`) {
					return `"…"`
				}
				return `"…/`
			})
			golden := filepath.Join("testdata", "json", strings.ReplaceAll(name, " ", "-")+".json")
			if os.Getenv("UPDATE_GOLDEN") == "1" {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden) // #nosec G304 -- the test's own
			if err != nil || got != string(want) {
				t.Errorf("got\n%s\nwant (%v)\n%s", got, err, want)
			}
		})
	}
}
