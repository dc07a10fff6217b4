package banners

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"vastrelay/app/banners/notify"
	"vastrelay/app/config"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// noon is when the days of these tests begin.
var noon = time.Date(2026, time.November, 18, 12, 0, 0, 0, time.Local)

// day plays what happens, and notes what is shown and when.
type day struct {
	rules    *Rules
	settings config.Notifications
	now      time.Time
	next     time.Time
	lines    []string
	banners  []Banner
}

func newDay(settings config.Notifications) *day {
	return &day{rules: NewRules(true), settings: settings, now: noon}
}

// until lets time pass up to d after noon, asking whenever the rules want to be asked.
func (d *day) until(after time.Duration) {
	end := noon.Add(after)
	for !d.next.IsZero() && !d.next.After(end) {
		d.now = d.next
		d.ask()
	}
	d.now = end
}

// ask notes what is due now.
func (d *day) ask() {
	due := d.rules.Due(d.now, d.settings)
	at := d.now.Format("15:04:05 ")
	for _, slot := range due.Withdraw {
		d.lines = append(d.lines, at+"withdraw "+slot)
	}
	for _, b := range due.Show {
		d.lines = append(d.lines, at+b.Title)
		d.banners = append(d.banners, b)
	}
	if !due.Next.IsZero() && !due.Next.After(d.now) {
		panic("asks to be asked at once")
	}
	d.next = due.Next
}

// at lets something happen at a time after noon.
func (d *day) at(after time.Duration, happens func(r *Rules, now time.Time)) {
	d.until(after)
	happens(d.rules, d.now)
	d.ask()
}

// become is the program in that phase.
func become(s status.Status) func(*Rules, time.Time) {
	return func(r *Rules, now time.Time) { r.Status(s, now) }
}

// failing is the program with a failing hop.
func failing(hop health.HopName, severity health.Severity) status.Status {
	return status.Status{
		Phase: status.Attention, Failing: hop, Severity: severity,
		Hops: []health.Hop{{Name: hop, State: health.HopFailing, Detail: words.Verbatim("It says <b>no</b>")}},
	}
}

var (
	chatDown    = failing(health.HopChat, health.Passing)
	chatRefuses = failing(health.HopChat, health.Person)
	vastDown    = failing(health.HopVast, health.Passing)
	relaying    = status.Status{Phase: status.Relaying}
	starting    = status.Status{Phase: status.Starting}
)

// stored is an event of a type about an instance.
func stored(slug string, number int) relay.Summary {
	return relay.Summary{
		ID: fmt.Sprintf("%s-%d", slug, number), Role: relay.RoleClient, Type: slug, Fate: relay.FateWaiting,
		Title: fmt.Sprintf("Your Instance #%d Has News", number),
	}
}

func arrive(rows ...relay.Summary) func(*Rules, time.Time) {
	return func(r *Rules, now time.Time) { r.Events(rows, false, now) }
}

