package ui

import (
	"context"
	"slices"
	"time"

	"vastrelay/app/ui/settings"
	"vastrelay/app/ui/uitest"

	"vastrelay/app/ui/kit"
	"vastrelay/app/ui/kit/kittest"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"vastrelay/app/config"
	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/words"
)

// screen is one screen of the windows.
type screen struct {
	name  string
	b     *uitest.Program
	stage func(d *desk) fyne.Window
}

// screens are all of them, for pictures and for what holds on each.
func screens() []screen {
	return slices.Concat(windowScreens(), phaseScreens(), eventScreens(), setUpScreens())
}

// windowScreens are what the windows show of a program at work.
func windowScreens() []screen { //nolint:funlen // A table.
	return []screen{
		{"main", uitest.Working(), func(d *desk) fyne.Window {
			d.showMain()
			d.showEvent("ev-009")
			return d.ui.Main()
		}},
		{"failed", uitest.Working(), func(d *desk) fyne.Window {
			d.b.Details["ev-006"] = uitest.FailedDetail()
			d.showMain()
			d.filterFailed()
			d.showEvent("ev-006")
			return d.ui.Main()
		}},
		{"failed-again", uitest.Working(), func(d *desk) fyne.Window {
			d.b.Details["ev-006"] = uitest.FailedDetail()
			d.showMain()
			d.filterFailed()
			d.showEvent("ev-006")
			c := d.ui.Main().Content()
			d.Tap(c, "Try all again")
			d.Until("the answer", func() bool { return sees(c, "put in line") })
			d.b.OnResend = func(context.Context) (int, error) {
				return 0, health.Problem{Headline: health.New(health.ChatURLMissing).Headline, Next: health.New(health.ChatURLMissing).Next, Details: "no destination", Action: health.ActionReplaceChatURL}
			}
			d.Tap(c, "Try again")
			d.Until("the problem", func() bool { return sees(c, "There is no Google Chat webhook URL yet") })
			return d.ui.Main()
		}},
		{"vast", uitest.Working(), func(d *desk) fyne.Window {
			d.showMain()
			d.Tap(d.ui.Main().Content(), "Vast.ai")
			return d.ui.Main()
		}},
		{"trouble-in-detail", uitest.WithStatus(uitest.WordyStatus()), func(d *desk) fyne.Window {
			d.showMain()
			d.ui.Main().Resize(fyne.NewSize(kit.LeastWidth, kit.LeastHeight))
			d.Tap(d.ui.Main().Content(), "Address")
			return d.ui.Main()
		}},
		{"main-small", uitest.Working(), func(d *desk) fyne.Window {
			d.showMain()
			d.ui.Main().Resize(fyne.NewSize(kit.LeastWidth, kit.LeastHeight))
			return d.ui.Main()
		}},
		{"menu", uitest.Working(), func(d *desk) fyne.Window {
			d.showMain()
			test.Tap(d.ui.main.header.test.Arrow)
			return d.ui.Main()
		}},
		{"close", uitest.Working(), func(d *desk) fyne.Window {
			d.showMain()
			d.tray = false
			d.ui.main.close()
			return d.ui.Main()
		}},
		{"long", uitest.WithStatus(uitest.WordyStatus()), func(d *desk) fyne.Window {
			d.ui.Main().Resize(fyne.NewSize(kit.LeastWidth, kit.LeastHeight))
			d.showMain()
			d.ui.Main().Content().Refresh()
			return d.ui.Main()
		}},
		{"setup", uitest.FirstStart(), func(d *desk) fyne.Window { d.showMain(); return d.ui.Main() }},
		{"attention", uitest.WithStatus(uitest.PhaseStatus(status.Attention)), func(d *desk) fyne.Window {
			d.showMain()
			d.Tap(d.ui.Main().Content(), "Chat")
			return d.ui.Main()
		}},
		{"chat-down", uitest.WithStatus(uitest.ChatDown()), func(d *desk) fyne.Window { d.showMain(); return d.ui.Main() }},
		{"chat-down-why", uitest.WithStatus(uitest.ChatDown()), func(d *desk) fyne.Window {
			d.showMain()
			d.Tap(d.ui.Main().Content(), "Chat")
			return d.ui.Main()
		}},
		{"paused", uitest.WithStatus(uitest.PhaseStatus(status.Paused)), func(d *desk) fyne.Window {
			d.showMain()
			d.ui.act(health.ActionResume)
			return d.ui.Main()
		}},
		{"test", uitest.Working(), stageTest},
		{"demo", uitest.Demo(), func(d *desk) fyne.Window { d.showMain(); return d.ui.Main() }},
		{"empty", uitest.WithoutRows(), func(d *desk) fyne.Window { d.showMain(); return d.ui.Main() }},
		{"webhooks", uitest.Foreign(), func(d *desk) fyne.Window {
			d.showMain()
			d.ui.act(health.ActionChooseWebhook)
			d.Until("the webhooks", func() bool { return sees(d.ui.Main().Content(), "Replace this webhook") })
			return d.ui.Main()
		}},
		{"webhook-edited", uitest.Edited(), func(d *desk) fyne.Window {
			d.showMain()
			d.Tap(d.ui.Main().Content(), "Review the change")
			return d.ui.Main()
		}},
		{"checks", uitest.Examined(health.Problem{}), stageChecks},
		{"checks-fail", uitest.Examined(health.New(health.WebhookMoved, words.Args{"Host": "hooks.example.net"})), stageChecks},
		{"checks-running", uitest.Examined(health.Problem{}), func(d *desk) fyne.Window {
			whole := d.b.OnExamine
			d.b.OnExamine = func(ctx context.Context, report func(health.Step)) (health.Report, error) {
				_, _ = whole(ctx, func(s health.Step) {
					if s.Name.String() != "Google Chat" {
						report(s)
					}
				})
				report(health.Step{Name: words.New("doctor.name.chat"), State: health.StepRunning})
				<-ctx.Done()
				return health.Report{}, ctx.Err()
			}
			d.showMain()
			d.ui.main.answers.checkEverything()
			d.Until("the last check", func() bool { return sees(d.ui.Main().Content(), "Google Chat") })
			return d.ui.Main()
		}},
		{"crashed", uitest.Crashed(), func(d *desk) fyne.Window {
			d.showMain()
			c := d.ui.Main().Content()
			d.Until("the note", func() bool { return kittest.Button(c, say("Show report")) != nil })
			d.Tap(c, "Show report")
			return d.ui.Main()
		}},
		{"newer-version", uitest.Outdated(), func(d *desk) fyne.Window { d.showMain(); return d.ui.Main() }},
		{"replaced-program", uitest.Replaced(), func(d *desk) fyne.Window { d.showMain(); return d.ui.Main() }},
		{"another-time-zone", uitest.Travelling(), func(d *desk) fyne.Window { d.showMain(); return d.ui.Main() }},
		{"ask-for-updates", uitest.Unasked(), func(d *desk) fyne.Window { d.showMain(); return d.ui.Main() }},
		{"settings-updates", uitest.Outdated(), func(d *desk) fyne.Window { return d.showSettings(settings.SectionGeneral) }},
		{"settings-proxy-wrong", uitest.Misproxied(), func(d *desk) fyne.Window {
			w := d.showSettings(settings.SectionGeneral)
			kittest.Entries(w.Content())[0].SetText("ftp://proxy.example.net")
			d.Pump()
			return w
		}},
		{"settings-login-changed", uitest.LoginChanged(), func(d *desk) fyne.Window {
			w := d.showSettings(settings.SectionGeneral)
			d.Until("the entry", func() bool { return kittest.Sees(w.Content(), "/home/ada/Downloads/") })
			return w
		}},
		{"killed", uitest.Killed(), func(d *desk) fyne.Window { d.showMain(); return d.ui.Main() }},
		{"gap", uitest.Missing(), func(d *desk) fyne.Window {
			d.showMain()
			d.ui.ShowEvent("ev-010")
			d.Until("the gap", func() bool { return sees(d.ui.Main().Content(), "Noted by Vast Relay") })
			return d.ui.Main()
		}},
		{"settings", uitest.Working(), func(d *desk) fyne.Window { return d.showSettings(settings.SectionConnections) }},
		{"settings-replace", uitest.FirstStart(), stageReplace},
		{"settings-events", uitest.Working(), func(d *desk) fyne.Window {
			w := d.showSettings(settings.SectionEvents)
			d.Until("the catalogue", func() bool { return sees(w.Content(), "Instance outbid") })
			return w
		}},
		{"settings-messages", uitest.Working(), func(d *desk) fyne.Window { return d.showSettings(settings.SectionMessages) }},
		{"settings-address", uitest.Working(), func(d *desk) fyne.Window { return d.showSettings(settings.SectionAddress) }},
		{"settings-history", uitest.Working(), func(d *desk) fyne.Window { return d.showSettings(settings.SectionHistory) }},
		{"settings-gaps", uitest.Missing(), func(d *desk) fyne.Window {
			w := d.showSettings(settings.SectionHistory)
			d.Tap(w.Content(), "Catch up")
			d.Until("the answer", func() bool { return sees(w.Content(), "were fetched") })
			return w
		}},
		{"settings-notifications", uitest.Notifying(), (*desk).showNotifications},
		{"settings-notifications-nowhere", uitest.NotifyingNowhere(), (*desk).showNotifications},
		{"settings-general", uitest.Working(), func(d *desk) fyne.Window { return d.showSettings(settings.SectionGeneral) }},
		{"settings-about", uitest.Working(), func(d *desk) fyne.Window { return d.showSettings(settings.SectionAbout) }},
		{"licences", uitest.Working(), func(d *desk) fyne.Window {
			d.ui.showLicences()
			d.Until("a text", func() bool {
				return sees(d.ui.licences.Content(), "Permission") || sees(d.ui.licences.Content(), "License")
			})
			return d.windowWith(d.ui.licences.Content())
		}},
		{"keys", uitest.Working(), func(d *desk) fyne.Window {
			d.showMain()
			d.ui.main.keys.showHelp()
			return d.ui.Main()
		}},
		{"settings-overrides", uitest.Demo(), func(d *desk) fyne.Window { return d.showSettings(settings.SectionAbout) }},
		{"settings-diagnostics", uitest.Working(), func(d *desk) fyne.Window {
			w := d.showSettings(settings.SectionAbout)
			d.Tap(w.Content(), words.Text("report.make"))
			d.Until("the report", func() bool { return sees(w.Content(), "versions.txt") })
			d.Tap(w.Content(), "log.txt")
			return w
		}},
		{"settings-own-url", uitest.Working(), func(d *desk) fyne.Window {
			w := d.showSettings(settings.SectionAddress)
			kittest.Radio(w.Content(), say("Use my own public URL")).SetSelected(say("Use my own public URL"))
			return w
		}},
		{"settings-cloud-endpoint", uitest.Working(), func(d *desk) fyne.Window {
			w := d.showSettings(settings.SectionAddress)
			kittest.Radio(w.Content(), say("Let ngrok provide it")).SetSelected(say("Let ngrok provide it"))
			kittest.Entries(w.Content())[1].SetText("ada.ngrok.app")
			return w
		}},
		{"settings-tunnelmole", uitest.Working(), func(d *desk) fyne.Window {
			w := d.showSettings(settings.SectionAddress)
			kittest.Radio(w.Content(), say("Let Tunnelmole provide it")).SetSelected(say("Let Tunnelmole provide it"))
			return w
		}},
		{"settings-cloudflared", uitest.Working(), func(d *desk) fyne.Window {
			w := d.showSettings(settings.SectionAddress)
			kittest.Radio(w.Content(), say("Let Cloudflare provide it (cloudflared)")).SetSelected(say("Let Cloudflare provide it (cloudflared)"))
			return w
		}},
		{"settings-remove", uitest.Working(), func(d *desk) fyne.Window {
			w := d.showSettings(settings.SectionConnections)
			test.Tap(uitest.CardOf(w.Content(), credentials.NgrokToken).Remove())
			return w
		}},
		{"settings-not-saved", uitest.Working(), func(d *desk) fyne.Window {
			d.b.OnChangeSettings = func(context.Context, config.Settings) error {
				return health.Problem{
					Headline: words.New("failed.save_settings"), Cause: health.New(health.DiskRefuses).Cause, Next: health.New(health.DiskRefuses).Next, Details: "write settings.json: no space left on device", Action: health.ActionRetry,
				}
			}
			w := d.showSettings(settings.SectionAddress)
			kittest.Entries(w.Content())[0].SetText("name.ngrok-free.app")
			d.Tap(w.Content(), "Save")
			d.Until("the problem", func() bool { return sees(w.Content(), "Could not save the settings") })
			return w
		}},
	}
}

