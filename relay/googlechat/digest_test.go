package googlechat

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"vastrelay/relay"
)

// digestEvents returns n events of a few types, one a second.
func digestEvents(n int) []relay.Event {
	slugs := []string{"outbid", "instance_started", "low_credit", "unheard_of", "near_end_date"}
	var events []relay.Event
	for i := range n {
		at := testTime.Add(time.Duration(i) * time.Second)
		ev := relay.Event{
			ID: fmt.Sprintf("%032x", i), Role: relay.RoleClient, Type: slugs[i%len(slugs)],
			Subject: fmt.Sprintf("Your Instance #%d Has *News* & https://cloud.vast.ai/ <b>", 4000+i), OccurredAt: at, ReceivedAt: at,
		}
		if i%10 == 9 {
			ev.Role, ev.Subject = relay.RoleHost, ""
		}
		events = append(events, ev)
	}
	return events
}

func TestDigestNamesEveryEventWithinTheLimits(t *testing.T) {
	for _, n := range []int{1, 2, 6, 34, 100, 300, 500} {
		t.Run(fmt.Sprintf("%d events", n), func(t *testing.T) {
			events := digestEvents(n)
			for i := range events {
				if events[i].Subject != "" {
					events[i].Subject += strings.Repeat(" 🔥 long \"quoted\" \\ tail", i%40)
				}
			}
			raw := mustRender(t, relay.Message{Events: events, Digest: true, Rung: relay.RungCard})
			var b body
			if err := json.Unmarshal(raw, &b); err != nil {
				t.Fatal(err)
			}
			shown := ""
			for _, w := range b.Cards[0].Card.Sections[0].Widgets {
				if w.Paragraph != nil {
					shown += w.Paragraph.Text + "\n"
				}
			}
			for i, ev := range events {
				stamp := ev.OccurredAt.Format("15:04:05")
				_, line, found := strings.Cut(shown, "<br>"+stamp+" ")
				line, _, _ = strings.Cut(line, "<br>")
				if !found || strings.TrimSpace(line) == "" {
					t.Fatalf("event %d at %s is not named with a subject", i, stamp)
				}
				if n <= 100 && ev.Subject != "" && !strings.Contains(line, fmt.Sprintf("#%d", 4000+i)) {
					t.Errorf("event %d is shown as %q, want its number", i, line)
				}
			}
			if strings.Contains(shown, "cut;") {
				t.Error("events were left out")
			}
			if !strings.Contains(b.Text, English().Counted(CountedEvents, n)) {
				t.Errorf("summary = %q", b.Text)
			}
			mustRender(t, relay.Message{Events: events, Digest: true, Rung: relay.RungText})
			mustRender(t, relay.Message{Events: events, Digest: true, Rung: relay.RungShortest})
		})
	}
}

func TestADigestMarksTheEventsThatWereCaughtUp(t *testing.T) {
	for name, tt := range map[string]struct {
		caughtUp int // of four
		title    bool
		lines    int
	}{
		"none of them": {0, false, 0},
		"some of them": {2, false, 2},
		"all of them":  {4, true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			events := digestEvents(4)
			for i := range tt.caughtUp {
				events[i].CaughtUp = true
			}
			for _, rung := range []relay.Rung{relay.RungCard, relay.RungText} {
				raw := string(mustRender(t, relay.Message{Events: events, Digest: true, Rung: rung}))
				if got := strings.Contains(raw, English().Counted(CountedEvents, 4)+" (caught up)"); got != tt.title {
					t.Errorf("%s: the title is marked: %v, want %v: %s", rung, got, tt.title, raw)
				}
				for i, ev := range events {
					stamp := ev.OccurredAt.Format("15:04:05")
					if got, want := strings.Contains(raw, stamp+" (caught up) "), i < tt.lines; got != want {
						t.Errorf("%s: event %d is marked: %v, want %v: %s", rung, i, got, want, raw)
					}
				}
			}
		})
	}
}

func TestDigestAsTextNamesEventsAndSaysWhatIsMissing(t *testing.T) {
	raw := mustRender(t, relay.Message{Events: digestEvents(40), Digest: true, Rung: relay.RungText})
	for i := range 40 {
		if stamp := testTime.Add(time.Duration(i) * time.Second).Format("15:04:05"); !bytes.Contains(raw, []byte(`\n`+stamp+" ")) {
			t.Errorf("event %d at %s is not named", i, stamp)
		}
	}
	raw = mustRender(t, relay.Message{Events: digestEvents(2_000), Digest: true, Rung: relay.RungText})
	if !bytes.Contains(raw, []byte("more are in Vast Relay")) {
		t.Error("a digest that names not every event does not say so")
	}
}

func TestDigestOfManyTypesStaysWithinTheWidgets(t *testing.T) {
	var events []relay.Event
	for i := range 400 {
		events = append(events, relay.Event{ID: fmt.Sprint(i), Type: fmt.Sprintf("type_%d", i), ReceivedAt: testTime.Add(time.Duration(i) * time.Hour)})
	}
	raw := mustRender(t, relay.Message{Events: events, Digest: true, Rung: relay.RungCard})
	if !bytes.Contains(raw, []byte(English().Phrase(PhraseOther))) {
		t.Error("the types beyond the limit are not gathered")
	}
}
