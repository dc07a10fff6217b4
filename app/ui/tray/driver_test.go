package tray

import (
	"bytes"
	"context"
	"errors"
	"image/png"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"vastrelay/app/config"
	"vastrelay/app/status"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// fakeHost records what the toolkit is told, in order.
type fakeHost struct {
	menus []*fyne.Menu
	icons []fyne.Resource
	lost  bool // setting the icon panics, as the toolkit does on a lost bus
}

func (h *fakeHost) SetSystemTrayMenu(m *fyne.Menu) { h.menus = append(h.menus, m) }

func (h *fakeHost) SetSystemTrayIcon(icon fyne.Resource) {
	if h.lost {
		panic(errors.New("dbus: connection closed by user"))
	}
	h.icons = append(h.icons, icon)
}

// labels is the text of the menu that is shown.
func (h *fakeHost) labels() []string {
	var lines []string
	for _, item := range h.menus[len(h.menus)-1].Items {
		lines = append(lines, item.Label)
	}
	return lines
}

func (h *fakeHost) item(t *testing.T, label string) *fyne.MenuItem {
	t.Helper()
	for _, item := range h.menus[len(h.menus)-1].Items {
		if item.Label == label {
			return item
		}
	}
	t.Fatalf("no item %q in %q", label, h.labels())
	return nil
}

// stage is a driver over fakes. Its UI goroutine is the test's: settle runs
// what was posted.
type stage struct {
	*Driver
	host *fakeHost

	mu      sync.Mutex
	status  status.Status
	muted   time.Time
	recent  []relay.Summary
	unread  int
	titles  []string // that the icon was given
	readErr error
	posted  []func()
	clicked []Item
}

func newStage(os string) *stage {
	s := &stage{host: &fakeHost{}, status: status.Status{Phase: status.Relaying, Headline: words.Verbatim("Relaying"), Address: address}}
	s.Driver = New(Options{
		Host: s.host,
		Post: func(f func()) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.posted = append(s.posted, f)
		},
		Now: func() time.Time { return time.Now().UTC() },
		Status: func() status.Status {
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.status
		},
		Notifications: func() config.Notifications { return s.notifications() },
		Events: func(_ context.Context, limit int) (Events, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			return Events{Recent: s.recent[:min(limit, len(s.recent))], Unread: s.unread}, s.readErr
		},
		Name:  func(title string) { s.titles = append(s.titles, title) },
		Click: func(i Item) { s.clicked = append(s.clicked, i) },
		OS:    os,
	})
	return s
}

func (s *stage) notifications() config.Notifications {
	s.mu.Lock()
	defer s.mu.Unlock()
	return config.Notifications{MutedUntil: s.muted}
}

func (s *stage) set(change func()) {
	s.mu.Lock()
	change()
	s.mu.Unlock()
	s.Changed()
}

// settle lets the driver come to rest and then runs what it has posted.
func (s *stage) settle() {
	synctest.Wait()
	s.mu.Lock()
	posted := s.posted
	s.posted = nil
	s.mu.Unlock()
	for _, f := range posted {
		f()
	}
}

// run starts the driver inside a bubble and lets its first second pass.
func (s *stage) run(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	s.Start()
	go func() {
		defer close(done)
		s.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	time.Sleep(2 * minInterval)
	s.settle()
}

func TestDriverShowsTheFirstMenuBeforeTheLoop(t *testing.T) {
	s := newStage("linux")
	s.Start()
	if len(s.host.menus) != 1 || len(s.host.icons) != 1 {
		t.Fatalf("%d menus and %d icons, want one each", len(s.host.menus), len(s.host.icons))
	}
	if got, want := s.host.icons[0].Name(), "tray-relaying.png"; got != want {
		t.Errorf("icon %q, want %q", got, want)
	}
}

func TestDriverWaitsForADesktopToShowChangesTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage("linux")
		s.run(t)
		menus, icons := len(s.host.menus), len(s.host.icons)
		s.Reachable(false)
		for _, phase := range []status.Phase{status.Attention, status.Paused} {
			s.set(func() { s.status.Phase = phase })
			time.Sleep(2 * minInterval)
			s.settle()
		}
		if len(s.host.menus) != menus || len(s.host.icons) != icons {
			t.Errorf("%d menus and %d icons were made for nobody, want none", len(s.host.menus)-menus, len(s.host.icons)-icons)
		}
		s.Reachable(true)
		time.Sleep(2 * minInterval)
		s.settle()
		if len(s.host.menus) != menus+1 || s.host.icons[len(s.host.icons)-1].Name() != "tray-paused.png" {
			t.Errorf("%d menus were made once there is a desktop again, want the last state shown once", len(s.host.menus)-menus)
		}
	})
}

