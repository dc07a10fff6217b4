package googlechat

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"vastrelay/relay"
	"vastrelay/relay/googlechat/chattest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// testRenderer renders as a Sender with default options does, in UTC.
func testRenderer() *renderer { return &renderer{links: testLinks(), zone: time.UTC, words: English()} }

// goldenEvents are one event of every type, in words like Vast.ai's, and one
// of a type that is not known.
func goldenEvents() []relay.Event {
	var events []relay.Event
	for _, k := range relay.Kinds() {
		events = append(events, relay.Event{
			ID: "00112233445566778899aabbccddeeff", Role: k.Role, Type: k.Slug, UserID: 4711,
			Subject:    "Your " + k.Name + " #4711_a",
			Message:    "Hello,\n\nsomething happened to <b>my_label</b> at $0.42/hr.\nSee https://cloud.vast.ai/instances/?id=4711&x=1 or http://example.com.",
			OccurredAt: testTime, ReceivedAt: testTime.Add(time.Second),
		})
	}
	events = append(events, relay.Event{
		ID: "ffeeddccbbaa99887766554433221100", Role: relay.RoleClient, Type: "quantum_gpu_ready", ReceivedAt: testTime,
		Payload: []byte(`{"notif_type":"quantum_gpu_ready","event_id":"ffeeddccbbaa99887766554433221100","user_id":4711,"more":{"b":1.50,"a":"<x>"}}`),
	})
	slices.SortFunc(events, func(a, b relay.Event) int {
		return strings.Compare(string(a.Role)+a.Type, string(b.Role)+b.Type)
	})
	return events
}

func TestGoldenForms(t *testing.T) {
	events := goldenEvents()
	if len(events) != 32 {
		t.Fatalf("%d events, want the 31 types and an unknown one", len(events))
	}
	for _, ev := range events {
		for _, rung := range []relay.Rung{relay.RungCard, relay.RungText} {
			name := fmt.Sprintf("%s_%s.%s.golden", ev.Role, ev.Type, rung)
			t.Run(name, func(t *testing.T) {
				got := mustRender(t, relay.Message{Events: []relay.Event{ev}, Rung: rung})
				compareGolden(t, name, got)
			})
		}
	}
}

func TestGoldenDigests(t *testing.T) {
	events := digestEvents(12)
	for _, rung := range []relay.Rung{relay.RungCard, relay.RungText, relay.RungShortest} {
		name := fmt.Sprintf("digest.%s.golden", rung)
		t.Run(name, func(t *testing.T) {
			m := relay.Message{Events: events, Digest: true, Rung: rung, Resent: true}
			compareGolden(t, name, mustRender(t, m))
		})
	}
}

// compareGolden compares a body with the named golden file: the text as it is,
// or the indented JSON of a card.
func compareGolden(t *testing.T, name string, raw []byte) {
	t.Helper()
	var b body
	if err := json.Unmarshal(raw, &b); err != nil {
		t.Fatal(err)
	}
	got := []byte(b.Text + "\n")
	if len(b.Cards) > 0 {
		var out bytes.Buffer
		if err := json.Indent(&out, raw, "", "  "); err != nil {
			t.Fatal(err)
		}
		got = append(out.Bytes(), '\n')
	}
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (run with -update after a wanted change)\ngot:\n%s\nwant:\n%s", path, got, want)
	}
}

// mustRender renders m and checks the body as the service would.
func mustRender(t *testing.T, m relay.Message) []byte {
	t.Helper()
	raw, err := testRenderer().message(m, nil)
	if err != nil {
		t.Fatal(err)
	}
	if why := chattest.Check(raw); why != "" {
		t.Errorf("the service would refuse it: %s", why)
	}
	if len(raw) > maxBodyBytes {
		t.Errorf("body of %d bytes, want at most %d", len(raw), maxBodyBytes)
	}
	var b body
	if err := json.Unmarshal(raw, &b); err != nil {
		t.Fatal(err)
	}
	if n := chars(b.Text); n > 4_000 {
		t.Errorf("text of %d characters, want at most 4000", n)
	}
	if (len(b.Cards) > 0) != (b.FallbackText != "") {
		t.Error("a card goes with a fallback text, a text without")
	}
	if b.Text == "" || len(b.Cards) > 0 && chars(b.Text) > 1_500 {
		t.Errorf("text of %d characters beside %d cards, want a short one", chars(b.Text), len(b.Cards))
	}
	for _, c := range b.Cards {
		if title := c.Card.Header.Title; strings.TrimSpace(b.Text) == title || strings.EqualFold(oneLine(b.Text), "🔵 "+title) {
			t.Errorf("the card repeats %q, which stands beside it", title)
		}
		widgets := 0
		for _, s := range c.Card.Sections {
			widgets += len(s.Widgets)
		}
		if c.ID == "" || c.Card.Header.Title == "" || widgets == 0 || widgets > maxCardWidgets {
			t.Errorf("card %q titled %q with %d widgets", c.ID, c.Card.Header.Title, widgets)
		}
	}
	return raw
}

