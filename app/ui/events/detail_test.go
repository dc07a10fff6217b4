package events

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"vastrelay/app/config"
	"vastrelay/app/status"
	"vastrelay/app/ui/kit"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/uitest"
	"vastrelay/relay"
)

func TestDetailPane(t *testing.T) {
	d := newDesk(t, uitest.Working())
	d.open("ev-009")
	p := d.v.detail
	for _, want := range []string{
		"Instance outbid #48926820", "Posted", "Signature checked: this came from Vast.ai.",
		"Event · ev-009", "On disk", "Attempt 1: Google Chat had trouble",
		"HTTP 503 · 200 ms · Google Chat had an internal error. · server_trouble",
		"Attempt 2: posted", "HTTP 200 · 310 ms · spaces/AAAAspace/messages/client-4f1c09",
		"\"notif_type\": \"outbid\"", "for renting",
	} {
		d.WantText(p.box, want)
	}
	d.Tap(p.box, "Copy as JSON")
	var copied struct {
		ID       string `json:"event_id"`
		Attempts []struct{ Outcome, Message string }
		Payload  map[string]any
	}
	if err := json.Unmarshal([]byte(d.App.Clipboard().Content()), &copied); err != nil {
		t.Fatal(err)
	}
	if copied.ID != "ev-009" || len(copied.Attempts) != 2 || copied.Payload["user_id"] != 77031.0 {
		t.Errorf("got %+v", copied)
	}
	d.Pass(kit.CopiedFor)
	d.Pump()
	kittest.Golden(t, "detail.xml", p.box, 520, 700)
}

func TestHeadersAndTheCommandOfADelivery(t *testing.T) {
	b := uitest.Working()
	detail := uitest.Detail()
	detail.Event.Headers = []relay.Header{{Name: "User-Agent", Value: "Vast.ai/1.0"}, {Name: "X-Vast-Event-Id", Value: "ev-009"}}
	b.Details["ev-009"] = detail
	d := newDesk(t, b)
	d.open("ev-009")
	d.WantText(d.v.detail.box, "User-Agent: Vast.ai/1.0\nX-Vast-Event-Id: ev-009")
	d.Tap(d.v.detail.box, "Copy as cURL")
	if got := d.App.Clipboard().Content(); !strings.Contains(got, "curl ") || !strings.Contains(got, "'User-Agent: Vast.ai/1.0'") {
		t.Errorf("copied %q", got)
	}
	for name, change := range map[string]func(*relay.Event){
		"what was fetched": func(ev *relay.Event) { ev.CaughtUp = true },
		"a gap":            func(ev *relay.Event) { ev.Type = relay.GapType },
	} {
		undelivered := uitest.Detail()
		change(&undelivered.Event)
		b.Details["ev-008"] = undelivered
		d.v.detail.show(undelivered, nil)
		if kittest.Button(d.v.detail.box, "Copy as cURL") != nil {
			t.Errorf("%s can be sent as if it had been delivered", name)
		}
	}
}

func TestOnWindowsTheCommandIsOneOfPowerShell(t *testing.T) {
	b := uitest.Working()
	d := newDesk(t, b)
	d.v.deps.OS = "windows"
	d.open("ev-009")
	d.Tap(d.v.detail.box, "Copy as PowerShell")
	if got := d.App.Clipboard().Content(); !strings.Contains(got, "Invoke-WebRequest ") {
		t.Errorf("copied %q", got)
	}
	if kittest.Button(d.v.detail.box, "Copy as cURL") != nil {
		t.Error("a command for another shell is offered as well")
	}
}

func TestDetailOfAPayloadThatIsNotJSON(t *testing.T) {
	d := uitest.Detail()
	d.Event.Payload = []byte("not \xff JSON")
	var copied map[string]any
	if err := json.Unmarshal([]byte(detailJSON(d)), &copied); err != nil {
		t.Fatal(err)
	}
	if got := copied["payload_text"]; got != "not \uFFFD JSON" {
		t.Errorf("got %q", got)
	}
}

