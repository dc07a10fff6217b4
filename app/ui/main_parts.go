package ui

import (
	"context"
	"runtime"

	"vastrelay/app/config"
	"vastrelay/app/status"
	"vastrelay/app/ui/events"
	"vastrelay/app/ui/notes"
	"vastrelay/app/ui/settings"
	"vastrelay/app/ui/setup"
	"vastrelay/app/ui/webhooks"
	"vastrelay/relay"
)

// What the parts of the main window need of it and of the program.

// eventsDeps is what the view of the events needs of this window.
func (w *mainWindow) eventsDeps() events.Deps {
	return events.Deps{
		Env: w.ui.env, Win: w.win, Keys: w.keys.list(), History: w.ui.parts.History, Resender: w.ui.parts.Resender, Exporter: w.ui.parts.Settings.Exporter, Routes: &routes{store: w.ui.parts.Settings.Store}, Periods: &periods{store: w.ui.parts.Settings.Store},
		Status:    func() status.Status { return w.status },
		Form:      func() relay.Rung { return w.ui.parts.Settings.Store.Settings().Form.Rung() },
		Preview:   w.ui.parts.Messages.Preview,
		OS:        runtime.GOOS,
		TestLabel: testFromVast.title(),
		On: events.Callbacks{
			Test: func() { w.answers.runTest(testFromVast) },
			FirstAnswer: func() {
				if w.shown && w.win.Canvas().Focused() == nil {
					w.focusFirst()
				}
			},
			FirstEvent: w.draw,
			Open:       w.endSetUp,
			Unread:     w.showUnread,
			Posted:     w.refreshShown,
			Failed:     w.answers.fail,
			Escape:     func() { w.answers.slot.Clear() },
			Relayout:   w.relayout,
		},
	}
}

// notesDeps is what the notes of the main window need.
func (w *mainWindow) notesDeps() notes.Deps {
	return notes.Deps{
		Env: w.ui.env, LastRun: w.ui.parts.LastRun, Updates: w.ui.parts.Updates, Program: w.ui.parts.Program, Quit: w.ui.o.Quit, Relayout: w.relayout,
		SetUp:       func() bool { return w.status.Phase != status.Setup },
		ShowUpdates: func() { w.ui.ShowSettings(settings.SectionGeneral) },
		LookForUpdates: func(ctx context.Context, yes bool) error {
			return w.ui.parts.Settings.Store.ChangeSettings(ctx, func(s *config.Settings) { s.General.Updates = settings.UpdatesChoice(yes) })
		},
	}
}

// setupDeps is what the set-up in w needs.
func (w *mainWindow) setupDeps() setup.Deps {
	return setup.Deps{
		Deps: w.ui.cardDeps(), Win: w.win, Keys: w.keys.list(), TestLabel: testFromVast.title(), Test: w.answers.testFromSetup, Leave: w.endSetUp,
		StartDemo: w.ui.parts.Demo.StartDemo, HasTray: w.ui.o.HasTray,
	}
}

// webhookDeps is what the panels about webhooks need.
func (w *mainWindow) webhookDeps() webhooks.Deps {
	return webhooks.Deps{
		Env: w.ui.env, Manager: w.ui.parts.Webhooks, Win: w.win, Slot: w.answers.slot,
		Relayout: w.relayout, Changed: func() { w.refresh(status.Everything) },
	}
}
