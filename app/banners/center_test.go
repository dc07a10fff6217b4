package banners

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/app/banners/notify"
	"vastrelay/app/config"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/relay"
)

// program plays the program and the desktop around a Center.
type program struct {
	mu       sync.Mutex
	state    status.Status
	rows     []relay.Summary // newest first
	settings config.Settings
	changed  func(status.Change)
	reads    int
	since    time.Time // from when on the last read asked for events
	readErr  error

	support notify.Support
	showErr error
	asked   int
	shown   []notify.Notification
	lines   []string // what was shown and taken away, in order

	log    bytes.Buffer
	center *Center
}

func (p *program) Status() status.Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state
}

func (p *program) Watch(changed func(status.Change)) (stop func()) {
	p.changed = changed
	return func() { p.changed = nil }
}

func (p *program) Events(_ context.Context, q relay.Query) ([]relay.Summary, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reads++
	p.since = q.Since
	var page []relay.Summary
	for _, row := range p.rows {
		older := q.BeforeTime.IsZero() || row.ReceivedAt.Before(q.BeforeTime) || row.ReceivedAt.Equal(q.BeforeTime) && row.ID < q.BeforeID
		if older && !row.ReceivedAt.Before(q.Since) && (q.Fate == "" || q.Fate == row.Fate) && len(page) < q.Limit {
			page = append(page, row)
		}
	}
	return page, p.readErr
}

func (p *program) Settings() config.Settings {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.settings
}

func (p *program) Show(_ context.Context, n notify.Notification) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	if p.showErr != nil {
		return p.showErr
	}
	p.shown = append(p.shown, n)
	p.lines = append(p.lines, n.Title)
	return nil
}

func (p *program) Withdraw(_ context.Context, slot string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lines = append(p.lines, "withdraw "+slot)
}

func (p *program) Support(context.Context) notify.Support { return p.support }

// Replaces and RemoteText hold where a service on the session bus shows notifications;
// a program of the system's does neither, nor tells it of clicks.
func (p *program) Replaces() bool   { return p.support.Clicks }
func (p *program) RemoteText() bool { return p.support.Clicks }

// run runs a Center over p for the length of the test, in a bubble.
func (p *program) run(t *testing.T, play func()) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p.center = NewCenter(Options{
			Status: p.Status, Watch: p.Watch, Events: p.Events, Settings: p.Settings, Notifier: p,
			Logger: slog.New(slog.NewTextHandler(&p.log, nil)),
		})
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() {
			if err := p.center.Run(ctx); err != nil {
				t.Errorf("Run returned %v", err)
			}
		})
		synctest.Wait()
		play()
		cancel()
		running.Wait()
		if p.changed != nil {
			t.Error("it still watches the program")
		}
	})
}

// become puts the program into that state.
func (p *program) become(s status.Status) {
	p.mu.Lock()
	news := s.Difference(p.state)
	if s.Counters.Dead != p.state.Counters.Dead {
		news |= status.PostFinished
	}
	p.state = s
	p.mu.Unlock()
	p.changed(news)
	synctest.Wait()
}

// store keeps events that arrive now and says so.
func (p *program) store(rows ...relay.Summary) {
	p.mu.Lock()
	for _, row := range rows {
		if row.ReceivedAt.IsZero() {
			row.ReceivedAt = time.Now().Round(0)
		}
		p.rows = append([]relay.Summary{row}, p.rows...)
	}
	p.mu.Unlock()
	p.changed(status.EventStored | status.CountsChanged)
	synctest.Wait()
}

// pass lets time pass.
func (p *program) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// chose are settings that want those events.
func chose(events config.NotifiedEvents) config.Settings {
	return config.Settings{Notifications: config.Notifications{Events: events}}
}

var linux = notify.Support{Works: true, Service: "dunst", Clicks: true}

