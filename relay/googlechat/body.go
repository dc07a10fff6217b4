package googlechat

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Limits of a message. The vendor takes 32,000 bytes in all and, by what
// several clients met, 4,096 characters of text; both are kept at a distance,
// since it is not said how they are counted.
// https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages/create
const (
	maxBodyBytes   = 30_000
	maxTextChars   = 3_990
	maxCardWidgets = 100 // of a card; Chat drops what is beyond without a word
)

// The body of a create request, as far as it is used. Chat refuses names that
// it does not know, so nothing experimental stands here.
type (
	body struct {
		Text         string     `json:"text,omitempty"`
		FallbackText string     `json:"fallbackText,omitempty"`
		Thread       *thread    `json:"thread,omitempty"`
		Cards        []cardItem `json:"cardsV2,omitempty"`
	}
	cardItem struct {
		ID   string `json:"cardId"`
		Card card   `json:"card"`
	}
	card struct {
		Header   cardHeader `json:"header"`
		Sections []section  `json:"sections"`
	}
	cardHeader struct {
		Title    string `json:"title"`
		Subtitle string `json:"subtitle,omitempty"`
	}
	section struct {
		Widgets []widget `json:"widgets"`
	}
	widget struct {
		Paragraph *paragraph `json:"textParagraph,omitempty"`
		Fact      *fact      `json:"decoratedText,omitempty"`
		Buttons   *buttons   `json:"buttonList,omitempty"`
	}
	paragraph struct {
		Text string `json:"text"`
	}
	fact struct {
		Label string `json:"topLabel"`
		Text  string `json:"text"`
		Wrap  bool   `json:"wrapText"`
	}
	buttons struct {
		Buttons []button `json:"buttons"`
	}
	button struct {
		Text    string  `json:"text"`
		OnClick onClick `json:"onClick"`
	}
	onClick struct {
		OpenLink openLink `json:"openLink"`
	}
	openLink struct {
		URL string `json:"url"`
	}
)

// encode returns the JSON form of b, in which only what JSON itself demands is
// escaped: the vendor counts bytes.
func (b body) encode() ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(b); err != nil {
		return nil, fmt.Errorf("encode the message: %w", err)
	}
	return bytes.TrimSpace(out.Bytes()), nil
}

// textWidget returns a paragraph of card text.
func textWidget(text string) widget { return widget{Paragraph: &paragraph{Text: text}} }

// factWidget returns a labelled line of card text.
func factWidget(label, text string) widget {
	return widget{Fact: &fact{Label: label, Text: text, Wrap: true}}
}
