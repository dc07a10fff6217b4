package ui

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/secrets"
	"vastrelay/app/status"
	"vastrelay/app/ui/kit"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/settings"
	"vastrelay/app/ui/uitest"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// stageMain shows the main window as it comes up.
func stageMain(d *desk) fyne.Window { d.showMain(); return d.ui.Main() }

// phaseScreens are the phases that no other screen shows.
func phaseScreens() []screen {
	return []screen{
		{"starting", uitest.WithStatus(uitest.PhaseStatus(status.Starting)), stageMain},
		{"standby", uitest.WithStatus(uitest.PhaseStatus(status.Standby)), stageMain},
		{"stopped", uitest.WithStatus(uitest.PhaseStatus(status.Stopped)), stageMain},
		{"pause-menu", uitest.Working(), func(d *desk) fyne.Window {
			d.showMain()
			d.ui.main.header.pauseTapped()
			return d.ui.Main()
		}},
		{"pending", uitest.WithStatus(uitest.PhaseStatus(status.Attention)), func(d *desk) fyne.Window {
			d.b.OnPerform = func(ctx context.Context, _ health.Action) error {
				<-ctx.Done()
				return ctx.Err()
			}
			d.showMain()
			d.ui.act(health.ActionRetry)
			d.Pump()
			return d.ui.Main()
		}},
		{"cannot-start", uitest.Working(), func(d *desk) fyne.Window {
			w := d.App.NewWindow("Vast Relay")
			w.SetContent(container.NewStack(kit.Refusal(health.Problem{
				Headline: words.New("start.refused.folder"),
				Cause:    words.Translate("The folder /home/ada/.local/share/vastrelay belongs to another user (0), and this one may not write to it."),
				Next:     words.Translate("Give it to this user, or name another folder with --data-dir."),
			}, func() {})))
			w.Resize(fyne.NewSize(kit.LeastWidth, kit.LeastHeight))
			w.Show()
			return w
		}},
	}
}

// eventScreens are the states of the list, and an event of each fate.
func eventScreens() []screen {
	list := []screen{
		{"list", uitest.Working(), stageMain},
		{"backlog", uitest.WithBacklog(), stageMain},
		{"activity-month", uitest.Busy(), func(d *desk) fyne.Window {
			d.showMain()
			strip := d.firstFocusable(d.ui.main.events.Activity())
			d.ui.Main().Canvas().Focus(strip)
			strip.TypedKey(&fyne.KeyEvent{Name: fyne.KeyLeft})
			return d.ui.Main()
		}},
		{"activity-menu", uitest.Working(), func(d *desk) fyne.Window {
			d.showMain()
			d.Tap(d.ui.main.events.Activity(), "")
			return d.ui.Main()
		}},
		{"today", uitest.Working(), func(d *desk) fyne.Window {
			d.showMain()
			d.ui.main.events.ShowToday()
			d.Until("the events of today", func() bool { return !sees(d.rows(), "Payment failed") })
			return d.ui.Main()
		}},
		{"search-without-result", uitest.Working(), func(d *desk) fyne.Window {
			d.showMain()
			d.search().SetText("chickenpox")
			d.search().OnSubmitted("")
			d.Until("no row", func() bool { return d.rows() == nil || d.rows().Length() == 0 })
			return d.ui.Main()
		}},
		{"history-unreadable", uitest.Working(), func(d *desk) fyne.Window {
			d.b.OnEvents = func(context.Context, relay.Query) ([]relay.Summary, error) {
				return nil, health.Problem{
					Headline: words.New("failed.read_events"), Next: words.New("failed.next"), Details: "database disk image is malformed",
				}
			}
			d.ui.ShowMain()
			d.Until("the problem", func() bool { return sees(d.ui.Main().Content(), "Could not read the events") })
			return d.ui.Main()
		}},
	}
	for _, row := range uitest.Rows() {
		if row.Fate == relay.FatePosted || row.Fate == relay.FateFailed {
			continue // The main screen and "failed" show one.
		}
		list = append(list, screen{"event-" + string(row.Fate), uitest.Working(), stageEvent(row.ID)})
	}
	return append(list, screen{"event-held", uitest.WithStatus(uitest.PhaseStatus(status.Paused)), stageEvent("ev-007")})
}

// stageEvent shows that event.
func stageEvent(id string) func(d *desk) fyne.Window {
	return func(d *desk) fyne.Window {
		d.b.Details = uitest.Details()
		d.showMain()
		d.showEvent(id)
		return d.ui.Main()
	}
}

