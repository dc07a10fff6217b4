package tray

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // Windows has no zones by these names
	"unicode"
	"unicode/utf8"

	"vastrelay/app/config"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// noon is the moment at which the menus of these tests are rendered, a
// Wednesday.
var noon = time.Date(2026, time.November, 18, 12, 0, 0, 0, time.UTC)

const address = "https://name.ngrok-free.app"

// text writes a menu as a person sees it: disabled lines in brackets.
func text(m Menu) []string {
	lines := make([]string, len(m.Items))
	for i, item := range m.Items {
		switch {
		case item.Separator():
			lines[i] = "--"
		case item.Command == CommandNone:
			lines[i] = "[" + item.Label + "]"
		default:
			lines[i] = item.Label
		}
	}
	return lines
}

func TestRender(t *testing.T) {
	outbid := relay.Summary{ID: "e1", Title: "Your Vast.ai Instance outbid #48926820", ReceivedAt: noon.Add(-4 * time.Minute), Fate: relay.FatePosted}
	refused := relay.Summary{ID: "e2", Title: "Balance low", ReceivedAt: noon.Add(-20 * time.Hour), Fate: relay.FateFailed}
	for name, tc := range map[string]struct {
		status        status.Status
		notifications config.Notifications
		recent        []relay.Summary
		want          []string
	}{
		"muted notifications say until when, and can be shown again": {
			status:        status.Status{Phase: status.Stopped, Headline: words.Verbatim("Stopped")},
			notifications: config.Notifications{MutedUntil: noon.Add(40 * time.Minute)},
			want:          []string{"[Stopped]", "Open Vast Relay", "--", "Start relaying", "--", "Muted until 12:40 · show notifications", "Settings…", "Quit and stop relaying"},
		},
		"a mute that is over is none": {
			status:        status.Status{Phase: status.Stopped, Headline: words.Verbatim("Stopped")},
			notifications: config.Notifications{MutedUntil: noon},
			want:          []string{"[Stopped]", "Open Vast Relay", "--", "Start relaying", "--", "Mute notifications for an hour", "Settings…", "Quit and stop relaying"},
		},
		"there is nothing to mute where notifications are off": {
			status:        status.Status{Phase: status.Stopped, Headline: words.Verbatim("Stopped")},
			notifications: config.Notifications{Off: true, MutedUntil: noon.Add(40 * time.Minute)},
			want:          []string{"[Stopped]", "Open Vast Relay", "--", "Start relaying", "--", "Settings…", "Quit and stop relaying"},
		},
		"not set up offers neither pause nor test": {
			status: status.Status{Phase: status.Setup, Headline: words.Verbatim("Not set up yet")},
			want:   []string{"[Not set up yet]", "Open Vast Relay", "--", "Settings…", "Quit and stop relaying"},
		},
		"connecting can be paused": {
			status: status.Status{Phase: status.Starting, Headline: words.Verbatim("Connecting…")},
			want:   []string{"[Connecting…]", "Open Vast Relay", "--", "Pause relaying", "--", "Mute notifications for an hour", "Settings…", "Quit and stop relaying"},
		},
		"relaying shows the last event and all commands": {
			status: status.Status{Phase: status.Relaying, Headline: words.Verbatim("Relaying to “Ops alerts”"), Address: address, LastEvent: outbid.ReceivedAt},
			recent: []relay.Summary{outbid, refused},
			want: []string{
				"[Relaying to “Ops alerts” · last event 11:56]", "Open Vast Relay", "--", "Pause relaying",
				"Instance outbid #48926820 · 11:56", "Balance low · yesterday 16:00 · not posted", "--",
				"Copy address", "Send test from Vast.ai", "Mute notifications for an hour", "Settings…", "Quit and stop relaying",
			},
		},
		"relaying without any event says so": {
			status: status.Status{Phase: status.Relaying, Headline: words.Verbatim("Relaying to Google Chat"), Address: address},
			want: []string{
				"[Relaying to Google Chat · no event yet]", "Open Vast Relay", "--", "Pause relaying", "--",
				"Copy address", "Send test from Vast.ai", "Mute notifications for an hour", "Settings…", "Quit and stop relaying",
			},
		},
		"a timed pause says until when and how many are held": {
			status: status.Status{Phase: status.Paused, Headline: words.Verbatim("Paused until tomorrow 08:00"), Waiting: 3},
			want:   []string{"[Paused until tomorrow 08:00 · 3 held]", "Open Vast Relay", "--", "Resume", "--", "Mute notifications for an hour", "Settings…", "Quit and stop relaying"},
		},
		"a pause without an end says neither": {
			status: status.Status{Phase: status.Paused, Headline: words.Verbatim("Paused")},
			want:   []string{"[Paused]", "Open Vast Relay", "--", "Resume", "--", "Mute notifications for an hour", "Settings…", "Quit and stop relaying"},
		},
		"trouble during a pause leaves a way to end the pause": {
			status: status.Status{Phase: status.Attention, PausedSince: noon.Add(-time.Hour), PausedUntil: noon.Add(time.Hour)},
			want:   []string{"[Some events do not arrive]", "Open Vast Relay", "--", "Resume", "--", "Mute notifications for an hour", "Settings…", "Quit and stop relaying"},
		},
		"connecting during a pause does so as well": {
			status: status.Status{Phase: status.Starting, Headline: words.Verbatim("Connecting…"), PausedSince: noon.Add(-time.Hour)},
			want:   []string{"[Connecting…]", "Open Vast Relay", "--", "Resume", "--", "Mute notifications for an hour", "Settings…", "Quit and stop relaying"},
		},
		"standing by during a pause does so as well": {
			status: status.Status{Phase: status.Standby, Headline: words.Verbatim("Standing by: another computer is relaying"), PausedSince: noon.Add(-time.Hour)},
			want: []string{
				"[Standing by: another computer is relaying]", "Open Vast Relay", "--", "Resume", "--",
				"Mute notifications for an hour", "Settings…", "Quit and stop relaying",
			},
		},
		"standby has no address to copy": {
			status: status.Status{Phase: status.Standby, Headline: words.Verbatim("Standing by: another computer is relaying")},
			want: []string{
				"[Standing by: another computer is relaying]", "Open Vast Relay", "--", "Pause relaying", "--",
				"Mute notifications for an hour", "Settings…", "Quit and stop relaying",
			},
		},
		"attention says what does not work, and why": {
			status: status.Status{
				Phase: status.Attention, Headline: words.Verbatim("Google Chat refuses\nthe messages"), Failing: health.HopChat, Address: address,
				Hops: []health.Hop{{Name: health.HopChat, State: health.HopFailing, Severity: health.Person}},
			},
			want: []string{
				"[Messages are not going out: Google Chat refuses the messages]", "Open Vast Relay", "--", "Pause relaying", "--",
				"Copy address", "Send test from Vast.ai", "Mute notifications for an hour", "Settings…", "Quit and stop relaying",
			},
		},
		"attention without a headline still says something": {
			status: status.Status{Phase: status.Attention},
			want:   []string{"[Some events do not arrive]", "Open Vast Relay", "--", "Pause relaying", "--", "Mute notifications for an hour", "Settings…", "Quit and stop relaying"},
		},
		"stopped can be started": {
			status: status.Status{Phase: status.Stopped, Headline: words.Verbatim("Stopped")},
			want:   []string{"[Stopped]", "Open Vast Relay", "--", "Start relaying", "--", "Mute notifications for an hour", "Settings…", "Quit and stop relaying"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := Render(tc.status, tc.notifications, Events{Recent: tc.recent}, noon)
			if got := text(m); !slices.Equal(got, tc.want) {
				t.Errorf("menu:\n got %q\nwant %q", got, tc.want)
			}
			if m.Icon != string(tc.status.Phase) {
				t.Errorf("icon %q, want that of %q", m.Icon, tc.status.Phase)
			}
			if last := m.Items[len(m.Items)-1]; last.Command != CommandQuit {
				t.Errorf("the last item does %q, want quit", last.Command)
			}
		})
	}
}

