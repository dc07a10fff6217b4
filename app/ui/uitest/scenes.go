package uitest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"fyne.io/fyne/v2"

	"vastrelay/app/catalogue"
	"vastrelay/app/config"
	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/ui/kit"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/words"
	"vastrelay/relay"
	"vastrelay/vastapi"
)

// RelayingStatus is a healthy program.
func RelayingStatus() status.Status {
	hops := make([]health.Hop, 0, 5)
	for _, name := range health.HopNames() {
		hops = append(hops, health.Hop{Name: name, State: health.HopOK, Since: kittest.Noon.Add(-2 * time.Hour), Detail: words.New("hop.chat.proven")})
	}
	return status.Status{
		Phase:     status.Relaying,
		Since:     kittest.Noon.Add(-2 * time.Hour),
		Headline:  words.New("status.relaying.to_label", words.Args{"Label": "Ops alerts"}),
		Cause:     words.New("status.relaying.none_waiting"),
		Address:   "https://brave-otter-17.ngrok-free.app",
		Hops:      hops,
		Space:     "AAAAspace",
		Label:     "Ops alerts",
		Today:     12,
		LastEvent: kittest.Noon.Add(-4 * time.Minute),
	}
}

// PhaseStatus is the program in that phase.
func PhaseStatus(p status.Phase) status.Status {
	s := RelayingStatus()
	s.Phase = p
	switch p {
	case status.Setup:
		s.Headline, s.Cause, s.Action, s.Address = words.New("status.setup"), health.New(health.ChatURLMissing).Headline, health.ActionSetUp, ""
		s.Hops = []health.Hop{{Name: health.HopChat, State: health.HopMissing}}
	case status.Starting:
		s.Headline, s.Cause, s.Address = words.New("status.connecting.headline"), words.New("hop.address.opening"), ""
		s.Hops = []health.Hop{
			{Name: health.HopKeyring, State: health.HopOK}, {Name: health.HopVast, State: health.HopOK}, {Name: health.HopAddress, State: health.HopWorking},
		}
	case status.Paused:
		s.Headline, s.Cause, s.Waiting, s.Action = words.New("status.paused.headline_until", words.Args{"Time": "15:00"}), words.NewPlural("status.paused.held", 34), 34, health.ActionResume
		s.PausedSince, s.PausedUntil = kittest.Noon.Add(-time.Hour), kittest.Noon.Add(time.Hour)
	case status.Standby:
		s.Headline, s.Cause = words.New("status.standby.headline"), words.New("status.standby.cause", words.Args{"Time": "09:12"})
	case status.Attention:
		s.Hops[4] = health.Hop{
			Name: health.HopChat, State: health.HopFailing, Since: kittest.Noon.Add(-9 * time.Minute), Detail: words.Translate("The webhook or its space is gone"),
			Next: words.Translate("Make a new webhook in the space and paste its URL."), Action: health.ActionReplaceChatURL, Code: "HTTP 404 NOT_FOUND webhook_gone",
			Severity: health.Person, Tried: kittest.Noon.Add(-10 * time.Minute),
		}
		s = failingAt(s, health.HopChat)
		s.Waiting = 3
	case status.Stopped:
		s.Headline, s.Cause, s.Action, s.Address = words.New("status.stopped.headline"), words.New("status.stopped.cause"), health.ActionStart, ""
		s.Hops = nil
	}
	return s
}

// ChatDown is a program that waits for Google Chat: nobody has to act.
func ChatDown() status.Status {
	s := RelayingStatus()
	s.Phase, s.Waiting = status.Attention, 3
	s.Hops[4] = health.Hop{
		Name: health.HopChat, State: health.HopFailing, Since: kittest.Noon.Add(-9 * time.Minute), Detail: words.Translate("Google Chat is down"),
		Next: words.Translate("Google Chat answered with an error of its own. Nothing to do: it is tried again."), Action: health.ActionRetry, Code: "server_error",
		Severity: health.Passing, Tried: kittest.Noon.Add(-2 * time.Second), NextTry: kittest.Noon.Add(10 * time.Second),
	}
	return failingAt(s, health.HopChat)
}