func TestTheCenterTellsOfOutages(t *testing.T) {
	p := &program{support: linux}
	p.run(t, func() {
		p.become(chatDown)
		p.pass(2 * time.Minute)
		p.become(relaying)
		p.pass(time.Minute)
	})
	if want := []string{"Messages are not going out", "Relaying works again"}; !slices.Equal(p.lines, want) {
		t.Errorf("got %q, want %q", p.lines, want)
	}
	if want := "It says bno/b\nGoogle Chat cannot be reached. Nothing is lost: events are kept and posted later."; p.shown[0].Body != want {
		t.Errorf("got %q, want %q", p.shown[0].Body, want)
	}
}

// withdrawn is the line of the banner about what fails being taken away, as it is at
// the end of the program.
const withdrawn = "withdraw outage"

func TestWhatFailsFromTheStartIsToldUntilTheProgramEnds(t *testing.T) {
	p := &program{support: linux, state: chatRefuses}
	p.run(t, func() { p.pass(time.Minute) })
	if want := []string{"Action needed: Google Chat", withdrawn}; !slices.Equal(p.lines, want) {
		t.Errorf("got %q, want %q", p.lines, want)
	}
}

func TestTextFromElsewhereIsLeftOutWhereItIsDangerous(t *testing.T) {
	p := &program{support: notify.Support{Works: true}, state: chatRefuses, settings: chose(config.NotifiedAll)}
	p.run(t, func() {
		p.pass(time.Minute)
		p.store(stored("outbid", 7))
		p.pass(time.Minute)
	})
	if len(p.shown) != 2 || strings.Contains(p.shown[0].Body, "It says") || p.shown[1].Title != "Outbid #7" || p.shown[1].Body != "" {
		t.Errorf("got %+v, want the program's own words", p.shown)
	}
}

func TestTheCenterTellsOfEventsOnce(t *testing.T) {
	old := stored("outbid", 1)
	old.ReceivedAt = time.Date(1999, time.December, 31, 0, 0, 0, 0, time.UTC) // the bubble's clock begins after it
	p := &program{support: linux, settings: chose(config.NotifiedAll), rows: []relay.Summary{old}}
	p.run(t, func() {
		p.pass(time.Second)
		p.store(stored("outbid", 2))
		p.pass(3 * time.Minute)
		p.store(stored("instance_stopped", 3))
		p.store(stored("instance_stopped", 4))
		p.pass(3 * time.Minute)
		p.changed(status.EventStored)
		p.pass(time.Hour)
	})
	if want := []string{"Outbid #2", "2 events from Vast.ai"}; !slices.Equal(p.lines, want) {
		t.Errorf("got %q, want %q", p.lines, want)
	}
}

func TestWhoSeesEventsComeInIsNotToldOfThemAsWell(t *testing.T) {
	p := &program{support: linux, settings: chose(config.NotifiedAll)}
	late := stored("outbid", 3)
	late.Fate = relay.FateLate
	p.run(t, func() {
		p.center.Watched(true)
		p.store(stored("outbid", 1))
		p.store(late) // which waits for a person
		p.become(chatRefuses)
		p.pass(time.Minute)
		p.center.Watched(false)
		p.store(stored("outbid", 2))
		p.pass(time.Minute)
	})
	if want := []string{"1 event arrived too late", "Action needed: Google Chat", "Outbid #2", withdrawn}; !slices.Equal(p.lines, want) {
		t.Errorf("got %q, want %q", p.lines, want)
	}
}

func TestAnEventThatIsStoredLaterThanANewerOneIsTold(t *testing.T) {
	p := &program{support: linux, settings: chose(config.NotifiedAll)}
	p.run(t, func() {
		p.pass(time.Minute)
		earlier := stored("outbid", 1)
		earlier.ReceivedAt = time.Now().Round(0).Add(-5 * time.Second)
		p.store(stored("outbid", 2))
		p.pass(2 * time.Minute)
		p.store(earlier)
		p.pass(time.Minute)
	})
	if want := []string{"Outbid #2", "Outbid #1"}; !slices.Equal(p.lines, want) {
		t.Errorf("got %q, want %q", p.lines, want)
	}
}