func TestLongTextIsCutWithAMarkAndKeepsItsReference(t *testing.T) {
	for _, tc := range []struct{ name, message string }{
		{"ASCII", strings.Repeat("word ", 20_000)},
		{"four-byte runes", strings.Repeat("🔥", 20_000)},
		{"escaped in JSON", strings.Repeat(`"\`, 20_000)},
		{"escaped in HTML", strings.Repeat("<&>", 20_000)},
		{"links", strings.Repeat("https://cloud.vast.ai/instances/?a=1&b=2 ", 3_000)},
		{"lines", strings.Repeat("- a\n\n", 20_000)},
		{"marks", strings.Repeat("_*`~", 20_000)},
		{"one run of underscores", strings.Repeat("_", 100_000)},
		{"dots", strings.Repeat("a.", 50_000)},
		{"brackets in a link", "https://cloud.vast.ai/" + strings.Repeat("(", 20_000) + strings.Repeat(")", 20_000)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ev := event("outbid")
			ev.Message = tc.message
			ev.Subject = tc.message
			for _, rung := range []relay.Rung{relay.RungCard, relay.RungText, relay.RungShortest} {
				raw := mustRender(t, relay.Message{Events: []relay.Event{ev}, Rung: rung, MayRepeat: true, Resent: true})
				if rung != relay.RungShortest && !bytes.Contains(raw, []byte(English().Phrase(PhraseCut))) {
					t.Errorf("%s: no mark of the cut", rung)
				}
				if !bytes.Contains(raw, []byte(ev.ID)) || !bytes.Contains(raw, []byte("(resent, may repeat)")) {
					t.Errorf("%s: id or remark is lost", rung)
				}
			}
		})
	}
}

func TestCutFallsBetweenRunesAndNeverIntoALink(t *testing.T) {
	text := "é🔥 https://cloud.vast.ai/instances/ \\ tail"
	list := testLinks()
	for limit := range 120 {
		for name, a := range map[string]atoms{"plain": list.plain(text), "card": list.card(text)} {
			for _, b := range []budget{{limit, 1_000}, {1_000, limit}} {
				got := a.fit(b, shortMark)
				if !b.holds(cost(got)) {
					t.Fatalf("%s: %q exceeds %+v", name, got, b)
				}
				if strings.ContainsRune(got, '\uFFFD') || foreignLink(unescape(stripAnchors(got))) != "" {
					t.Fatalf("%s: %q is cut inside a rune or link", name, got)
				}
				if got != strings.Join(a, "") && got != "" && !strings.HasSuffix(got, " "+shortMark) {
					t.Fatalf("%s: %q is cut without the mark", name, got)
				}
			}
		}
	}
}

// stripAnchors leaves the label of each whole anchor.
func stripAnchors(s string) string { return cardAnchor.ReplaceAllString(s, "$2") }

func TestEventsWithLittleInThem(t *testing.T) {
	for _, tc := range []struct {
		name string
		ev   relay.Event
		text string
	}{
		{"nothing at all", relay.Event{}, "Vast.ai notification"},
		{"only a payload", relay.Event{Payload: []byte(`{"b":1.50,"a":{"d":"<x>","c":2}}`)}, "Vast.ai notification\n\n{\"a\":{\"c\":2,\"d\":\"‹x›\"},\"b\":1.50}"},
		{"a payload that is no object", relay.Event{Payload: []byte("[1,\n2]")}, "Vast.ai notification\n\n\u2060[1,\n2]"},
		{"a payload with numbers that JSON does not have", relay.Event{Payload: []byte(`{"b":NaN,"a":-Infinity,"c":"NaN"}`)}, "Vast.ai notification\n\n{\"a\":null,\"b\":null,\"c\":\"NaN\"}"},
		{"a payload behind a byte order mark", relay.Event{Payload: []byte("\ufeff" + `{"b":1.50,"a":2}`)}, "Vast.ai notification\n\n{\"a\":2,\"b\":1.50}"},
		{"a payload in UTF-16", relay.Event{Payload: []byte("\xff\xfe{\x00\"\x00b\x00\"\x00:\x001\x00,\x00\"\x00a\x00\"\x00:\x002\x00}\x00")}, "Vast.ai notification\n\n{\"a\":2,\"b\":1}"},
		{"only a subject", relay.Event{Subject: "Outbid"}, "Outbid"},
		{"only a message", relay.Event{Message: "Hello"}, "Vast.ai notification\n\nHello"},
		{"only a type", relay.Event{Type: "outbid"}, "Vast.ai notification\n\ntype=outbid"},
		{"only an id", relay.Event{ID: "e1"}, "Vast.ai notification\n\nevent_id=e1"},
		{"a subject of controls", relay.Event{Subject: "\u202e\x00", Type: "outbid"}, "Vast.ai notification\n\ntype=outbid"},
		{"everything", event("outbid"), "Instance #4711 outbid\n\nBid 0.30, needs 0.42.\n\ntype=outbid event_id=00112233445566778899aabbccddeeff"},
		{"a hostile type and id", relay.Event{Type: "<users/all>\n# x", ID: "`a` https://evil.com"}, "Vast.ai notification\n\ntype=‹users/all› # x event_id=‵a‵ https[:]//evil[.]com"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			raw := mustRender(t, relay.Message{Events: []relay.Event{tc.ev}, Rung: relay.RungText})
			var b body
			if err := json.Unmarshal(raw, &b); err != nil {
				t.Fatal(err)
			}
			if b.Text != tc.text {
				t.Errorf("text = %q, want %q", b.Text, tc.text)
			}
			mustRender(t, relay.Message{Events: []relay.Event{tc.ev}, Rung: relay.RungCard})
			mustRender(t, relay.Message{Events: []relay.Event{tc.ev}, Rung: relay.RungShortest})
			mustRender(t, relay.Message{Events: []relay.Event{tc.ev}, Rung: relay.RungCard, Digest: true})
			mustRender(t, relay.Message{Events: []relay.Event{tc.ev, tc.ev}, Rung: relay.RungText})
		})
	}
}

