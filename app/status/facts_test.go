package status

import (
	"slices"
	"testing"
	"time"

	"vastrelay/app/health"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// failing makes the hop of that name fail with p.
func failing(name health.HopName, p health.Problem) func(*Input) {
	return func(v *Input) { v.SetHop(health.Hop{Name: name}.Fail(p)) }
}

func TestAttentionAnswersWhetherItWorks(t *testing.T) {
	down := health.Problem{Headline: words.Verbatim("Google Chat is down"), Action: health.ActionRetry, Severity: health.Passing}
	for _, tt := range []struct {
		name   string
		change []func(*Input)
		line   string
		facts  []string // all but the first, which the line names
		person bool
	}{
		{
			"Chat is away: what waits and when it is tried again",
			[]func(*Input){func(v *Input) {
				h := health.Hop{Name: health.HopChat}.Fail(down)
				h.NextTry, v.Posting.Waiting = v.Now.Add(5*time.Second), 3
				v.SetHop(h)
			}},
			"Messages are not going out: Google Chat is down",
			[]string{"3 waiting", "next try 15:04:10"},
			false,
		},
		{
			"the webhook in Chat is gone: a person must act",
			[]func(*Input){failing(health.HopChat, down.Needs(health.ActionReplaceChatURL))},
			"Messages are not going out: Google Chat is down", nil, true,
		},
		{
			"a try that is over is not announced",
			[]func(*Input){func(v *Input) {
				h := health.Hop{Name: health.HopChat}.Fail(down)
				h.NextTry = v.Now.Add(-time.Second)
				v.SetHop(h)
			}},
			"Messages are not going out: Google Chat is down", nil, false,
		},
		{
			"the tunnel is down: events do not arrive, the last one did at that time",
			[]func(*Input){failing(health.HopAddress, health.New(health.TunnelDown, words.Args{"Time": "14:58"}))},
			"Events are not arriving: Vast.ai cannot reach this computer",
			[]string{"Last event 15:00"},
			false,
		},
		{
			"both ends fail",
			[]func(*Input){failing(health.HopAddress, health.New(health.AddressElsewhere, words.Args{"Host": "x"})), failing(health.HopChat, down)},
			"Nothing is being relayed: The public address does not reach this computer",
			[]string{"Last event 15:00"},
			false,
		},
		{
			"Vast.ai cannot be asked, while its webhook leads here",
			[]func(*Input){func(v *Input) { v.Webhooks = []Webhook{{ID: 1}} }, failing(health.HopVast, health.New(health.VastUnreachable))},
			"Events may not be arriving: Vast.ai cannot be reached",
			[]string{"Last event 15:00"},
			false,
		},
		{
			"Vast.ai cannot be asked, and no webhook is known",
			[]func(*Input){failing(health.HopVast, health.New(health.VastKeyRefused))},
			"Events are not arriving: The Vast.ai API key was refused",
			[]string{"Last event 15:00"},
			true,
		},
		{
			"one type is switched off",
			[]func(*Input){failing(health.HopWebhook, health.New(health.ChannelsOff, words.Args{"Types": "x"}))},
			"Some events do not arrive: Vast.ai will not send some notifications",
			[]string{"Last event 15:00"},
			true,
		},
		{
			"the keyring is locked",
			[]func(*Input){failing(health.HopKeyring, health.New(health.KeyringStayedLocked))},
			"Nothing is being relayed: The keyring stayed locked",
			[]string{"Last event 15:00"},
			true,
		},
		{
			"the disk is full",
			[]func(*Input){func(v *Input) { v.Trouble.Disk = words.Verbatim("The disk is full.") }},
			"Events are not arriving: Events cannot be written to disk", nil, true,
		},
		{
			"the clock is wrong",
			[]func(*Input){func(v *Input) { v.Trouble.Clock = words.Verbatim("It is off.") }},
			"Some events do not arrive: It is not certain what time it is", nil, true,
		},
		{
			"events are held while nothing arrives",
			[]func(*Input){
				func(v *Input) { v.Posting.Pause, v.Posting.Waiting = relay.Pause{Since: v.Now}, 2 },
				failing(health.HopAddress, health.New(health.AddressElsewhere, words.Args{"Host": "x"})), failing(health.HopChat, down),
			},
			"Events are not arriving: The public address does not reach this computer",
			[]string{"Last event 15:00", "2 held"},
			false,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := well()
			for _, change := range tt.change {
				change(&v)
			}
			s := v.Status()
			if got := s.Line().String(); got != tt.line {
				t.Errorf("got the line %q, want %q", got, tt.line)
			}
			var facts []string
			for _, f := range s.Facts(v.Now)[1:] {
				facts = append(facts, f.Text.String())
			}
			if !slices.Equal(facts, tt.facts) {
				t.Errorf("got the facts %q, want %q", facts, tt.facts)
			}
			if got := s.NeedsPerson(); got != tt.person {
				t.Errorf("needs a person: got %v, want %v", got, tt.person)
			}
		})
	}
}