func TestBannersOfOutages(t *testing.T) {
	type event struct {
		after time.Duration
		what  status.Status
	}
	night := config.Notifications{Quiet: true, QuietFrom: "12:00", QuietTo: "13:00"}
	for name, tc := range map[string]struct {
		settings config.Notifications
		events   []event
		want     []string
	}{
		"a short failure is nothing to know": {
			events: []event{{0, chatDown}, {50 * time.Second, relaying}},
		},
		"a failure that lasts is told once, and so is its end": {
			events: []event{{0, chatDown}, {2 * time.Minute, chatDown}, {5 * time.Minute, relaying}},
			want:   []string{"12:01:00 Messages are not going out", "12:05:10 Relaying works again"},
		},
		"what needs a person is told soon": {
			events: []event{{0, chatRefuses}},
			want:   []string{"12:00:05 Action needed: Google Chat"},
		},
		"what mends itself comes to need a person": {
			events: []event{{0, chatDown}, {2 * time.Minute, chatRefuses}},
			want:   []string{"12:01:00 Messages are not going out", "12:02:05 Action needed: Google Chat"},
		},
		"a try in between is no end": {
			events: []event{{0, vastDown}, {30 * time.Second, starting}, {40 * time.Second, vastDown}},
			want:   []string{"12:01:00 Vast.ai cannot be reached"},
		},
		"working for a moment is no end": {
			events: []event{{0, vastDown}, {2 * time.Minute, relaying}, {2*time.Minute + 5*time.Second, vastDown}, {3 * time.Minute, relaying}},
			want:   []string{"12:01:00 Vast.ai cannot be reached", "12:03:10 Relaying works again"},
		},
		"what comes and goes is told once in a quarter of an hour": {
			events: []event{{0, vastDown}, {2 * time.Minute, relaying}, {3 * time.Minute, vastDown}, {9 * time.Minute, relaying}, {10 * time.Minute, vastDown}},
			want:   []string{"12:01:00 Vast.ai cannot be reached", "12:02:10 Relaying works again", "12:16:00 Vast.ai cannot be reached"},
		},
		"a pause does not hide that events cannot arrive": {
			events: []event{{0, failing(health.HopAddress, health.Passing)}, {5 * time.Minute, status.Status{Phase: status.Paused}}},
			want:   []string{"12:01:00 Events cannot reach this computer", "12:05:10 The trouble is over"},
		},
		"a pause that ends with the trouble is none": {
			events: []event{
				{0, status.Status{Phase: status.Attention, Failing: health.HopAddress, PausedSince: noon}},
				{5 * time.Minute, status.Status{Phase: status.Paused, PausedSince: noon}},
				{5*time.Minute + 5*time.Second, relaying},
			},
			want: []string{"12:01:00 Events cannot reach this computer", "12:05:10 Relaying works again"},
		},
		"pausing does not mend Google Chat": {
			events: []event{{0, chatDown}, {5 * time.Minute, status.Status{Phase: status.Paused, Hops: chatDown.Hops}}, {20 * time.Minute, relaying}},
			want:   []string{"12:01:00 Messages are not going out", "12:20:10 Relaying works again"},
		},
		"what a person stopped does not work again": {
			events: []event{{0, chatDown}, {5 * time.Minute, status.Status{Phase: status.Stopped}}, {6 * time.Minute, relaying}},
			want:   []string{"12:01:00 Messages are not going out", "12:05:00 withdraw outage"},
		},
		"a full disk": {
			events: []event{{0, status.Status{Phase: status.Attention, Disk: words.Verbatim("no room")}}},
			want:   []string{"12:01:00 Events cannot be stored"},
		},
		"a clock that nobody can vouch for": {
			events: []event{{0, status.Status{Phase: status.Attention}}},
			want:   []string{"12:01:00 The clock of this computer may be wrong"},
		},
		"quiet hours end, and it still fails": {
			settings: night, events: []event{{0, chatDown}},
			want: []string{"13:00:00 Messages are not going out"},
		},
		"it fails and works again within the quiet hours": {
			settings: night, events: []event{{0, chatDown}, {10 * time.Minute, relaying}},
		},
		"it failed before the quiet hours and works again within them": {
			settings: config.Notifications{Quiet: true, QuietFrom: "12:30", QuietTo: "13:00"},
			events:   []event{{0, chatDown}, {40 * time.Minute, relaying}},
			want:     []string{"12:01:00 Messages are not going out", "12:40:10 withdraw outage", "13:00:00 Relaying works again"},
		},
		"muted": {
			settings: config.Notifications{MutedUntil: noon.Add(20 * time.Minute)}, events: []event{{0, chatRefuses}},
			want: []string{"12:20:00 Action needed: Google Chat"},
		},
		"without failures, what needs a person is told all the same": {
			settings: config.Notifications{Without: []config.NotificationKind{config.NotifyFailure}},
			events:   []event{{0, chatDown}, {2 * time.Minute, chatRefuses}, {3 * time.Minute, relaying}},
			want:     []string{"12:02:05 Action needed: Google Chat", "12:03:10 Relaying works again"},
		},
		"without recoveries, the banner goes": {
			settings: config.Notifications{Without: []config.NotificationKind{config.NotifyRecovery}},
			events:   []event{{0, chatDown}, {2 * time.Minute, relaying}},
			want:     []string{"12:01:00 Messages are not going out", "12:02:00 withdraw outage"},
		},
		"off": {
			settings: config.Notifications{Off: true},
			events:   []event{{0, chatRefuses}, {2 * time.Minute, relaying}, {3 * time.Minute, chatDown}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDay(tc.settings)
			for _, e := range tc.events {
				d.at(e.after, become(e.what))
			}
			d.until(3 * time.Hour)
			if !slices.Equal(d.lines, tc.want) {
				t.Errorf("shown:\n got %q\nwant %q", d.lines, tc.want)
			}
		})
	}
}