// failingAt is s in attention because of the hop of that name.
func failingAt(s status.Status, name health.HopName) status.Status {
	h := s.Hop(name)
	s.Headline, s.Cause, s.Action = h.Detail, h.Next, h.Action
	s.Failing, s.Severity = name, h.Severity
	return s
}

// Rows are recent events, newest first.
func Rows() []relay.Summary {
	row := func(n int, ago time.Duration, slug, title string, fate relay.Fate) relay.Summary {
		return relay.Summary{ID: fmt.Sprintf("ev-%03d", n), Role: relay.RoleClient, Type: slug, Title: title, ReceivedAt: kittest.Noon.Add(-ago), Fate: fate}
	}
	return []relay.Summary{
		row(9, 4*time.Minute, "outbid", "Instance outbid #48926820", relay.FatePosted),
		row(8, 22*time.Minute, "instance_started", "Instance started #48927380", relay.FatePosted),
		row(7, 41*time.Minute, "low_credit", "Your balance is running low and the next charge may fail before Monday", relay.FateWaiting),
		row(6, 2*time.Hour, "instance_offline", "Instance offline #48926820", relay.FateFailed),
		row(5, 3*time.Hour, "upcoming_downtime", "Upcoming downtime for machine 20417", relay.FateLate),
		row(4, 5*time.Hour, "webhook_test", "Vast.ai webhook test", relay.FateRecorded),
		row(3, 26*time.Hour, "billing_failed", "Payment failed", relay.FateKept),
		row(2, 50*time.Hour, "", "Unreadable delivery", relay.FateUnreadable),
		row(1, 300*24*time.Hour, "instance_started", "Instance started #31111111", relay.FatePosted),
	}
}

// Detail is the first of Rows in full.
func Detail() relay.Detail {
	at := kittest.Noon.Add(-4 * time.Minute)
	return relay.Detail{
		Event: relay.Event{
			ID: "ev-009", Role: relay.RoleClient, Type: "outbid", Subject: "Instance outbid #48926820",
			Message:    "Your interruptible instance 48926820 on machine 20417 was outbid and has been paused. Raise the bid to resume it.",
			UserID:     77031,
			OccurredAt: at.Add(-800 * time.Millisecond), ReceivedAt: at, Attempt: 1,
			Payload: []byte(`{"event_id":"ev-009","notif_type":"outbid","subject":"Instance outbid #48926820","timestamp":1795269719.2,"user_id":77031}`),
		},
		Verdict:  relay.Accepted,
		Fate:     relay.FatePosted,
		StoredAt: at.Add(time.Millisecond),
		Posts: []relay.PostDetail{{
			Post:    relay.Post{ID: 4, State: relay.Done, Tries: 2},
			Members: 1,
			Attempts: []relay.Attempt{
				{
					Number: 1, Rung: relay.RungCard, StartedAt: at.Add(20 * time.Millisecond), EndedAt: at.Add(220 * time.Millisecond),
					Result: relay.Result{Outcome: relay.ServerTrouble, Status: 503, Reason: "server_trouble", Detail: "Google Chat had an internal error.", Took: 200 * time.Millisecond},
				},
				{
					Number: 2, Rung: relay.RungCard, StartedAt: at.Add(2 * time.Second), EndedAt: at.Add(2310 * time.Millisecond),
					Result: relay.Result{Outcome: relay.Posted, Status: 200, Name: "spaces/AAAAspace/messages/client-4f1c09", Took: 310 * time.Millisecond},
				},
			},
		}},
	}
}

// FailedDetail is an event that was given up.
func FailedDetail() relay.Detail {
	d := Detail()
	d.Event.ID, d.Event.Type, d.Event.Subject = "ev-006", "instance_offline", "Instance offline #48926820"
	d.Fate = relay.FateFailed
	d.Posts[0].Post.State = relay.Dead
	d.Posts[0].Attempts = d.Posts[0].Attempts[:1]
	return d
}