func TestDriverOutlivesATrayThatPanics(t *testing.T) {
	for name, status := range map[string]status.Status{
		"with another menu":         {Phase: status.Paused, Address: address},
		"with another picture only": {Phase: "unheard of", Address: address},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage("linux")
				s.run(t)
				s.host.lost = true
				s.set(func() { s.status = status })
				time.Sleep(2 * minInterval)
				s.settle()
				s.host.lost = false
				s.Reachable(true)
				time.Sleep(2 * minInterval)
				s.settle()
				if got, want := s.host.icons[len(s.host.icons)-1].Name(), "tray-"+string(status.Phase)+".png"; got != want {
					t.Errorf("got icon %q on the next bus, want %q", got, want)
				}
				if got := len(s.host.menus); got < 2 {
					t.Errorf("got %d menus, want the menu shown again on the next bus", got)
				}
			})
		})
	}
}

// TestTheToolkitHasNoIconToDraw is about a crash: the toolkit draws vector
// pictures for the tray beside the windows.
func TestTheToolkitHasNoIconToDraw(t *testing.T) {
	for system, vector := range map[string]bool{"linux": false, "windows": false, "darwin": true} {
		for _, name := range allIcons {
			icon := newStage(system).icon(name)
			picture, err := png.Decode(bytes.NewReader(icon.Content()))
			if got := err != nil; got != vector {
				t.Errorf("%s, %s: got a vector picture: %v, want %v", system, name, got, vector)
			}
			if err == nil && (picture.Bounds().Dx() != drawnSize || picture.Bounds().Dy() != drawnSize) {
				t.Errorf("%s, %s: got %v, want %d pixels square", system, name, picture.Bounds(), drawnSize)
			}
		}
	}
}

func TestDriverRebuildsOnlyWhatDiffers(t *testing.T) {
	for name, tc := range map[string]struct {
		change       func(*stage)
		menus, icons int
	}{
		"a counter that no line shows changes nothing": {func(s *stage) { s.status.Counters.Accepted++ }, 0, 0},
		"a new event changes the menu alone": {func(s *stage) {
			s.recent = []relay.Summary{{ID: "e", Title: "Outbid", ReceivedAt: time.Now()}}
		}, 1, 0},
		"another phase changes both":                   {func(s *stage) { s.status.Phase = status.Paused }, 1, 1},
		"events that cannot be read leave those known": {func(s *stage) { s.readErr = errors.New("disk") }, 0, 0},
		"another phase with the same words changes the icon": {func(s *stage) {
			s.status = status.Status{Phase: "unheard of", Address: address}
		}, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			quiet(t)
			synctest.Test(t, func(t *testing.T) {
				s := newStage("linux")
				s.run(t)
				menus, icons := len(s.host.menus), len(s.host.icons)
				s.set(func() { tc.change(s) })
				time.Sleep(2 * minInterval)
				s.settle()
				if got := len(s.host.menus) - menus; got != tc.menus {
					t.Errorf("%d menus, want %d", got, tc.menus)
				}
				if got := len(s.host.icons) - icons; got != tc.icons {
					t.Errorf("%d icons, want %d", got, tc.icons)
				}
			})
		})
	}
}

func TestDriverChangesTheTrayAtMostOnceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage("linux")
		s.run(t)
		before := len(s.host.menus)
		const seconds = 5
		for i := range 100 * seconds {
			s.set(func() { s.status.LastEvent = time.Now().Add(-time.Duration(i) * time.Hour) })
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(2 * minInterval)
		s.settle()
		if got := len(s.host.menus) - before; got < seconds || got > seconds+1 {
			t.Errorf("%d menus in %d seconds of change, want one a second", got, seconds)
		}
		if got, want := s.host.labels()[0], Render(s.status, s.notifications(), Events{}, time.Now().UTC()).Items[0].Label; got != want {
			t.Errorf("the last menu says %q, want the newest state %q", got, want)
		}
	})
}

func TestDriverAnswersTheFirstChangeAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage("linux")
		s.run(t)
		before := len(s.host.menus)
		s.set(func() { s.status.Phase = status.Paused })
		s.settle()
		if got := len(s.host.menus) - before; got != 1 {
			t.Errorf("%d menus without any wait, want 1", got)
		}
	})
}

func TestDriverOffersToMuteAgainWhenAMuteHasEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage("linux")
		s.run(t)
		shows := func(label string) bool { return slices.Contains(s.host.labels(), label) }
		s.set(func() { s.muted = time.Now().Add(time.Hour).Round(0) }) // the bubble starts at a midnight
		s.settle()
		if !shows("Muted until 01:00 · show notifications") {
			t.Errorf("got %q while muted", s.host.labels())
		}
		time.Sleep(time.Hour)
		s.settle()
		if !shows("Mute notifications for an hour") {
			t.Errorf("got %q once the mute has ended", s.host.labels())
		}
	})
}

func TestDriverRenewsDatesAtMidnightAndSleepsOtherwise(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage("linux")
		s.status.LastEvent = time.Now().UTC() // the bubble starts at a midnight
		s.run(t)
		before := len(s.host.menus)
		time.Sleep(23 * time.Hour)
		s.settle()
		if got := len(s.host.menus) - before; got != 0 {
			t.Errorf("%d menus on a day on which nothing happened, want 0", got)
		}
		time.Sleep(time.Hour)
		s.settle()
		if got, want := s.host.labels()[0], "Relaying · last event yesterday 00:00"; got != want {
			t.Errorf("after midnight %q, want %q", got, want)
		}
	})
}

func TestDriverKeepsOneMenuObject(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage("linux")
		s.run(t)
		s.set(func() { s.status.Phase = status.Paused })
		s.settle()
		for i, m := range s.host.menus {
			if m != s.host.menus[0] {
				t.Errorf("menu %d is another object: the toolkit would bring the first one back", i)
			}
		}
	})
}

func TestClicksNameTheirItem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage("linux")
		s.recent = []relay.Summary{{ID: "e7", Title: "Outbid", ReceivedAt: time.Now().UTC()}}
		s.run(t)
		quit := s.host.item(t, "Quit and stop relaying")
		if !quit.IsQuit {
			t.Error("the last item is not marked as quit: the toolkit would add one of its own")
		}
		if state := s.host.menus[0].Items[0]; !state.Disabled || state.Action != nil {
			t.Error("the state line can be clicked")
		}
		for _, label := range []string{"Open Vast Relay", "Outbid · 00:00", "Quit and stop relaying"} {
			s.host.item(t, label).Action()
		}
		want := []Item{
			{Label: "Open Vast Relay", Command: CommandOpen},
			{Label: "Outbid · 00:00", Command: CommandEvent, EventID: "e7"},
			{Label: "Quit and stop relaying", Command: CommandQuit},
		}
		if !slices.Equal(s.clicked, want) {
			t.Errorf("clicks %+v, want %+v", s.clicked, want)
		}
	})
}

func TestLabelsAreShownLiterally(t *testing.T) {
	const label = "R&D low_disk"
	for goos, want := range map[string]string{
		"linux":   "R&D low__disk",
		"freebsd": "R&D low__disk",
		"windows": "R&&D low_disk",
		"darwin":  "R&D low_disk",
	} {
		if got := literal(label, goos); got != want {
			t.Errorf("%s: got %q, want %q", goos, got, want)
		}
	}
}

func TestMacGetsTemplateIcons(t *testing.T) {
	for goos, want := range map[string]bool{"darwin": true, "linux": false, "windows": false} {
		s := newStage(goos)
		s.Start()
		if _, got := s.host.icons[0].(*theme.ThemedResource); got != want {
			t.Errorf("%s: template icon %v, want %v", goos, got, want)
		}
	}
}

// quiet keeps expected warnings out of the test's output.
func quiet(t *testing.T) {
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	t.Cleanup(func() { slog.SetDefault(before) })
}

func TestTheIconIsNamedWhenOtherNumbersAreUnread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage("linux")
		s.run(t)
		for _, n := range []int{0, 3, 3, 0} {
			s.set(func() { s.unread = n })
			time.Sleep(2 * minInterval)
			s.settle()
		}
		if want := []string{"3 unread · Vast Relay", "Vast Relay"}; !slices.Equal(s.titles, want) {
			t.Errorf("got %q, want %q", s.titles, want)
		}
	})
}
