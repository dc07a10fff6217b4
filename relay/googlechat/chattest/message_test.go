package chattest

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
)

func TestRefusesWhatTheServiceRefuses(t *testing.T) {
	s := start(t, Options{})
	good := s.SpaceURL(spaceID)
	swap := func(old, by string) string { return strings.Replace(good, old, by, 1) }
	tokenAt := strings.Index(good, "&token")
	card := func(inner string) string { return `{"cardsV2":[{"cardId":"c","card":` + inner + `}]}` }
	widget := func(inner string) string {
		return card(`{"header":{"title":"T"},"sections":[{"widgets":[` + inner + `]}]}`)
	}
	for _, tc := range []struct {
		name, url, body string
		extra           url.Values
		status          int
		holds           string
	}{
		{name: "no key", url: swap("key="+key+"&", ""), body: hello, status: 403, holds: "unregistered callers"},
		{name: "damaged key", url: swap(key, "x"), body: hello, status: 400, holds: "API_KEY_INVALID"},
		{name: "no token", url: good[:tokenAt], body: hello, status: 403, holds: "without a valid token"},
		{name: "wrong token", url: good[:tokenAt] + "&token=x", body: hello, status: 403, holds: "without a valid token"},
		{name: "unknown space", url: swap(spaceID, "BBBB"), body: hello, status: 404, holds: "NOT_FOUND"},
		{name: "other path", url: swap("/messages", "/members"), body: hello, status: 404, holds: "<!DOCTYPE html>"},
		{name: "legacy path", url: swap("/messages", "/webhooks"), body: hello, status: 400, holds: "INVALID_ARGUMENT"},
		{name: "unknown parameter", url: good, body: hello, extra: url.Values{"colour": {"red"}}, status: 400, holds: `Unknown name \"colour\"`},
		{name: "message id without prefix", url: good, body: hello, extra: withIDs("x", "r"), status: 400, holds: `"field": "message_id"`},
		{name: "message id in upper case", url: good, body: hello, extra: withIDs("client-A", "r"), status: 400, holds: "message_id"},
		{name: "message id too long", url: good, body: hello, extra: withIDs("client-"+strings.Repeat("a", 57), "r"), status: 400, holds: "message_id"},
		{name: "not JSON", url: good, body: "text", status: 400, holds: "Invalid JSON payload"},
		{name: "a list", url: good, body: "[]", status: 400, holds: "Invalid JSON payload"},
		{name: "null", url: good, body: "null", status: 400, holds: "Invalid JSON payload"},
		{name: "two values", url: good, body: hello + hello, status: 400, holds: "end of input"},
		{name: "unknown field", url: good, body: `{"text":"a","colour":"red"}`, status: 400, holds: `Unknown name \"colour\"`},
		{name: "unknown field in a card", url: good, body: widget(`{"textParagraph":{"text":"a","size":1}}`), status: 400, holds: "at 'cardsV2[0].card.sections[0].widgets[0].textParagraph'"},
		{name: "text of another kind", url: good, body: `{"text":1}`, status: 400, holds: "Invalid value at 'text'"},
		{name: "cards of another kind", url: good, body: `{"cardsV2":{}}`, status: 400, holds: "Invalid value at 'cardsV2'"},
		{name: "a card of another kind", url: good, body: `{"cardsV2":[1]}`, status: 400, holds: "Invalid value at 'cardsV2[0]'"},
		{name: "nothing to show", url: good, body: `{"text":" ","fallbackText":"x"}`, status: 400, holds: "cannot be empty"},
		{name: "text too long", url: good, body: `{"text":"` + strings.Repeat("a", 4097) + `"}`, status: 400, holds: "4096 characters"},
		{name: "text too long in UTF-16", url: good, body: `{"text":"` + strings.Repeat("🔥", 2049) + `"}`, status: 400, holds: "4096 characters"},
		{name: "body too long", url: good, body: widget(`{"textParagraph":{"text":"` + strings.Repeat("a", 32_000) + `"}}`), status: 400, holds: "32000 bytes"},
		{name: "body far too long", url: good, body: strings.Repeat(" ", maxFrontBytes+1), status: 413, holds: "<!DOCTYPE html>"},
		{name: "empty text widget", url: good, body: widget(`{"textParagraph":{"text":""}}`), status: 400, holds: "cannot be empty"},
		{name: "decorated text without text", url: good, body: widget(`{"decoratedText":{"topLabel":"a"}}`), status: 400, holds: "cannot be empty"},
		{name: "a widget of two kinds", url: good, body: widget(`{"textParagraph":{"text":"a"},"divider":{}}`), status: 400, holds: "exactly one"},
		{name: "a header without title", url: good, body: card(`{"header":{},"sections":[]}`), status: 400, holds: "title is required"},
		{name: "a card with nothing", url: good, body: card(`{}`), status: 400, holds: "no content"},
		{name: "two cards without ids", url: good, body: `{"cardsV2":[{"card":{"header":{"title":"a"}}},{"card":{"header":{"title":"b"}}}]}`, status: 400, holds: "card_id is required"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := mustSend(t, tc.url, tc.body, tc.extra)
			if got.status != tc.status || !strings.Contains(got.body, tc.holds) {
				t.Errorf("answer %d %s, want %d with %q", got.status, got.body, tc.status, tc.holds)
			}
		})
	}
	if got := s.Messages(spaceID); len(got) != 0 {
		t.Errorf("stored %+v", got)
	}
}

func TestTakesWhatTheServiceTakesWithoutAWord(t *testing.T) {
	s := start(t, Options{})
	widgets := strings.TrimSuffix(strings.Repeat(`{"textParagraph":{"text":"a"}},`, 130), ",")
	mustSend(t, s.SpaceURL(spaceID), `{"cardsV2":[{"cardId":"c","card":{"header":{"title":"T"},"sections":[{"widgets":[`+widgets+`]}]}}]}`, nil)
	for _, target := range []string{"/relative", "", "cloud.vast.ai"} {
		mustSend(t, s.SpaceURL(spaceID), `{"text":"a","cardsV2":[{"card":{"sections":[{"widgets":[{"buttonList":{"buttons":[{"text":"x","onClick":{"openLink":{"url":"`+target+`"}}}]}}]}]}}]}`, nil)
	}
	stored := s.Messages(spaceID)
	if len(stored) != 4 || stored[0].Widgets != 100 || stored[0].Blank {
		t.Fatalf("stored %+v, want 100 widgets shown", stored)
	}
	for _, m := range stored[1:] {
		if !m.Blank {
			t.Errorf("%s is not blank though its button has no absolute link", m.Body)
		}
	}
	if why := Check(stored[1].Body); !strings.Contains(why, "blank") {
		t.Errorf("Check says %q", why)
	}
	if why := Check([]byte(hello)); why != "" {
		t.Errorf("Check says %q of a sound message", why)
	}
	if why := Check([]byte("{}")); why == "" {
		t.Error("Check finds nothing wrong with an empty message")
	}
}

func FuzzCheck(f *testing.F) {
	for _, seed := range []string{
		hello, "{}", "[]", "", `{"cardsV2":[{"card":{"sections":[{"widgets":[{"divider":{}}]}]}}]}`, `{"cardsV2":[{}]}`,
		`{"cardsV2":[{"card":{"sections":[{}]}}]}`, `{"thread":{"threadKey":"a"},"text":"b"}`, `{"cardsV2":[null]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if why := Check(raw); why == "" && !json.Valid(bytes.TrimSpace(raw)) {
			t.Errorf("%q is found sound", raw)
		}
	})
}
