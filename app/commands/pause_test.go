package commands

import (
	"slices"
	"testing"
	"time"

	"vastrelay/app/health"
	"vastrelay/relay"
)

func TestPauseAndResume(t *testing.T) {
	paused := relay.Pause{Since: time.Now()}
	for name, tt := range map[string]struct {
		line   []string
		deeds  deeds
		held   int
		code   int
		says   string
		did    string
		result pauseAnswer
	}{
		"until it is resumed":       {[]string{"pause"}, deeds{}, 0, 0, "paused until you resume", "pause", pauseAnswer{Paused: true}},
		"for a while":               {[]string{"pause", "--for", "90m"}, deeds{}, 2, 0, "Posting is paused until ", "pause for 1h30m0s", pauseAnswer{Paused: true, Held: 2}},
		"for days":                  {[]string{"pause", "--for=2d"}, deeds{}, 0, 0, "Posting is paused until ", "pause for 48h0m0s", pauseAnswer{Paused: true}},
		"once more":                 {[]string{"pause"}, deeds{paused: paused}, 0, 0, "paused until you resume", "pause", pauseAnswer{Paused: true, Was: true}},
		"for no time":               {[]string{"pause", "--for", "0s"}, deeds{}, 0, 2, "not a span", "", pauseAnswer{}},
		"until a date":              {[]string{"pause", "--for", "2026-01-01"}, deeds{}, 0, 2, "not a span", "", pauseAnswer{}},
		"a disk that refuses":       {[]string{"pause"}, deeds{err: health.New(health.DiskRefuses)}, 0, 1, "cannot be written", "pause", pauseAnswer{}},
		"going on":                  {[]string{"resume"}, deeds{paused: paused}, 2, 0, "2 messages were held and go out now", "resume, keep: false", pauseAnswer{Was: true, Held: 2}},
		"going on with nothing":     {[]string{"resume"}, deeds{paused: paused}, 0, 0, "nothing was held", "resume, keep: false", pauseAnswer{Was: true}},
		"going on without the held": {[]string{"resume", "--keep"}, deeds{paused: paused}, 1, 0, "1 message that was held is kept", "resume, keep: true", pauseAnswer{Was: true, Held: 1}},
		"going on without a pause":  {[]string{"resume"}, deeds{}, 3, 0, "was not paused", "resume, keep: false", pauseAnswer{Held: 3}},
	} {
		t.Run(name, func(t *testing.T) {
			d := tt.deeds
			p := doing(&d, &history{})
			d.waiting = tt.held
			dir := serve(t, p)
			run(t, []string{dir}, tt.line...).want(t, tt.code, tt.says)
			if want := []string{tt.did}; tt.did != "" && !slices.Equal(d.done, want) || tt.did == "" && len(d.done) > 0 {
				t.Errorf("got %q done, want %q", d.done, want)
			}
			if tt.code == ExitDone {
				got := decode[pauseAnswer](t, run(t, []string{dir}, append(tt.line, "--json")...), ExitDone)
				if got.Until.IsZero() != (len(tt.line) == 1 || tt.line[0] == "resume") {
					t.Errorf("got the end %v", got.Until)
				}
				if got.Until = (time.Time{}); got != tt.result {
					t.Errorf("got %+v, want %+v", got, tt.result)
				}
			}
		})
	}
}