func TestWhatWasStoredJustBeforeTheStartIsNotTold(t *testing.T) {
	before := stored("outbid", 1)
	before.ReceivedAt = time.Date(1999, time.December, 31, 23, 59, 59, 0, time.UTC) // a second before the bubble's clock begins
	p := &program{support: linux, settings: chose(config.NotifiedAll), rows: []relay.Summary{before}}
	p.run(t, func() {
		p.store(stored("outbid", 2))
		p.pass(time.Minute)
	})
	if want := []string{"Outbid #2"}; !slices.Equal(p.lines, want) {
		t.Errorf("got %q, want %q", p.lines, want)
	}
}

func TestEventsOfHoursAgoAreNotReadAgain(t *testing.T) {
	p := &program{support: linux, settings: chose(config.NotifiedAll)}
	p.run(t, func() {
		p.pass(time.Second)
		for i := range 3 {
			p.store(stored("outbid", i))
			p.pass(6 * time.Hour)
		}
		last := p.rows[1].ReceivedAt // the newest that was known at the last read
		if want := last.Add(-readOverlap); !p.since.Equal(want) {
			t.Errorf("got events read from %v on, want %v", p.since, want)
		}
	})
}

func TestManyEventsAtOnceAreReadInPages(t *testing.T) {
	p := &program{support: linux, settings: chose(config.NotifiedAll)}
	p.run(t, func() {
		p.pass(time.Second)
		var rows []relay.Summary
		for i := range 600 {
			row := stored("outbid", i)
			row.ID = fmt.Sprintf("%04d", i)
			rows = append(rows, row)
		}
		p.store(rows...)
		p.pass(time.Minute)
	})
	if want := []string{"600 events from Vast.ai"}; !slices.Equal(p.lines, want) {
		t.Errorf("got %q, want %q", p.lines, want)
	}
}

func TestWhileNothingIsWantedNothingIsReadAndNothingIsToldLater(t *testing.T) {
	p := &program{support: linux, settings: config.Settings{Notifications: config.Notifications{Off: true, Events: config.NotifiedAll}}}
	p.run(t, func() {
		p.store(stored("outbid", 1))
		p.pass(time.Hour)
		if p.reads != 0 {
			t.Errorf("read %d times", p.reads)
		}
		p.mu.Lock()
		p.settings.Notifications.Off = false
		p.mu.Unlock()
		p.center.recheck()
		p.pass(time.Minute)
		p.store(stored("outbid", 2))
		p.pass(time.Minute)
	})
	if want := []string{"Outbid #2"}; !slices.Equal(p.lines, want) {
		t.Errorf("got %q, want %q", p.lines, want)
	}
}

func TestNothingRunsWhileNothingHappens(t *testing.T) {
	p := &program{support: linux, settings: chose(config.NotifiedAll)}
	asked := 0
	p.run(t, func() {
		p.store(stored("outbid", 1))
		p.pass(time.Minute)
		p.mu.Lock()
		reads := p.reads
		p.mu.Unlock()
		before := time.Now()
		p.pass(24 * time.Hour)
		p.mu.Lock()
		defer p.mu.Unlock()
		if asked = p.reads - reads; time.Since(before) < 24*time.Hour {
			t.Error("the day did not pass")
		}
	})
	if asked != 0 {
		t.Errorf("looked at the events %d times in a day without any", asked)
	}
}

func TestUnmutingShowsAtOnceWhatStillFails(t *testing.T) {
	p := &program{support: linux}
	p.run(t, func() {
		p.mu.Lock()
		p.settings.Notifications.MutedUntil = time.Now().Add(config.MuteFor)
		p.mu.Unlock()
		p.become(chatRefuses)
		p.pass(10 * time.Minute)
		if len(p.lines) != 0 {
			t.Errorf("shown while muted: %q", p.lines)
		}
		p.mu.Lock()
		p.settings.Notifications.MutedUntil = time.Time{}
		p.mu.Unlock()
		p.center.recheck()
		p.pass(time.Millisecond)
	})
	if want := []string{"Action needed: Google Chat", withdrawn}; !slices.Equal(p.lines, want) {
		t.Errorf("got %q, want %q", p.lines, want)
	}
}

