package chattest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"unicode/utf16"
)

// Limits of the service. The characters of a text are counted in UTF-16 units,
// the strictest reading. https://developers.google.com/workspace/chat/api/reference/rest/v1/CardWithId
const (
	maxMessageBytes = 32_000
	maxTextUnits    = 4_096
	maxWidgets      = 100
)

// message is what the server understands of a body.
type message struct {
	fields    map[string]any
	text      string
	fallback  string
	threadKey string
	cardTitle string
	hasCard   bool
	widgets   int
	blank     bool
}

// parseMessage validates a body. The message is usable even with an error, as
// far as it goes.
func parseMessage(raw []byte) (message, *apiError) {
	var m message
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if err := decoder.Decode(&m.fields); err != nil || m.fields == nil {
		return m, &apiError{400, "INVALID_ARGUMENT", "Invalid JSON payload received. Unexpected token.", nil}
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return m, &apiError{400, "INVALID_ARGUMENT", "Invalid JSON payload received. Parsing terminated before end of input.", nil}
	}
	m.text, _ = m.fields["text"].(string)
	m.fallback, _ = m.fields["fallbackText"].(string)
	if thread, ok := m.fields["thread"].(map[string]any); ok {
		m.threadKey, _ = thread["threadKey"].(string)
	}
	cards, _ := m.fields["cardsV2"].([]any)
	m.hasCard = len(cards) > 0
	if refusal := checkShape(m.fields, messageShape, ""); refusal != nil {
		return m, refusal
	}
	switch {
	case len(raw) > maxMessageBytes:
		refusal := badRequest("message", fmt.Sprintf("Message exceeds the limit of %d bytes.", maxMessageBytes))
		return m, &refusal
	case len(utf16.Encode([]rune(m.text))) > maxTextUnits:
		refusal := badRequest("message.text", fmt.Sprintf("Message text exceeds the limit of %d characters.", maxTextUnits))
		return m, &refusal
	case strings.TrimSpace(m.text) == "" && !m.hasCard:
		return m, &apiError{400, "INVALID_ARGUMENT", "Message cannot be empty.", nil}
	}
	for i, item := range cards {
		if refusal := m.readCard(i, item, len(cards)); refusal != nil {
			return m, refusal
		}
	}
	return m, nil
}

// readCard checks one card, whose shape is known to be sound.
func (m *message) readCard(i int, item any, of int) *apiError {
	fields, _ := item.(map[string]any)
	path := fmt.Sprintf("message.cards_v2[%d]", i)
	if id, _ := fields["cardId"].(string); id == "" && of > 1 {
		refusal := badRequest(path+".card_id", "card_id is required when there is more than one card.")
		return &refusal
	}
	card, _ := fields["card"].(map[string]any)
	header, _ := card["header"].(map[string]any)
	if i == 0 {
		m.cardTitle, _ = header["title"].(string)
	}
	if header != nil && header["title"] == nil {
		refusal := badRequest(path+".card.header.title", "title is required.")
		return &refusal
	}
	sections, _ := card["sections"].([]any)
	shown := 0
	for j, s := range sections {
		part, _ := s.(map[string]any)
		widgets, _ := part["widgets"].([]any)
		for k, item := range widgets {
			if shown == maxWidgets {
				break // the rest is dropped without a word
			}
			shown++
			at := fmt.Sprintf("%s.card.sections[%d].widgets[%d]", path, j, k)
			w, _ := item.(map[string]any)
			if refusal := m.readWidget(at, w); refusal != nil {
				return refusal
			}
		}
	}
	if shown == 0 && header == nil {
		refusal := badRequest(path+".card", "The card has no content.")
		return &refusal
	}
	m.widgets += shown
	return nil
}

// readWidget checks one widget.
func (m *message) readWidget(path string, w map[string]any) *apiError {
	if len(w) != 1 {
		refusal := badRequest(path, "A widget holds exactly one of its kinds.")
		return &refusal
	}
	for _, name := range []string{"textParagraph", "decoratedText"} {
		part, ok := w[name].(map[string]any)
		if !ok {
			continue
		}
		if text, _ := part["text"].(string); strings.TrimSpace(text) == "" {
			refusal := badRequest(path+"."+name+".text", "The text of a widget cannot be empty.")
			return &refusal
		}
	}
	list, _ := w["buttonList"].(map[string]any)
	buttons, _ := list["buttons"].([]any)
	for _, b := range buttons {
		part, _ := b.(map[string]any)
		click, _ := part["onClick"].(map[string]any)
		link, _ := click["openLink"].(map[string]any)
		target, _ := link["url"].(string)
		if u, err := url.Parse(target); err != nil || u.Scheme == "" || u.Host == "" {
			m.blank = true // shown empty, answered 200
		}
	}
	return nil
}

// Check says why the service would refuse body, or show it blank; it returns
// nothing for a sound one. It lets a renderer be tested without a server.
func Check(body []byte) string {
	m, refusal := parseMessage(body)
	switch {
	case refusal != nil:
		return refusal.message
	case m.blank:
		return "a button without an absolute link leaves the message blank"
	default:
		return ""
	}
}