// TestACardHasAShortTextBesideIt: Android shows nothing else of it in a pop-up.
func TestACardHasAShortTextBesideIt(t *testing.T) {
	host := about("machine_offline", "Machine 815 is offline", "m")
	host.Role = relay.RoleHost
	for _, tc := range []struct {
		name                  string
		m                     relay.Message
		text, title, subtitle string
	}{
		{"an event", relay.Message{Events: []relay.Event{event("outbid")}}, "🔴 Instance #4711 outbid", "Instance outbid · #4711", ""},
		{"an event of a host", relay.Message{Events: []relay.Event{host}}, "🔴 Machine 815 is offline", "Machine offline · #815", "hosting"},
		{"an event that is sent again", relay.Message{Events: []relay.Event{event("outbid")}, Resent: true}, "🔴 Instance #4711 outbid (resent)", "Instance outbid · #4711", "(resent)"},
		{"an event about no instance", relay.Message{Events: []relay.Event{about("low_credit", "Your balance is below $5", "m")}}, "🔴 Your balance is below $5", "Balance running low", ""},
		{"an event that is titled by its kind", relay.Message{Events: []relay.Event{about("low_credit", "Balance Running Low", "m")}}, "🔴 Balance Running Low", "Vast.ai notification", ""},
		{"an event without a subject", relay.Message{Events: []relay.Event{about("", "", "m")}}, "🔵 Vast.ai notification", "Notification", ""},
		{"an event of a type that is white space", relay.Message{Events: []relay.Event{about(" \t", "Hello", "m")}}, "🔵 Hello", "Vast.ai notification", ""},
		{"one of such a type about an instance", relay.Message{Events: []relay.Event{about(" \t", "Instance #4711 is here", "m")}}, "🔵 Instance #4711 is here", "Vast.ai notification · #4711", ""},
		{"an event with a script in its title", relay.Message{Events: []relay.Event{about("error_msgs", "onstart.sh failed", "m")}}, "🔴 `onstart.sh` failed", "Instance error detected", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.m.Rung = relay.RungCard
			var b body
			if err := json.Unmarshal(mustRender(t, tc.m), &b); err != nil {
				t.Fatal(err)
			}
			if got := b.Cards[0].Card.Header; b.Text != tc.text || got.Title != tc.title || got.Subtitle != tc.subtitle {
				t.Errorf("got the text %q beside %+v, want %q beside %q and %q", b.Text, got, tc.text, tc.title, tc.subtitle)
			}
		})
	}
}

