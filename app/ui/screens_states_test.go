package ui

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/ui/kit"
	"vastrelay/app/ui/kit/kittest"
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
				Headline: words.Verbatim("Vast Relay cannot start"),
				Cause:    words.Verbatim("The folder of its data belongs to another user: a start with sudo leaves it so."),
				Next:     words.Verbatim("Give the folder back to your user, then start again."),
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
			d.Until("the events of today", func() bool { return !sees(d.rows(), say("Payment failed")) })
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
					Headline: words.Verbatim("The events cannot be read"), Cause: words.Verbatim("The file that holds them is damaged. Vast Relay goes on relaying."),
					Next: words.Verbatim("Start the program again: the file is restored from its copy."), Details: "database disk image is malformed",
				}
			}
			d.ui.ShowMain()
			d.Until("the problem", func() bool { return sees(d.ui.Main().Content(), "The events cannot be read") })
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
			d.b.KeyringNow = credentials.KeyringState{State: state, Words: words.Verbatim("The keyring is " + state + "."), Action: help}
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
		{"setup-refused", uitest.FirstStart(), func(d *desk) fyne.Window {
			d.b.OnSaveCredential = func(_ context.Context, _ credentials.Kind, _ string, report func(health.Step)) error {
				report(health.Step{Name: words.Verbatim("Read the URL"), State: health.StepDone, Text: words.Verbatim("space AAAAspace")})
				report(health.Step{Name: words.Verbatim("Send a hello"), State: health.StepFailed, Text: words.Verbatim("refused"), Took: 280 * time.Millisecond})
				return health.Problem{Headline: words.Verbatim("Google Chat refused the webhook URL"), Cause: words.Verbatim("It is incomplete, or the webhook was deleted."), Next: words.Verbatim("Copy the URL again from the space.")}
			}
			d.showMain()
			card := uitest.CardOf(d.ui.Main().Content(), credentials.ChatURL)
			card.Entry().SetText("https://chat.googleapis.com/v1/spaces/AAAAspace/messages?key=k&token=t")
			d.Tap(d.ui.Main().Content(), words.Text("cards.check"))
			d.Until("the answer", func() bool { return sees(d.ui.Main().Content(), "refused the webhook URL") })
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
				report(health.Step{Name: words.Verbatim("Ask Vast.ai"), State: health.StepDone, Text: words.Verbatim("Vast.ai took the request"), Took: 210 * time.Millisecond})
				report(health.Step{Name: words.Verbatim("Arrive here"), State: health.StepDone, Text: words.Verbatim("the delivery came in"), Took: 600 * time.Millisecond})
				report(health.Step{Name: words.Verbatim("Post to Google Chat"), State: health.StepDone, Text: words.Verbatim("posted"), Took: 300 * time.Millisecond})
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
