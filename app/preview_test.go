package app_test

import (
	"context"
	"strings"
	"testing"

	"vastrelay/app"
	"vastrelay/app/config"
	"vastrelay/app/status"
	"vastrelay/relay"
	"vastrelay/relay/googlechat/chattest"
	"vastrelay/vastapi/vasttest"
)

// TestThePreviewIsTheMessageThatComes posts an event in each form and compares
// what stands in the space with the preview of that event.
func TestThePreviewIsTheMessageThatComes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.desktop(t, nil, func(ctx context.Context, d app.Desktop) {
		await(t, d, "relaying", inPhase(status.Relaying))
		for _, form := range []config.Form{config.FormCard, config.FormText} {
			if err := d.Settings.ChangeSettings(ctx, func(s *config.Settings) { s.Form = form }); err != nil {
				t.Fatal(err)
			}
			id := w.emit(t, vasttest.Emission{Subject: "Instance #4711 outbid, as " + string(form), Message: "Bid <0.30> at http://example.com & more."})
			var sent chattest.StoredMessage
			eventually(t, "the event stands in the space", func() bool {
				for _, m := range w.chat.Messages(space) {
					if strings.Contains(string(m.Body), "as "+string(form)) {
						sent = m
					}
				}
				return sent.Body != nil
			})
			kept, err := d.History.Event(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			preview := d.Messages.Preview(kept.Event, form.Rung())
			if isCard := preview.Title != ""; isCard != (form == config.FormCard) {
				t.Errorf("as %s: got %+v, which is a card: %v", form, preview, isCard)
			}
			wantPreview(t, preview, sent)
		}
	})
}

// wantPreview fails unless p shows what is in sent, and nothing else.
func wantPreview(t *testing.T, p relay.Preview, sent chattest.StoredMessage) {
	t.Helper()
	unseen := strings.NewReplacer("\u2060", "", "`", "") // word joiners, and the marks of code
	if want := unseen.Replace(sent.Text); p.Text != want {
		t.Errorf("text: got %q, want %q", p.Text, want)
	}
	if want := unseen.Replace(sent.CardTitle); p.Title != want {
		t.Errorf("title: got %q, want %q", p.Title, want)
	}
	widgets := len(p.Lines)
	if len(p.Buttons) > 0 {
		widgets++
	}
	if widgets != sent.Widgets {
		t.Errorf("got %+v, which is %d widgets, want %d", p, widgets, sent.Widgets)
	}
	markup := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;") // as a card escapes it
	for _, l := range p.Lines {
		if want := `"text":"` + markup.Replace(l.Text) + `"`; !strings.Contains(string(sent.Body), want) {
			t.Errorf("the message does not hold %s:\n%s", want, sent.Body)
		}
	}
}