func TestEveryCountLeadsToWhatItCounts(t *testing.T) {
	v := well()
	v.Posting.Waiting = 3
	v.Posting.Tally.ByFate = map[relay.Fate]int{relay.FateLate: 1, relay.FateUnreadable: 1, relay.FateFailed: 1}
	var got []Subject
	for _, f := range v.Status().Facts(v.Now) {
		got = append(got, f.About)
	}
	want := []Subject{AboutLastEvent, AboutToday, AboutWaiting, AboutLate, AboutUnreadable, AboutGivenUp}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOnlyFailingHopsAreTriedAgain(t *testing.T) {
	v := well()
	failing(health.HopAddress, health.New(health.AddressElsewhere, words.Args{"Host": "x"}))(&v)
	failing(health.HopChat, health.New(health.ChatRefusesEverything))(&v)
	v.NoteTry(v.Now, time.Minute)
	for _, h := range v.Hops {
		if got, want := !h.NextTry.IsZero(), h.Name == health.HopAddress; got != want {
			t.Errorf("%s is tried again: got %v, want %v", h.Name, got, want)
		}
	}
}

func TestWhatOtherPhasesSay(t *testing.T) {
	cause := words.Verbatim("It waits.")
	for name, tt := range map[string]struct {
		status Status
		line   string // of the facts
	}{
		"paused, with events that are held": {Status{Phase: Paused, Waiting: 2}, "2 events are held; more are still received."},
		"paused, with one":                  {Status{Phase: Paused, Waiting: 1}, "1 event is held; more are still received."},
		"paused, with none":                 {Status{Phase: Paused}, "New events will be held until posting goes on."},
		"any other says its cause":          {Status{Phase: Standby, Cause: cause}, "It waits."},
		"or nothing":                        {Status{Phase: Starting}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			for _, f := range tt.status.Facts(time.Now()) {
				got += f.Text.String()
			}
			if got != tt.line {
				t.Errorf("got %q, want %q", got, tt.line)
			}
		})
	}
}

func TestTheLineOfAPhaseIsItsTitle(t *testing.T) {
	calm := Status{Phase: Standby, Headline: words.Verbatim("Standing by")}
	if got := calm.Line().String(); got != calm.Title().String() {
		t.Errorf("got %q, want %q", got, calm.Title())
	}
}

func TestWhatALoginItemOpens(t *testing.T) {
	for _, state := range []LoginState{LoginOn, LoginOtherProgram, LoginOtherArguments} {
		if !(LoginItem{State: state}).Opens() {
			t.Errorf("%q: nothing is opened", state)
		}
	}
	for _, state := range []LoginState{LoginOff, LoginBroken, LoginUnreadable, ""} {
		if (LoginItem{State: state}).Opens() {
			t.Errorf("%q: something is opened", state)
		}
	}
}

func TestWhatIsUnderWay(t *testing.T) {
	v := well()
	v.SetHop(health.Hop{Name: health.HopVast, State: health.HopWorking})
	v.SetHop(health.Hop{Name: health.HopAddress, State: health.HopWorking, Detail: words.Verbatim("Opening the address.")})
	if got := v.Status().Cause.String(); got != "Opening the address." {
		t.Errorf("got %q, want the first hop that says something", got)
	}
	v.SetHop(health.Hop{Name: health.HopAddress, State: health.HopWorking})
	if got, want := v.Status().Cause.String(), words.Text("status.connecting.cause"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
