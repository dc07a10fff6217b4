package commands

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"vastrelay/app/health"
	"vastrelay/relay"
)

func TestResend(t *testing.T) {
	for name, tt := range map[string]struct {
		line   []string
		deeds  deeds
		code   int
		says   string
		did    string
		result resendAnswer
	}{
		"one event by its id":             {[]string{"resend", "%0"}, deeds{posts: 1}, 0, "1 message was put in line to be posted.", "resend %0", resendAnswer{Posts: 1}},
		"several by how their ids begin":  {[]string{"resend", "00000000000000000000000000000002", "%0"}, deeds{posts: 2}, 0, "2 messages were", "resend %1 %0", resendAnswer{Posts: 2}},
		"one that is on its way":          {[]string{"resend", "%0"}, deeds{}, 0, "on its way already", "resend %0", resendAnswer{}},
		"while posting is paused":         {[]string{"resend", "%0"}, deeds{posts: 1, paused: relay.Pause{Since: time.Now()}}, 0, "held until posting goes on", "resend %0", resendAnswer{1, true}},
		"everything that was given up":    {[]string{"resend", "--dead"}, deeds{posts: 3}, 0, "3 messages", "resend the dead", resendAnswer{Posts: 3}},
		"nothing was given up":            {[]string{"resend", "--dead"}, deeds{}, 0, "nothing left", "resend the dead", resendAnswer{}},
		"one of two is not there":         {[]string{"resend", "%0", "ffff"}, deeds{}, 1, "There is no such event", "", resendAnswer{}},
		"one was never to be posted":      {[]string{"resend", "%0", "%2"}, deeds{}, 1, "was never to be posted", "", resendAnswer{}},
		"it cannot be done":               {[]string{"resend", "%0"}, deeds{err: health.New(health.ChatURLMissing)}, 1, "no Google Chat webhook URL", "resend %0", resendAnswer{}},
		"neither ids nor --dead":          {[]string{"resend"}, deeds{}, 2, "vastrelay resend ID... | --dead", "", resendAnswer{}},
		"both ids and --dead":             {[]string{"resend", "%0", "--dead"}, deeds{}, 2, "vastrelay resend ID... | --dead", "", resendAnswer{}},
		"a late event":                    {[]string{"post-anyway", "%2"}, deeds{}, 0, "1 message was put in line", "post %2 anyway", resendAnswer{Posts: 1}},
		"an event that is not late":       {[]string{"post-anyway", "%0"}, deeds{err: health.New(health.EventNotLate)}, 1, "did not come too late", "post %0 anyway", resendAnswer{}},
		"a late event that is not there":  {[]string{"post-anyway", "ffff"}, deeds{}, 1, "There is no such event", "", resendAnswer{}},
		"two late events, which are many": {[]string{"post-anyway", "a", "b"}, deeds{}, 2, "vastrelay post-anyway ID", "", resendAnswer{}},
	} {
		t.Run(name, func(t *testing.T) {
			h := manyEvents(3)
			h.events[2].Fate = relay.FateLate
			d := tt.deeds
			dir := serve(t, doing(&d, h))
			line, did := slices.Clone(tt.line), tt.did
			for i, e := range h.events {
				for j := range line {
					line[j] = strings.ReplaceAll(line[j], fmt.Sprintf("%%%d", i), e.ID)
				}
				did = strings.ReplaceAll(did, fmt.Sprintf("%%%d", i), e.ID)
			}
			run(t, []string{dir}, line...).want(t, tt.code, tt.says)
			if want := []string{did}; did != "" && !slices.Equal(d.done, want) || did == "" && len(d.done) > 0 {
				t.Errorf("got %q done, want %q", d.done, want)
			}
			if tt.code == ExitDone {
				if got := decode[resendAnswer](t, run(t, []string{dir}, append(line, "--json")...), ExitDone); got != tt.result {
					t.Errorf("got %+v, want %+v", got, tt.result)
				}
			}
		})
	}
}