func TestPostingGivenUpIsTold(t *testing.T) {
	p := &program{support: linux}
	p.run(t, func() {
		failed := stored("outbid", 3)
		failed.Fate = relay.FateFailed
		p.store(failed)
		s := relaying
		s.Counters.Dead = 1
		p.become(s)
		p.pass(time.Minute)
		p.shown[0].Open()
		if got := <-p.center.Clicks(); got != (Target{Command: CommandEvent, EventID: "outbid-3"}) {
			t.Errorf("a click asks for %+v, want the event", got)
		}
	})
	if want := []string{"1 event was not posted"}; !slices.Equal(p.lines, want) {
		t.Errorf("got %q, want %q", p.lines, want)
	}
}

func TestPostingGivenUpIsToldWhereTheEventIsNotKnown(t *testing.T) {
	for name, readErr := range map[string]error{"it is no longer kept": nil, "it cannot be read": errors.New("the disk is gone")} {
		t.Run(name, func(t *testing.T) {
			p := &program{support: linux, readErr: readErr}
			p.run(t, func() {
				s := relaying
				s.Counters.Dead = 1
				p.become(s)
				p.pass(time.Minute)
				p.shown[0].Open()
				if got := <-p.center.Clicks(); got.EventID != "" {
					t.Errorf("a click asks for %+v, want the list", got)
				}
			})
		})
	}
}

func TestClicksReachTheWindows(t *testing.T) {
	p := &program{support: linux, settings: chose(config.NotifiedAll)}
	p.run(t, func() {
		p.store(stored("outbid", 3))
		p.pass(time.Minute)
		p.shown[0].Open()
		if got := <-p.center.Clicks(); got != (Target{Command: CommandEvent, EventID: "outbid-3"}) {
			t.Errorf("a click asks for %+v", got)
		}
		p.shown[0].Buttons[0].Press()
		if got := <-p.center.Clicks(); got.Command != CommandPage {
			t.Errorf("the button asks for %+v", got)
		}
		for range 100 { // nobody takes them: they must not block
			p.shown[0].Open()
			p.shown[0].Closed()
		}
	})
}

func TestADesktopThatShowsNothingIsLoggedOnce(t *testing.T) {
	p := &program{support: linux, showErr: notify.ErrNoService}
	p.run(t, func() {
		for range 3 {
			p.become(chatRefuses)
			p.pass(20 * time.Minute)
			p.become(vastDown)
			p.pass(20 * time.Minute)
		}
	})
	if got := strings.Count(p.log.String(), "showing a notification"); got != 1 {
		t.Errorf("logged %d times:\n%s", got, &p.log)
	}
}

// TestWhatTheDesktopDidNotShowIsShownLater is about a desktop whose notifications come
// up after the program, as they do at login, or that are started anew.
func TestWhatTheDesktopDidNotShowIsShownLater(t *testing.T) {
	late := relay.Summary{ID: "e1", Role: relay.RoleClient, Type: "outbid", Fate: relay.FateLate}
	later := late
	later.ID = "e2"
	for name, tc := range map[string]struct {
		happens func(p *program)
		want    []string
	}{
		"a person is needed": {func(p *program) { p.become(chatRefuses) }, []string{"Action needed: Google Chat"}},
		"something fails":    {func(p *program) { p.become(chatDown) }, []string{"Messages are not going out"}},
		"events came late":   {func(p *program) { p.store(late); p.pass(time.Minute); p.store(later) }, []string{"2 events arrived too late"}},
		"posts were given up": {func(p *program) {
			s := relaying
			s.Counters.Dead = 2
			p.become(s)
		}, []string{"2 events were not posted"}},
		"it was over before": {func(p *program) { p.become(chatDown); p.pass(5 * time.Minute); p.become(relaying) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			p := &program{support: linux, showErr: notify.ErrNoService}
			p.run(t, func() {
				tc.happens(p)
				p.pass(2 * time.Minute)
				p.mu.Lock()
				p.showErr = nil
				p.mu.Unlock()
				p.pass(time.Hour)
				if !slices.Equal(p.lines, tc.want) {
					t.Errorf("got %q, want %q", p.lines, tc.want)
				}
			})
		})
	}
}