func TestSwitchingOffTakesTheBannerAway(t *testing.T) {
	d := newDay(config.Notifications{})
	d.at(0, become(chatDown))
	d.until(5 * time.Minute)
	d.settings.Off = true
	d.ask()
	if want := []string{"12:01:00 Messages are not going out", "12:05:00 withdraw outage"}; !slices.Equal(d.lines, want) {
		t.Errorf("got %q, want %q", d.lines, want)
	}
}

func TestBannersOfEvents(t *testing.T) {
	all := config.Notifications{Events: config.NotifiedAll}
	gap := relay.Summary{ID: "gap-1", Role: relay.RoleClient, Type: relay.GapType, Fate: relay.FateWaiting, Title: "Not reachable 09:12–09:31: this computer slept."}
	late := stored("outbid", 7)
	late.Fate = relay.FateLate
	recorded := stored(relay.TestType, 0)
	recorded.Fate = relay.FateRecorded
	type event struct {
		after time.Duration
		rows  []relay.Summary
	}
	one := func(after time.Duration, rows ...relay.Summary) []event { return []event{{after, rows}} }
	for name, tc := range map[string]struct {
		settings config.Notifications
		events   []event
		want     []string
	}{
		"no event unless it is asked for": {
			events: one(0, stored("outbid", 1)),
		},
		"urgent events only": {
			settings: config.Notifications{Events: config.NotifiedUrgent},
			events:   one(0, stored("outbid", 48926820), stored("instance_started", 2)),
			want:     []string{"12:00:02 Outbid #48926820"},
		},
		"some types only": {
			settings: config.Notifications{Events: config.NotifiedTypes, Types: []string{"client:instance_started", "host:outbid"}},
			events:   one(0, stored("outbid", 1), stored("instance_started", 2)),
			want:     []string{"12:00:02 Started #2"},
		},
		"an event of which no number is known": {
			settings: all, events: one(0, relay.Summary{ID: "a", Role: relay.RoleClient, Type: "low_credit", Title: "Balance $5", Fate: relay.FatePosted}),
			want: []string{"12:00:02 Balance running low"},
		},
		"nothing of a type that is not known": {
			settings: all, events: one(0, stored("rm_rf", 3)),
			want: []string{"12:00:02 Notification from Vast.ai"},
		},
		"events that come together make one banner": {
			settings: all,
			events:   one(0, stored("outbid", 1), stored("outbid", 2), stored("instance_stopped", 3), stored("outbid", 4), stored("instance_stopped", 5)),
			want:     []string{"12:00:02 5 events from Vast.ai"},
		},
		"those that follow add to it, now and then": {
			settings: all,
			events:   []event{{0, []relay.Summary{stored("outbid", 1)}}, {5 * time.Second, []relay.Summary{stored("outbid", 2)}}, {9 * time.Second, []relay.Summary{stored("outbid", 3)}}},
			want:     []string{"12:00:02 Outbid #1", "12:00:17 3 events from Vast.ai"},
		},
		"an hour later another count begins": {
			settings: all,
			events:   []event{{0, []relay.Summary{stored("outbid", 1)}}, {time.Hour, []relay.Summary{stored("outbid", 2)}}},
			want:     []string{"12:00:02 Outbid #1", "13:00:02 Outbid #2"},
		},
		"what came in the quiet hours is not told afterwards": {
			settings: config.Notifications{Events: config.NotifiedAll, Quiet: true, QuietFrom: "12:00", QuietTo: "13:00"},
			events:   []event{{0, []relay.Summary{stored("outbid", 1)}}, {time.Hour, []relay.Summary{stored("outbid", 2)}}},
			want:     []string{"13:00:02 Outbid #2"},
		},
		"a gap": {
			events: one(0, gap), want: []string{"12:00:02 Events could not arrive for a while"},
		},
		"a gap waits for the end of the quiet hours": {
			settings: config.Notifications{Quiet: true, QuietFrom: "12:00", QuietTo: "13:00"},
			events:   one(0, gap), want: []string{"13:00:00 Events could not arrive for a while"},
		},
		"no gaps": {
			settings: config.Notifications{Without: []config.NotificationKind{config.NotifyGap}}, events: one(0, gap),
		},
		"late ones wait for a person": {
			events: one(0, late, late), want: []string{"12:00:02 2 events arrived too late"},
		},
		"the program's own test is nothing to tell": {
			settings: all, events: one(0, recorded),
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDay(tc.settings)
			for _, e := range tc.events {
				d.at(e.after, arrive(e.rows...))
			}
			d.until(3 * time.Hour)
			if !slices.Equal(d.lines, tc.want) {
				t.Errorf("shown:\n got %q\nwant %q", d.lines, tc.want)
			}
		})
	}
}