// Hours are the events of a day with a quiet night.
func Hours() []int {
	return []int{1, 0, 2, 7, 3, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 2, 1, 4, 0, 1, 9, 3, 0, 2}
}

// WithBacklog is a program that posts many events, one after the other.
func WithBacklog() *Program {
	s := RelayingStatus()
	s.Waiting, s.Backlog = 480, status.Progress{Posted: 120, Total: 600, Ends: kittest.Noon.Add(2 * time.Minute)}
	return WithStatus(s)
}

// Busy is a program with many events, of which it shows a month.
func Busy() *Program {
	b := Working()
	b.InForce.General.Activity = config.PeriodMonth
	b.Hours = []int{31, 12, 44, 18, 9, 0, 0, 27, 61, 120, 33, 14, 2, 0, 18, 25, 22, 30, 41, 8, 3, 19, 1280, 52, 36, 11, 4, 24, 31, 12}
	return b
}

// Credentials are three credentials that work, and those that are optional.
func Credentials() []credentials.Credential {
	return []credentials.Credential{
		{Kind: credentials.VastKey, State: credentials.InKeyring, Detail: words.Verbatim("ada@example.net"), CheckedAt: kittest.Noon.Add(-2 * time.Minute)},
		{Kind: credentials.ChatURL, State: credentials.InKeyring, Detail: words.Verbatim("Ops alerts"), CheckedAt: kittest.Noon.Add(-2 * time.Minute)},
		{Kind: credentials.NgrokToken, State: credentials.InKeyring, Detail: words.Verbatim("Ada (Free)"), CheckedAt: kittest.Noon.Add(-3 * time.Hour)},
		{Kind: credentials.TunnelmoleKey, State: credentials.Missing},
		{Kind: credentials.CloudflaredToken, State: credentials.Missing},
		{Kind: credentials.HeartbeatURL, State: credentials.Missing},
	}
}

// MissingCredentials are the credentials of a first start, one of them given.
func MissingCredentials() []credentials.Credential {
	all := Credentials()
	for i := range all[1:] {
		all[i+1] = credentials.Credential{Kind: all[i+1].Kind, State: credentials.Missing}
	}
	return all
}

// Catalogue is a short catalogue with every kind of group.
func Catalogue() status.Catalogue {
	listed := []string{"client:outbid", "client:instance_started", "client:instance_offline", "client:low_credit", "client:billing_failed", "client:password_reset", "host:machine_offline"}
	chosen := []string{"client:outbid", "client:instance_offline", "client:low_credit", "client:billing_failed", "host:machine_offline"}
	types := slices.DeleteFunc(vastapi.Catalogue(), func(t vastapi.NotificationType) bool { return !slices.Contains(listed, t.Key) })
	return catalogue.Group(types, chosen, true)
}

// Working is a healthy program with events.
func Working() *Program {
	return &Program{
		State:      RelayingStatus(),
		Rows:       Rows(),
		Hours:      Hours(),
		Details:    map[string]relay.Detail{"ev-009": Detail()},
		Stored:     Credentials(),
		KeyringNow: credentials.KeyringState{State: "ready", Words: words.New("keyring.ready")},
		Known:      Catalogue(),
	}
}

// FirstStart is a program that nobody has set up.
func FirstStart() *Program {
	return &Program{
		State:      PhaseStatus(status.Setup),
		Stored:     MissingCredentials(),
		KeyringNow: credentials.KeyringState{State: "empty", Words: words.New("keyring.empty")},
		Known:      Catalogue(),
	}
}

// WithStatus is a working program in that state.
func WithStatus(s status.Status) *Program {
	b := Working()
	b.State = s
	return b
}