func TestTroubleThatMendsItselfHasAnIconOfItsOwn(t *testing.T) {
	s := status.Status{
		Phase: status.Attention, Failing: health.HopChat,
		Hops: []health.Hop{{Name: health.HopChat, State: health.HopFailing, Severity: health.Passing, Action: health.ActionRetry}},
	}
	if got := Render(s, config.Notifications{Off: true}, Events{}, noon).Icon; got != retrying {
		t.Errorf("got %q, want %q", got, retrying)
	}
}

func TestRenderShowsTheFiveNewestEvents(t *testing.T) {
	var recent []relay.Summary
	for i := range 7 {
		recent = append(recent, relay.Summary{ID: fmt.Sprint("e", i), Title: "Event", ReceivedAt: noon})
	}
	var got []string
	for _, item := range Render(status.Status{Phase: status.Relaying}, config.Notifications{Off: true}, Events{Recent: recent}, noon).Items {
		if item.Command == CommandEvent {
			got = append(got, item.EventID)
		}
	}
	if want := []string{"e0", "e1", "e2", "e3", "e4"}; !slices.Equal(got, want) {
		t.Errorf("events %q, want %q", got, want)
	}
}

// titles feeds the test and the fuzz target of remote titles.
var titles = map[string]struct{ title, want string }{
	"an honest title stays":                 {"Balance below $5", "Balance below $5"},
	"no title becomes the product's words":  {"", "Vast.ai notification"},
	"only control characters do as well":    {"\x00\x1b\x7f", "Vast.ai notification"},
	"line breaks and tabs become one space": {"a\r\n\tb", "a b"},
	"escape sequences go as a whole":        {"\x1b[31;1mred\x1b[0m\x1b]0;title\x07", "red"},
	"tag characters go":                     {"a\U000e0068\U000e0069b", "ab"},
	"text is not reordered":                 {"ok\u202etxt.exe\u2066", "oktxt.exe"},
	"hidden characters go":                  {"a\u200b\u00adb\ufeff", "ab"},
	"broken bytes go":                       {"a\xff\xfeb", "ab"},
	"a long title is cut with a mark":       {strings.Repeat("ä", 60), strings.Repeat("ä", 47) + "…"},
	"a cut leaves no space before its mark": {strings.Repeat("a", 46) + " bcd", strings.Repeat("a", 46) + "…"},
	"forty-eight runes are not cut":         {strings.Repeat("a", 48), strings.Repeat("a", 48)},
}