func TestDetailWords(t *testing.T) {
	base := uitest.Detail()
	for _, c := range []struct {
		name   string
		change func(*relay.Detail)
		want   string
	}{
		{"still waiting", func(d *relay.Detail) {
			d.Posts[0].Post.State, d.Posts[0].Post.NotBefore = relay.Waiting, kittest.Noon.Add(time.Minute)
		}, "next attempt at 14:07:00.0"},
		{"given up", func(d *relay.Detail) { d.Posts[0].Post.State = relay.Dead }, "Google Chat refused it in every form"},
		{"kept", func(d *relay.Detail) { d.Posts[0].Post.State = relay.Kept }, "not posted, by your choice"},
		{"part of a digest", func(d *relay.Detail) { d.Posts[0].Members = 3 }, "Sent together with 2 other events"},
		{"under way", func(d *relay.Detail) { d.Posts[0].Attempts[1].EndedAt = time.Time{} }, "Attempt 2: under way"},
		{"may repeat", func(d *relay.Detail) { d.Posts[0].Post.MayRepeat = true }, "may appear in Chat more than once"},
		{"delivered again", func(d *relay.Detail) { d.Event.Attempt = 3 }, "Received from Vast.ai at delivery 3"},
		{"for hosting", func(d *relay.Detail) { d.Event.Role = relay.RoleHost }, "for hosting"},
		{"late", func(d *relay.Detail) { d.Verdict, d.Fate = relay.Late, relay.FateLate }, "Too late"},
		{"unreadable", func(d *relay.Detail) { d.Verdict = relay.Unreadable }, "not what Vast.ai documents"},
		{"caught up", func(d *relay.Detail) { d.Event.CaughtUp = true }, "Fetched from Vast.ai's inbox"},
		{"caught up, in words", func(d *relay.Detail) { d.Event.CaughtUp = true }, "could not deliver this when it happened"},
		{"a gap, in Chat", func(d *relay.Detail) { d.Event.Type = relay.GapType }, "Not reachable"},
		{"a gap", func(d *relay.Detail) { d.Event.Type = relay.GapType }, "Noted by Vast Relay"},
		{"own test", func(d *relay.Detail) { d.Verdict = relay.Recorded }, "A test that Vast Relay asked for itself"},
	} {
		t.Run(c.name, func(t *testing.T) {
			detail := uitest.Detail()
			c.change(&detail)
			b := uitest.Working()
			b.Details["ev-009"] = detail
			d := newDesk(t, b)
			d.open("ev-009")
			d.WantText(d.v.detail.box, c.want)
		})
	}
	if base.Fate != relay.FatePosted {
		t.Error("the sample was changed")
	}
}

func TestNoSignatureIsClaimedThatNobodyChecked(t *testing.T) {
	for name, change := range map[string]func(*relay.Event){
		"of an event that was caught up": func(ev *relay.Event) { ev.CaughtUp = true },
		"of a gap":                       func(ev *relay.Event) { ev.Type = relay.GapType },
	} {
		t.Run(name, func(t *testing.T) {
			detail := uitest.Detail()
			change(&detail.Event)
			b := uitest.Working()
			b.Details["ev-009"] = detail
			d := newDesk(t, b)
			d.open("ev-009")
			for _, claim := range []string{"Signature checked", "signature ok", "Received from Vast.ai"} {
				d.WantNoText(d.v.detail.box, claim)
			}
		})
	}
}

func TestSlowDetailSaysSo(t *testing.T) {
	b := uitest.Working()
	hold := make(chan bool)
	b.OnEvent = func(context.Context, string) (relay.Detail, error) {
		<-hold
		return relay.Detail{}, relay.ErrNotFound
	}
	d := newDesk(t, b)
	d.begin()
	d.v.Open("ev-009")
	d.Pass(kit.Noticeable)
	d.Pump()
	d.WantText(d.v.detail.box, "Reading the event…")
	close(hold)
	d.Until("the answer", func() bool { return kittest.Sees(d.v.detail.box, "This event is no longer kept.") })
}