// WordyStatus says more than there is room for.
func WordyStatus() status.Status {
	s := PhaseStatus(status.Attention)
	s.Hops[2] = health.Hop{
		Name: health.HopAddress, State: health.HopFailing, Detail: health.New(health.AddressFiltered, words.Args{"Path": "/vast/client"}).Cause,
		Next:   health.Paragraph(health.New(health.AddressFiltered, words.Args{"Path": "/vast/client"}).Next, words.Translate("Stop another ngrok agent, here or on another computer; it is tried again each minute.")),
		Action: health.ActionReplaceToken, Severity: health.Person, Code: "ERR_NGROK_108 and a long line of what the server said of it, which does not fit into the width of the window",
	}
	s = failingAt(s, health.HopAddress)
	s.Late, s.Unreadable, s.GivenUp = 2, 1, 4
	s.Address = "https://a-very-long-name-of-a-domain-that-somebody-chose.relay.example.net"
	s.Overrides = []string{"VAST_URL", "VASTRELAY_NGROK_CONNECT_URL", "VASTRELAY_NGROK_CA", "VASTRELAY_CHAT_HOSTS", "VASTRELAY_PUBLIC_CONNECT"}
	return s
}

// WithoutRows is a working program without events.
func WithoutRows() *Program {
	b := Working()
	b.Rows, b.Details = nil, nil
	return b
}

// Demo is the demo with two messages in its space.
func Demo() *Program {
	b := Working()
	b.State.Demo = true
	b.State.Address = "http://127.0.0.1:41873"
	b.State.Overrides = []string{"VAST_URL", "VASTRELAY_CHAT_HOSTS"}
	b.Messages = []status.DemoMessage{
		{At: kittest.Noon.Add(-22 * time.Minute), Title: "Instance started #48927380", Text: "Your instance 48927380 is running on machine 20417."},
		{At: kittest.Noon.Add(-4 * time.Minute), Title: "Instance outbid #48926820", Text: "Your interruptible instance 48926820 was outbid and has been paused."},
	}
	return b
}

// Foreign is a program whose account has no room for a webhook of ours.
func Foreign() *Program {
	b := WithStatus(PhaseStatus(status.Attention))
	b.OnForeign = func(context.Context) ([]status.Webhook, error) {
		return []status.Webhook{
			{ID: 11, Role: "client", URL: "https://hooks.example.net/vast", Types: []string{"client:outbid", "client:instance_started"}},
			{ID: 12, Role: "client", URL: "https://ops.example.org/in/notifications", Types: []string{"client:outbid"}},
			{ID: 13, Role: "host", URL: "https://farm.example.com/alerts", Types: []string{"host:machine_offline"}},
			{ID: 14, Role: "client", Name: "night shift", URL: "https://pager.example.org/hook", Types: []string{"client:low_credit"}},
		}, nil
	}
	return b
}

// Edited is a program with a webhook that somebody changed at Vast.ai.
func Edited() *Program {
	s := PhaseStatus(status.Relaying)
	s.Action = health.ActionReviewEdit
	s.Webhooks = []status.Webhook{{
		ID: 1, Role: relay.RoleClient, URL: "https://relay.example/vast/client", Types: []string{"client:low_credit"},
		Edited: &status.Edit{Added: []string{"client:low_credit"}, Removed: []string{"client:outbid"}, Renamed: true, Name: "mine"},
	}}
	return WithStatus(s)
}