func TestADesktopThatShowsNothingIsAskedSeldom(t *testing.T) {
	p := &program{support: linux, showErr: notify.ErrNoService}
	p.run(t, func() {
		p.become(chatRefuses)
		p.pass(24 * time.Hour)
	})
	if p.asked < 24 || p.asked > 24*4+10 {
		t.Errorf("asked %d times in a day, want once in 15 minutes after the first few", p.asked)
	}
}

func TestATestNotification(t *testing.T) {
	for name, tc := range map[string]struct {
		err  error
		want health.Code
	}{
		"it is shown":            {nil, ""},
		"nothing shows it":       {fmt.Errorf("%w: dial", notify.ErrNoService), health.NotificationsMissing},
		"the desktop refuses it": {errors.New("no"), health.NotificationsRefused},
	} {
		t.Run(name, func(t *testing.T) {
			p := &program{support: linux, showErr: tc.err, settings: config.Settings{Notifications: config.Notifications{Off: true}}}
			err := NewCenter(Options{Notifier: p}).Test(t.Context())
			if tc.want == "" && (err != nil || !slices.Equal(p.lines, []string{"Notifications work"})) || tc.want != "" && !health.Is(err, tc.want) {
				t.Errorf("got %v and %q", err, p.lines)
			}
		})
	}
}

func TestTheProgramAnswersOnTheDesktop(t *testing.T) {
	muted := config.Notifications{MutedUntil: time.Now().Add(time.Minute)}
	for name, tc := range map[string]struct {
		settings config.Notifications
		refuses  error
		want     bool
	}{
		"it is shown":                        {want: true},
		"it is shown while others are muted": {settings: muted, want: true},
		"not where notifications are off":    {settings: config.Notifications{Off: true}},
		"nothing shows it":                   {refuses: notify.ErrNoService},
	} {
		t.Run(name, func(t *testing.T) {
			p := &program{support: linux, showErr: tc.refuses, settings: config.Settings{Notifications: tc.settings}}
			c := NewCenter(Options{Notifier: p, Settings: p.Settings})
			if got := c.Say(t.Context(), "Vast Relay goes on relaying", "Reopen it."); got != tc.want || len(p.lines) > 0 != tc.want {
				t.Errorf("got %v, and %q on the desktop; want %v", got, p.lines, tc.want)
			}
			if len(p.shown) == 0 {
				return
			}
			p.shown[0].Open()
			if got := <-c.Clicks(); got.Command != CommandShow {
				t.Errorf("a click asks for %q, want the window", got.Command)
			}
		})
	}
}

func TestTheDesktopIsDescribed(t *testing.T) {
	for name, tc := range map[string]struct {
		support notify.Support
		want    string
		works   bool
	}{
		"nothing shows notifications": {notify.Support{}, "This desktop has no notification service, so nothing can be shown. Install one, such as dunst.", false},
		"a service with clicks":       {linux, "Shown by dunst.", true},
		"a service without":           {notify.Support{Works: true, Service: "<b>note"}, "Shown by bnote, which has no clicks: use the tray to open Vast Relay.", true},
		"the system itself":           {notify.Support{Works: true}, "Shown by the notification centre of this system. A click there does not open Vast Relay.", true},
	} {
		t.Run(name, func(t *testing.T) {
			got, works := NewCenter(Options{Notifier: &program{support: tc.support}}).Describe(t.Context())
			if got != tc.want || works != tc.works {
				t.Errorf("got %q, %v; want %q, %v", got, works, tc.want, tc.works)
			}
		})
	}
}