func TestABurstCountsItsTypes(t *testing.T) {
	d := newDay(config.Notifications{Events: config.NotifiedAll})
	var rows []relay.Summary
	for _, slug := range []string{"outbid", "outbid", "outbid", "instance_stopped", "instance_stopped", "instance_started", "idle_gpu", "low_credit"} {
		rows = append(rows, stored(slug, len(rows)))
	}
	d.at(0, arrive(rows...))
	d.until(time.Minute)
	got := d.banners[0]
	if want := "3 × Instance outbid, 2 × Instance stopped, 1 × Balance running low and 2 others"; got.Text != want {
		t.Errorf("text:\n got %q\nwant %q", got.Text, want)
	}
	if got.Urgency != notify.Normal || got.Remote != "" || got.Open.Command != CommandShow {
		t.Errorf("got %+v, want a banner of normal urgency that opens the window and says nothing of Vast.ai's", got)
	}
	d.at(time.Minute+10*time.Second, arrive(stored("outbid", 8), stored("outbid", 9)))
	d.until(100 * time.Second)
	if got := d.banners[1]; got.Text != "2 × Instance outbid" {
		t.Errorf("got %q, want nothing of others where there are none", got.Text)
	}
	d.at(4*time.Minute, arrive(stored("instance_started", 1)))
	d.until(5 * time.Minute)
	if got := d.banners[2]; got.Urgency != notify.Low || got.Slot == d.banners[0].Slot {
		t.Errorf("got %+v, want a banner of its own and of low urgency", got)
	}
}