// Examined is a working program whose checks of all hops fail at the webhooks with
// that problem; a zero one makes them pass.
func Examined(wrong health.Problem) *Program {
	b := Working()
	b.OnExamine = func(_ context.Context, report func(health.Step)) (health.Report, error) {
		found := health.Report{At: kittest.Noon}
		add := func(code string, name, text words.Sentence, state health.FindingState, as health.StepState) {
			report(health.Step{Name: name, State: as, Text: text, Took: 120 * time.Millisecond})
			found.Findings = append(found.Findings, health.Finding{Code: code, Name: name, State: state, Text: text})
		}
		add("keyring", words.New("doctor.name.keyring"), words.New("doctor.found.credentials"), health.Passed, health.StepDone)
		add("disk", words.New("doctor.name.disk"), words.New("doctor.found.disk"), health.Passed, health.StepDone)
		add("clock", words.New("doctor.name.clock"), words.New("doctor.found.clock"), health.Passed, health.StepDone)
		add("key", words.New("doctor.name.key"), words.New("doctor.found.key", words.Args{"Owner": "ada@example.net"}), health.Passed, health.StepDone)
		add("tunnel", words.New("doctor.name.tunnel"), words.New("doctor.found.tunnel", words.Args{"Time": "09:12"}), health.Passed, health.StepDone)
		add("address", words.New("doctor.name.address"), words.New("doctor.found.address", words.Args{"Host": "brave-otter-17.ngrok-free.app"}), health.Passed, health.StepDone)
		if !wrong.Headline.IsZero() {
			add("webhooks", words.New("doctor.name.webhooks"), wrong.Headline, health.Failed, health.StepFailed)
			found.Findings[len(found.Findings)-1].Problem = wrong
			add("delivery", words.New("doctor.name.delivery"), words.New("doctor.skipped", words.Args{"Name": words.New("doctor.name.webhooks")}), health.Skipped, health.StepSkipped)
		} else {
			add("webhooks", words.New("doctor.name.webhooks"), words.NewPlural("doctor.found.webhooks", 1), health.Passed, health.StepDone)
			add("delivery", words.New("doctor.name.delivery"), words.NewPlural("doctor.found.delivery", 1), health.Passed, health.StepDone)
		}
		add("chat", words.New("doctor.name.chat"), words.New("doctor.found.chat_by_test"), health.Passed, health.StepDone)
		return found, nil
	}
	return b
}

// Missing is a program that could not be reached for a while, has noted that as an
// event, and has fetched what was missed.
func Missing() *Program {
	b := Working()
	last := relay.Gap{Start: kittest.Noon.Add(-10 * time.Hour), End: kittest.Noon.Add(-time.Hour), Cause: relay.GapSleep, MayLose: true, CaughtUp: 2}
	gap, note := status.DescribeGap(last, kittest.Noon), relay.NoteOf(last, 0)
	b.Missed = status.Gaps{
		Open: new(status.DescribeGap(relay.Gap{Start: kittest.Noon.Add(-time.Minute), Cause: relay.GapTunnel}, kittest.Noon)),
		Last: []status.Gap{gap},
	}
	b.OnCatchUp = func(context.Context) (status.CatchUp, error) { return status.CatchUp{Found: 2, Relayed: 2}, nil }
	noted := Detail()
	noted.Event.ID, noted.Event.Type, noted.Event.Subject = "ev-010", relay.GapType, gap.Text.String()
	noted.Event.Message = status.GapConsequence(last, 0).String()
	noted.Event.Payload = note.Payload()
	b.Details["ev-010"] = noted
	row := relay.Summary{ID: "ev-010", Type: relay.GapType, Title: gap.Text.String(), Note: note, ReceivedAt: kittest.Noon.Add(-time.Minute), Fate: relay.FatePosted}
	b.Rows = append([]relay.Summary{row}, b.Rows...)
	b.Rows[2].CaughtUp = true
	return b
}

// Card is the card of a credential as a person sees it.
type Card struct{ Ground fyne.CanvasObject }

// Entry is the entry that a credential can be pasted into; nil for none.
func (c Card) Entry() *kit.Entry {
	for _, e := range kittest.Entries(c.Ground) {
		if e.Password && !e.Disabled() { // Else it stands there while a credential is being checked.
			return e
		}
	}
	return nil
}

// Change is the button that opens the entry; nil while it is not shown.
func (c Card) Change() *kit.Button {
	if b := kittest.Button(c.Ground, words.Text("cards.replace")); b != nil {
		return b
	}
	return kittest.Button(c.Ground, words.Text("cards.add"))
}

// Remove is the button that removes the credential; nil while it is not shown.
func (c Card) Remove() *kit.Button { return kittest.Button(c.Ground, words.Text("cards.remove")) }

// Where is the link that says where the credential is found.
func (c Card) Where() *kit.Link { return kittest.Link(c.Ground, words.Text("cards.where")) }

// Secret is what tests paste, to search for it afterwards.
const Secret = "plausible-secret-0123456789abcdef"

// CardOf finds the card of that credential below o.
func CardOf(o fyne.CanvasObject, kind credentials.Kind) Card {
	return Card{Ground: kittest.Surface(o, kind.Words().Text())}
}