func titleItem(title string) Item {
	m := Render(status.Status{Phase: status.Relaying}, config.Notifications{Off: true}, Events{Recent: []relay.Summary{{ID: "e", Title: title, ReceivedAt: noon}}}, noon)
	i := slices.IndexFunc(m.Items, func(i Item) bool { return i.Command == CommandEvent })
	return m.Items[i]
}

func TestTitlesAreMadeSafe(t *testing.T) {
	for name, tc := range titles {
		t.Run(name, func(t *testing.T) {
			if got, want := titleItem(tc.title).Label, tc.want+" · 12:00"; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func FuzzTitle(f *testing.F) {
	for _, tc := range titles {
		f.Add(tc.title)
	}
	f.Fuzz(func(t *testing.T, title string) {
		label := titleItem(title).Label
		rest, timed := strings.CutSuffix(label, " · 12:00")
		if !timed || rest == "" {
			t.Errorf("label %q lacks its title or its time", label)
		}
		if n := utf8.RuneCountInString(rest); n > maxTitleRunes {
			t.Errorf("label %q has a title of %d runes", label, n)
		}
		for _, r := range label {
			if !unicode.IsPrint(r) {
				t.Errorf("label %q holds %U", label, r)
			}
		}
	})
}

func TestStateLineIsCut(t *testing.T) {
	m := Render(status.Status{Phase: status.Attention, Headline: words.Verbatim(strings.Repeat("long ", 50))}, config.Notifications{Off: true}, Events{}, noon)
	if n := utf8.RuneCountInString(m.Items[0].Label); n > maxStateRunes {
		t.Errorf("state line has %d runes, want at most %d", n, maxStateRunes)
	}
}

func TestTimes(t *testing.T) {
	berlin := time.FixedZone("CET", 60*60)
	now := time.Date(2026, time.November, 18, 0, 30, 0, 0, berlin)
	midnight := time.Date(2026, time.November, 19, 0, 0, 0, 0, berlin)
	for name, tc := range map[string]struct {
		at    time.Time
		want  string
		renew time.Time
	}{
		"today is the time alone":                      {now.Add(-5 * time.Minute), "00:25", midnight},
		"an hour ago can be yesterday":                 {now.Add(-time.Hour), "yesterday 23:30", midnight},
		"times are shown in the person's zone":         {now.Add(-time.Hour).UTC(), "yesterday 23:30", midnight},
		"within a week it is the day":                  {now.AddDate(0, 0, -6), "Thu 00:30", midnight},
		"a week ago it is the date":                    {now.AddDate(0, 0, -7), "11 Nov", midnight},
		"long ago it is the whole date, true for ever": {now.AddDate(-1, 0, 0), "18 Nov 2025", time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			c := clock{now: now}
			if got := c.at(tc.at); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
			if got := c.renewAt(); !got.Equal(tc.renew) {
				t.Errorf("renew at %v, want %v", got, tc.renew)
			}
		})
	}
}

func TestDaysAreCountedAcrossDaylightSaving(t *testing.T) {
	vienna, err := time.LoadLocation("Europe/Vienna")
	if err != nil {
		t.Fatal(err)
	}
	// The night of 25 October 2026 has 25 hours.
	c := clock{now: time.Date(2026, time.October, 26, 0, 10, 0, 0, vienna)}
	if got, want := c.at(time.Date(2026, time.October, 25, 0, 20, 0, 0, vienna)), "yesterday 00:20"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRenderSaysHowManyEventsAreUnread(t *testing.T) {
	for _, c := range []struct {
		unread      int
		title, open string
	}{
		{0, "Vast Relay", "Open Vast Relay"},
		{1, "1 unread · Vast Relay", "Open Vast Relay · 1 unread"},
		{3, "3 unread · Vast Relay", "Open Vast Relay · 3 unread"},
		{1000, "More than 999 unread · Vast Relay", "Open Vast Relay · More than 999 unread"},
	} {
		m := Render(status.Status{Phase: status.Relaying}, config.Notifications{}, Events{Unread: c.unread}, noon)
		if m.Title != c.title || m.Items[1].Label != c.open || m.Items[1].Command != CommandOpen {
			t.Errorf("%d unread: got the title %q and the item %q", c.unread, m.Title, m.Items[1].Label)
		}
	}
}