func TestABurstOfFewTypesNamesThemAll(t *testing.T) {
	d := newDay(config.Notifications{Events: config.NotifiedAll})
	d.at(0, arrive(stored("outbid", 1), stored("outbid", 2), stored("instance_stopped", 3)))
	d.until(time.Minute)
	if got, want := d.banners[0].Text, "2 × Instance outbid and 1 × Instance stopped"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestASingleEventIsAsUrgentAsItsType(t *testing.T) {
	for slug, want := range map[string]notify.Urgency{"outbid": notify.Normal, "instance_started": notify.Low} {
		d := newDay(config.Notifications{Events: config.NotifiedAll})
		d.at(0, arrive(stored(slug, 1)))
		d.until(time.Minute)
		if got := d.banners[0]; got.Urgency != want || got.Open.Command != CommandEvent {
			t.Errorf("%s: got %+v, want urgency %v and the event opened", slug, got, want)
		}
	}
}

func TestADismissedBannerIsNotCountedOn(t *testing.T) {
	d := newDay(config.Notifications{Events: config.NotifiedAll})
	d.at(0, arrive(stored("outbid", 1), stored("outbid", 2)))
	d.until(5 * time.Second)
	d.rules.Dismissed(d.banners[0].Slot)
	d.at(10*time.Second, arrive(stored("outbid", 3)))
	d.until(time.Minute)
	if want := []string{"12:00:02 2 events from Vast.ai", "12:00:12 Outbid #3"}; !slices.Equal(d.lines, want) {
		t.Errorf("got %q, want %q", d.lines, want)
	}
}

func TestWhereNothingIsReplacedNothingIsToldTwice(t *testing.T) {
	d := newDay(config.Notifications{Events: config.NotifiedAll})
	d.rules = NewRules(false)
	d.at(0, arrive(stored("outbid", 1), stored("outbid", 2)))
	d.at(10*time.Second, arrive(stored("outbid", 3)))
	d.until(time.Minute)
	if want := []string{"12:00:02 2 events from Vast.ai", "12:00:17 Outbid #3"}; !slices.Equal(d.lines, want) {
		t.Errorf("got %q, want %q", d.lines, want)
	}
}

func TestABurstThatNeverEndsIsCountedAnew(t *testing.T) {
	d := newDay(config.Notifications{Events: config.NotifiedAll})
	for second := range 1200 {
		d.at(time.Duration(second)*time.Second, arrive(stored("outbid", second)))
	}
	d.until(time.Hour)
	slots := map[string]bool{}
	for _, b := range d.banners {
		slots[b.Slot] = true
	}
	if len(slots) != 2 || len(d.banners) > 2*60*10/15+2 {
		t.Errorf("got %d banners in %d places, want one in 15 s, in two places", len(d.banners), len(slots))
	}
}

func TestPostingGivenUpOpensTheEvent(t *testing.T) {
	d := newDay(config.Notifications{})
	d.at(0, func(r *Rules, now time.Time) { r.GivenUp(1, stored("outbid", 9), now) })
	d.until(time.Minute)
	if len(d.banners) != 1 || d.banners[0].Title != "1 event was not posted" || d.banners[0].Open.EventID != "outbid-9" {
		t.Errorf("got %+v, want one banner that opens the event", d.banners)
	}
}

func TestClicksAndButtons(t *testing.T) {
	d := newDay(config.Notifications{Events: config.NotifiedAll})
	down := chatDown
	down.Waiting = 3
	d.at(0, become(down))
	d.at(10*time.Minute, arrive(stored("outbid", 1)))
	d.until(time.Hour)
	outage, event := d.banners[0], d.banners[1]
	if outage.Open != (Target{Command: CommandHop, Hop: health.HopChat}) || outage.Buttons[0].Target.Command != CommandPause {
		t.Errorf("of the failure: got %+v, want its hop and a button that pauses", outage)
	}
	if want := "3 events wait for Google Chat. They are kept and posted later."; outage.Text != want {
		t.Errorf("got %q, want %q", outage.Text, want)
	}
	if event.Open != (Target{Command: CommandEvent, EventID: "outbid-1"}) {
		t.Errorf("a click on the event asks for %+v", event.Open)
	}
	if b := event.Buttons[0]; b.Label != "Open instances" || b.Target.Page != relay.GroupInstance.Page() {
		t.Errorf("got the button %+v, want the page of instances", b)
	}
}

func TestABurstOffersToPauseUnlessThatIsDone(t *testing.T) {
	for _, state := range []status.Status{{Phase: status.Paused}, {Phase: status.Attention, PausedSince: noon}, relaying} {
		d := newDay(config.Notifications{Events: config.NotifiedAll})
		d.at(0, become(state))
		d.at(time.Second, arrive(stored("outbid", 1), stored("outbid", 2)))
		d.until(time.Minute)
		offers := slices.ContainsFunc(d.banners[0].Buttons, func(b Button) bool { return b.Target.Command == CommandPause })
		if offers == state.Holds() {
			t.Errorf("%s, posting paused %v: a button that pauses is there %v", state.Phase, state.Holds(), offers)
		}
	}
}

// TestTextFromElsewhereStandsApart proves that nothing that Vast.ai or a server wrote
// reaches a title, a text or a label.
func TestTextFromElsewhereStandsApart(t *testing.T) {
	const evil = "$(calc) `x` <b>\u201cq\u201d #5"
	d := newDay(config.Notifications{Events: config.NotifiedAll})
	bad := failing(health.HopVast, health.Passing)
	bad.Headline, bad.Cause, bad.Label, bad.Hops[0].Detail = words.Verbatim(evil), words.Verbatim(evil), evil, words.Verbatim(evil)
	d.at(0, become(bad))
	at := time.Minute
	for _, slug := range []string{"outbid", "low_credit", evil, "", relay.TestType, relay.GapType, "password_reset"} {
		at += 10 * time.Minute
		d.at(at, arrive(relay.Summary{ID: evil, Role: relay.RoleClient, Type: slug, Title: evil, Fate: relay.FateLate}, relay.Summary{ID: evil, Role: relay.RoleClient, Type: slug, Title: evil, Fate: relay.FateWaiting}))
	}
	d.until(3 * time.Hour)
	if len(d.banners) < 10 {
		t.Fatalf("got %d banners, want more", len(d.banners))
	}
	for _, b := range d.banners {
		fixed := b.Title + b.Text
		for _, button := range b.Buttons {
			fixed += button.Label
		}
		if strings.ContainsAny(fixed, "$`<>\u201c\u201d\"'") || strings.Contains(fixed, "calc") {
			t.Errorf("a banner says %q itself", fixed)
		}
		if b.Remote != Clean(b.Remote) {
			t.Errorf("%q is not cleaned", b.Remote)
		}
	}
}

func TestWhatConcernsTheAccountStaysInTheWindow(t *testing.T) {
	d := newDay(config.Notifications{Events: config.NotifiedAll})
	row := stored("password_reset", 1)
	row.Title = "Your code is 12345"
	d.at(0, arrive(row))
	d.until(time.Minute)
	if got := d.banners[0]; got.Remote != "" || got.Title != "Password reset" {
		t.Errorf("got %q with %q, want the name of the type alone", got.Title, got.Remote)
	}
}