func TestDetailShowsTheEventAsChatShowsIt(t *testing.T) {
	attempt := func(rung relay.Rung, outcome relay.Outcome) relay.Attempt {
		return relay.Attempt{Rung: rung, StartedAt: kittest.Noon, EndedAt: kittest.Noon, Result: relay.Result{Outcome: outcome}}
	}
	for _, c := range []struct {
		name  string
		form  config.Form // in force
		posts [][]relay.Attempt
		card  bool
	}{
		{"what waits goes out as a card, unless the settings say otherwise", "", nil, true},
		{"what waits goes out as text where that is chosen", config.FormText, nil, false},
		{"what came as a card stays one when text is chosen later", config.FormText, [][]relay.Attempt{{attempt(relay.RungCard, relay.Posted)}}, true},
		{
			"what was refused as a card came as text", config.FormCard,
			[][]relay.Attempt{{attempt(relay.RungCard, relay.ContentRefused), attempt(relay.RungText, relay.Posted)}},
			false,
		},
		{
			"an attempt that may have been stored says nothing", config.FormCard,
			[][]relay.Attempt{{attempt(relay.RungText, relay.Ambiguous)}},
			true,
		},
		{
			"of two messages the later one counts", config.FormCard,
			[][]relay.Attempt{{attempt(relay.RungCard, relay.Posted)}, {attempt(relay.RungText, relay.AlreadyPosted)}},
			false,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := uitest.Working()
			b.InForce.Form = c.form
			detail := uitest.Detail()
			detail.Posts = nil
			for _, attempts := range c.posts {
				detail.Posts = append(detail.Posts, relay.PostDetail{Post: relay.Post{State: relay.Done}, Members: 1, Attempts: attempts})
			}
			b.Details["ev-009"] = detail
			d := newDesk(t, b)
			d.open("ev-009")
			want, absent := "Event · ev-009", "type=outbid event_id=ev-009"
			if !c.card {
				want, absent = absent, want
			}
			d.WantText(d.v.detail.box, "Raise the bid to resume it.")
			d.WantText(d.v.detail.box, want)
			d.WantNoText(d.v.detail.box, absent)
		})
	}
}

func TestWaitingEventsAreHeldWhilePaused(t *testing.T) {
	b := uitest.WithStatus(uitest.PhaseStatus(status.Paused))
	held := uitest.Detail()
	held.Event.ID, held.Fate, held.Posts = "ev-007", relay.FateWaiting, nil
	b.Details["ev-007"] = held
	d := newDesk(t, b)
	d.show()
	d.WantText(d.v.list.rows, "held · 41 min ago")
	d.open("ev-007")
	d.WantText(d.v.detail.box, "Held here until posting goes on.")
	d.become(status.Relaying)
	d.settled()
	d.WantText(d.v.list.rows, "waiting · 41 min ago")
	d.Until("the detail", func() bool { return kittest.Sees(d.v.detail.box, "Waiting") })
}

func TestPayloadText(t *testing.T) {
	for _, c := range []struct {
		name  string
		raw   string
		want  string // how it starts
		whole bool
	}{
		{"JSON is indented", `{"a":1}`, "{\n  \"a\": 1\n}", true},
		{"what is not JSON stays as it came", "hello\tthere", "hello there", true},
		{"an empty body is empty", "", "", true},
		{"a huge line is broken and cut", strings.Repeat("x", 1<<20), strings.Repeat("x", payloadColumns) + "\n", false},
		{"a huge number of lines is cut", strings.Repeat("x\n", 5000), "x\nx\n", false},
		{"half a character at the cut is dropped", strings.Repeat("x", payloadBytes-1) + "ä", "xxx", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, whole := payloadText([]byte(c.raw))
			if !strings.HasPrefix(got, c.want) || whole != c.whole {
				t.Errorf("got %.40q (%d bytes), %v; want %.40q, %v", got, len(got), whole, c.want, c.whole)
			}
			if n := strings.Count(got, "\n"); n >= payloadLines {
				t.Errorf("got %d lines", n+1)
			}
			if strings.ContainsRune(got, utf8.RuneError) {
				t.Errorf("half a character is left")
			}
		})
	}
}