// stageTest shows a test that failed at its last step.
func stageTest(d *desk) fyne.Window {
	d.b.OnTest = func(_ context.Context, report func(health.Step)) error {
		for _, s := range []health.Step{
			{Name: words.New("check.test_asking"), State: health.StepDone, Text: words.New("check.test_asked"), Took: 210 * time.Millisecond},
			{Name: words.New("check.test_arrival"), State: health.StepDone, Text: words.New("check.test_arrived", words.Args{"Time": "14:06:01"}), Took: 600 * time.Millisecond},
			{Name: words.New("check.test_signature"), State: health.StepDone, Text: words.New("check.test_signed")},
			{Name: words.New("check.posting"), State: health.StepRunning},
		} {
			report(s)
		}
		return health.Problem{
			Headline: words.Translate("The webhook or its space is gone"), Cause: words.Translate("Google Chat does not find the webhook or its space; one of them was probably deleted."),
			Next: words.Translate("Make a new webhook in the space and paste its URL."), Details: "HTTP 404 NOT_FOUND", Action: health.ActionReplaceChatURL,
		}
	}
	d.showMain()
	d.ui.SendTest()
	d.Until("the answer", func() bool { return sees(d.ui.Main().Content(), "one of them was probably deleted") })
	return d.ui.Main()
}

