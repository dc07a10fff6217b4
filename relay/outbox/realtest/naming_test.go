package realtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/googlechat"
	"vastrelay/relay/outbox"
)

const chatURL = "https://chat.googleapis.com/v1/spaces/AAAAspace/messages?key=stand-in-key-0001&token=stand-in-token-0001"

// recorder is a transport that keeps the last body and stores every message.
type recorder struct{ body []byte }

func (rec *recorder) RoundTrip(r *http.Request) (*http.Response, error) {
	var err error
	if rec.body, err = io.ReadAll(r.Body); err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
		Body: io.NopCloser(strings.NewReader(`{"name":"spaces/AAAAspace/messages/M.M"}`)),
	}, nil
}

// lines returns the lines that people read in a message, of its card or else
// of its text.
func lines(t *testing.T, body []byte) []string {
	t.Helper()
	var m struct {
		Text  string `json:"text"`
		Cards []struct {
			Card struct {
				Sections []struct {
					Widgets []struct {
						Paragraph struct {
							Text string `json:"text"`
						} `json:"textParagraph"`
					} `json:"widgets"`
				} `json:"sections"`
			} `json:"card"`
		} `json:"cardsV2"`
	}
	if err := json.Unmarshal(body, &m); err != nil {
		t.Fatal(err)
	}
	if len(m.Cards) == 0 {
		return strings.Split(m.Text, "\n")
	}
	var all []string
	for _, section := range m.Cards[0].Card.Sections {
		for _, w := range section.Widgets {
			all = append(all, strings.Split(w.Paragraph.Text, "<br>")...)
		}
	}
	return all
}

// subjectAt returns what stands beside the time of an event, which no other
// shares.
func subjectAt(lines []string, at time.Time) string {
	for _, line := range lines {
		if day, rest, ok := strings.Cut(line, at.Format("15:04:05")); ok && len(day) <= len("22 Dec ") {
			return strings.TrimSpace(rest)
		}
	}
	return ""
}

// TestEveryMemberOfADigestIsNamed holds what the engine takes for the room of
// a form against the messages that are really made: whatever comes, each
// member has a line with its time and the beginning of its subject.
func TestEveryMemberOfADigestIsNamed(t *testing.T) {
	slugs := []string{
		"outbid", "low_credit", "machine_maintenance", "upcoming_downtime", "near_end_date", "maintenance_scheduled",
		"instance_created", "instance_started", "instance_stopped", "instance_resumed", "instance_deleted", "error_msgs",
	}
	mixes := []struct {
		name    string
		slug    func(i int) string
		subject string
		least   int // members as a card, so that room is not wasted either

		caughtUp bool // every second event was
	}{
		{"one type", func(int) string { return "outbid" }, "Your Interruptible Instance #%d Has Been Outbid", 114, false},
		{"a dozen types", func(i int) string { return slugs[i%len(slugs)] }, "Your Vast.ai Instance #%d Is Now Running", 114, false},
		{"thirty new types", func(i int) string { return fmt.Sprintf("some_new_type_of_%d", i%30) }, "Instance #%d", 90, false},
		{"a type of its own for each", func(i int) string { return fmt.Sprintf("type_%d", i) }, "Instance #%d", 30, false},
		{"long names of types", func(i int) string { return fmt.Sprintf("%d_%s", i%50, strings.Repeat("name_", 40)) }, "Instance #%d", 20, false},
		{"long subjects", func(i int) string { return slugs[i%5] }, "Instance #%d" + strings.Repeat(" with a long tale", 60), 100, false},
		{"subjects that take much to escape", func(i int) string { return slugs[i%5] }, "#%d" + strings.Repeat(`&"<>\`, 100), 100, false},
		{"subjects of many bytes", func(i int) string { return slugs[i%5] }, "#%d" + strings.Repeat("🔥", 500), 100, false},
		{"events that were caught up", func(i int) string { return slugs[i%5] }, "Your Vast.ai Instance #%d Is Now Running", 90, true},
	}
	rec := new(recorder)
	sender := googlechat.New(googlechat.Options{Transport: rec, Location: time.UTC})
	defer sender.Close()
	u, err := googlechat.ParseURL(chatURL, googlechat.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	sender.SetURL(u)
	for _, mix := range mixes {
		t.Run(mix.name, func(t *testing.T) {
			var events []relay.Event
			var posts []relay.Post
			at := time.Date(2026, 11, 21, 23, 59, 0, 0, time.UTC) // So that the day is told too, in two digits.
			for i := range 200 {
				events = append(events, relay.Event{
					ID: fmt.Sprint(i), Role: relay.Roles()[i%2], Type: mix.slug(i),
					Subject: fmt.Sprintf(mix.subject, i), OccurredAt: at.Add(time.Duration(i) * time.Second),
					CaughtUp: mix.caughtUp && i%2 == 0,
				})
				posts = append(posts, relay.Post{ID: relay.PostID(i + 1), Events: events[i:]})
			}
			if n := outbox.DigestSize(posts, relay.RungCard); n < mix.least {
				t.Errorf("a card carries %d members, want at least %d", n, mix.least)
			}
			for _, form := range [][]relay.Rung{{relay.RungCard, relay.RungText}, {relay.RungText}} {
				members := events[:outbox.DigestSize(posts, form[0])]
				for _, rung := range form {
					m := relay.Message{Space: u.Space(), Events: members, Digest: true, Rung: rung, MessageID: "client-0"}
					if r := sender.Send(t.Context(), m); r.Outcome != relay.Posted {
						t.Fatalf("got %+v", r)
					}
					shown := lines(t, rec.body)
					for _, ev := range members {
						if subject := strings.TrimPrefix(subjectAt(shown, ev.OccurredAt), "(caught up) "); len([]rune(subject)) < 4 {
							t.Fatalf("event %s of %d, started as %s, is named %q as %s", ev.ID, len(members), form[0], subject, rung)
						}
					}
				}
			}
		})
	}
}