func TestRemarksStandInEveryForm(t *testing.T) {
	for _, digest := range []bool{false, true} {
		for _, rung := range []relay.Rung{relay.RungCard, relay.RungText, relay.RungShortest} {
			for remark, m := range map[string]relay.Message{
				"(resent)":     {Resent: true},
				"(may repeat)": {MayRepeat: true},
				"(caught up)":  {Events: []relay.Event{{ID: "c", Type: "outbid", CaughtUp: true}}},
			} {
				if m.Events == nil {
					m.Events = []relay.Event{event("outbid")}
				}
				m.Digest, m.Rung = digest, rung
				if raw := mustRender(t, m); !bytes.Contains(raw, []byte(remark)) {
					t.Errorf("%s, digest %v: %s lacks %s", rung, digest, raw, remark)
				}
			}
			m := relay.Message{Events: []relay.Event{event("outbid")}, Digest: digest, Rung: rung}
			if raw := mustRender(t, m); bytes.Contains(raw, []byte("resent")) || bytes.Contains(raw, []byte("repeat")) || bytes.Contains(raw, []byte("caught up")) {
				t.Errorf("%s, digest %v: %s has a remark", rung, digest, raw)
			}
		}
	}
}

func TestSameMessageGivesSameBytes(t *testing.T) {
	m := relay.Message{Events: digestEvents(50), Digest: true, Rung: relay.RungCard}
	if !bytes.Equal(mustRender(t, m), mustRender(t, m)) {
		t.Error("two renderings differ: a repeat under one request id must be identical")
	}
}

func TestButtonsLeadToTheListAlone(t *testing.T) {
	r := &renderer{links: newAllowList([]string{"example.org"}), zone: time.UTC, words: English()}
	raw, err := r.message(relay.Message{Events: []relay.Event{event("outbid")}, Rung: relay.RungCard}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(raw, []byte("openLink")) {
		t.Errorf("%s has a button that is not on the list", raw)
	}
	for raw, want := range map[string]bool{
		"https://cloud.vast.ai/": true, "https://CLOUD.vast.ai/x": true, "http://cloud.vast.ai/": false, "/instances/": false, "": false,
		"https://a@cloud.vast.ai/": false, "https://evil.com/": false, "https://cloud.vast.ai:8443/": false, "https://%zz": false,
	} {
		if got := testLinks().target(raw); got != want {
			t.Errorf("target(%q) = %v, want %v", raw, got, want)
		}
	}
}

// maxThreadKey is how many characters the service takes as a thread's key.
const maxThreadKey = 4_000

func FuzzMessage(f *testing.F) {
	for _, tc := range textCases {
		f.Add(tc.in, tc.in, "outbid", "e1", []byte(`{"a":1}`), false)
		f.Add("s", "", tc.in, tc.in, []byte(tc.in), true)
	}
	f.Fuzz(func(t *testing.T, subject, message, slug, id string, payload []byte, digest bool) {
		ev := relay.Event{ID: id, Type: slug, Subject: subject, Message: message, Payload: payload, ReceivedAt: testTime}
		for _, rung := range []relay.Rung{relay.RungCard, relay.RungText, relay.RungShortest} {
			m := relay.Message{Events: []relay.Event{ev, ev}[:1], Digest: digest, Rung: rung}
			for _, choice := range []Threads{ThreadsType, ThreadsInstance} {
				if th := threadOf(choice, m); th != nil && (th.Key == "" || !utf8.ValidString(th.Key) || chars(th.Key) > maxThreadKey) {
					t.Errorf("%s: thread key %q, want one that the service takes", choice, th.Key)
				}
			}
			raw := mustRender(t, m)
			var b body
			if err := json.Unmarshal(raw, &b); err != nil {
				t.Fatal(err)
			}
			if found := commonMark(b.Text); found != "" {
				t.Errorf("%s: %q holds %s", rung, b.Text, found)
			}
			fields := []string{fileAsCode.ReplaceAllString(b.Text, "a name"), b.FallbackText}
			for _, c := range b.Cards {
				fields = append(fields, c.Card.Header.Title, c.Card.Header.Subtitle)
			}
			for _, text := range fields {
				if found := commonMark(text) + chatMarkup(text) + foreignLink(text); found != "" {
					t.Errorf("%s: %q holds %s", rung, text, found)
				}
			}
		}
	})
}