// stageReplace shows a refused credential with the entry open for the next try.
func stageReplace(d *desk) fyne.Window {
	d.b.OnSaveCredential = func(_ context.Context, _ credentials.Kind, _ string, report func(health.Step)) error {
		report(health.Step{Name: words.New("check.url_reading"), State: health.StepDone, Text: words.New("check.url_read")})
		report(health.Step{Name: words.New("check.url_hello"), State: health.StepFailed, Took: 280 * time.Millisecond})
		return health.New(health.ChatURLMalformed, words.Args{"Reason": words.Translate("The webhook URL is cut off at its end; copy it again with the copy button beside the webhook.")})
	}
	w := d.showSettings(string(credentials.ChatURL))
	kittest.Entries(w.Content())[0].SetText("https://chat.googleapis.com/v1/spaces/x")
	d.Tap(w.Content(), "Save and check")
	d.Until("the answer", func() bool { return sees(w.Content(), "This is not a Google Chat webhook URL") })
	return w
}

// stageChecks shows what the checks of all hops have found.
func stageChecks(d *desk) fyne.Window {
	d.showMain()
	d.ui.main.answers.checkEverything()
	d.Until("the verdict", func() bool { return !d.ui.main.answers.testing })
	return d.ui.Main()
}

// showNotifications shows the settings of notifications, once the desktop has said what
// it can do.
func (d *desk) showNotifications() fyne.Window {
	w := d.showSettings(settings.SectionNotify)
	d.Until("what the desktop can do", func() bool { return !sees(w.Content(), "Asking the desktop") })
	return w
}