// setUpScreens are the steps of the set-up.
func setUpScreens() []screen {
	keyring := func(name, state string, help health.Action) screen {
		return screen{name, uitest.FirstStart(), func(d *desk) fyne.Window {
			d.b.KeyringNow = credentials.KeyringState{State: state, Words: secrets.State(state).Words(), Action: help}
			d.showMain()
			d.Until("the keyring", func() bool { return kittest.Button(d.ui.Main().Content(), help.Label()) != nil })
			return d.ui.Main()
		}}
	}
	return []screen{
		keyring("setup-keyring-locked", "locked", health.ActionUnlockKeyring),
		keyring("setup-keyring-none-yet", "no_collection", health.ActionCreateKeyring),
		keyring("setup-keyring-missing", "unavailable", health.ActionLookAgain),
		keyring("setup-keyring-unresponsive", "unresponsive", health.ActionRetry),
		{"settings-keyring-locked", uitest.Working(), func(d *desk) fyne.Window {
			d.b.KeyringNow = credentials.KeyringState{State: "locked", Words: words.New("keyring.locked"), Action: health.ActionUnlockKeyring}
			w := d.showSettings(settings.SectionConnections)
			d.Until("the keyring", func() bool { return kittest.Button(w.Content(), health.ActionKeepForRun.Label()) != nil })
			return w
		}},
		{"setup-refused", uitest.FirstStart(), func(d *desk) fyne.Window {
			d.b.OnSaveCredential = func(_ context.Context, _ credentials.Kind, _ string, report func(health.Step)) error {
				report(health.Step{Name: words.New("check.url_reading"), State: health.StepDone, Text: words.New("check.url_read")})
				report(health.Step{Name: words.New("check.url_hello"), State: health.StepFailed, Took: 280 * time.Millisecond})
				return health.New(health.ChatURLMalformed, words.Args{"Reason": words.Translate("The webhook URL is cut off at its end; copy it again with the copy button beside the webhook.")})
			}
			d.showMain()
			card := uitest.CardOf(d.ui.Main().Content(), credentials.ChatURL)
			card.Entry().SetText("https://chat.googleapis.com/v1/spaces/AAAAspace/messages?key=k&token=t")
			d.Tap(d.ui.Main().Content(), words.Text("cards.check"))
			d.Until("the answer", func() bool { return sees(d.ui.Main().Content(), "This is not a Google Chat webhook URL") })
			return d.ui.Main()
		}},
		{"setup-connecting", uitest.FirstStart(), func(d *desk) fyne.Window {
			d.b.Stored = uitest.Credentials()
			d.showMain()
			d.become(status.Starting)
			return d.ui.Main()
		}},
		{"setup-last-step", uitest.FirstStart(), func(d *desk) fyne.Window {
			d.b.Stored = uitest.Credentials()
			d.showMain()
			d.become(status.Relaying)
			return d.ui.Main()
		}},
		{"setup-done", uitest.FirstStart(), func(d *desk) fyne.Window {
			d.b.Stored = uitest.Credentials()
			d.b.OnTest = func(_ context.Context, report func(health.Step)) error {
				report(health.Step{Name: words.New("check.test_asking"), State: health.StepDone, Text: words.New("check.test_asked"), Took: 210 * time.Millisecond})
				report(health.Step{Name: words.New("check.test_arrival"), State: health.StepDone, Text: words.New("check.test_arrived", words.Args{"Time": "14:06:01"}), Took: 600 * time.Millisecond})
				report(health.Step{Name: words.New("check.posting"), State: health.StepDone, Text: words.New("check.posted"), Took: 300 * time.Millisecond})
				return nil
			}
			d.showMain()
			d.become(status.Relaying)
			d.Tap(d.ui.Main().Content(), testFromVast.title())
			d.Until("the end", func() bool { return sees(d.ui.Main().Content(), words.Text("setup.test.passed_tray")) })
			return d.ui.Main()
		}},
	}
}

// firstFocusable is the first part of o that takes the focus.
func (d *desk) firstFocusable(o fyne.CanvasObject) (first fyne.Focusable) {
	d.T.Helper()
	kittest.Visit(o, func(o fyne.CanvasObject) {
		if f, ok := o.(fyne.Focusable); ok && first == nil {
			first = f
		}
	})
	if first == nil {
		d.T.Fatal("nothing takes the focus")
	}
	return first
}
