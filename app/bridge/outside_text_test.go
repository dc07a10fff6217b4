package bridge

import (
	"errors"
	"strings"
	"testing"

	"vastrelay/app/catalogue"
	"vastrelay/app/checks"
	"vastrelay/app/health"
	"vastrelay/app/words"
	"vastrelay/relay/tunnel"
	"vastrelay/vastapi"
)

// styled is a text of somebody else as it can come: with a terminal's colours,
// line breaks, a direction override and tag characters.
func styled(text string) string {
	return "\x1b[31;1m" + text + "\x1b[0m\r\n\u202e\U000e0061\u009bm"
}

func TestAccountIsNamedInPlainText(t *testing.T) {
	tests := []struct {
		name    string
		account vastapi.Account
		want    string
	}{
		{"by its address", vastapi.Account{Email: "ada@example.net", Username: "ada"}, "ada@example.net"},
		{"by its name where it has no address", vastapi.Account{Username: "ada"}, "ada"},
		{"without what nobody should see", vastapi.Account{Email: styled("ada@example.net")}, "ada@example.net"},
		{"without line breaks", vastapi.Account{Username: "Ada\nReplace your token"}, "Ada Replace your token"},
		{"by its name where nothing is left of its address", vastapi.Account{Email: "\x1b[0m\u202e", Username: "ada"}, "ada"},
		{"somehow", vastapi.Account{}, "this account"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := checks.AccountName(tt.account); got.String() != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestProblemsAreToldInPlainText(t *testing.T) {
	tests := []struct {
		name string
		err  error
	}{
		{"of Vast.ai", &vastapi.Error{Class: vastapi.MissingPermission, Message: styled("No permission")}},
		{"of the tunnel", &tunnel.PermanentError{Headline: styled("Refused"), Cause: styled("No permission"), Next: styled("Ask."), Code: styled("ERR")}},
		{"of nobody in particular", errors.New(styled("No permission"))},
		{"that are told already", health.Problem{Headline: words.Verbatim(styled("Refused")), Cause: words.Verbatim(styled("No permission"))}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := checks.Explain(tt.err)
			for _, text := range []string{p.Headline.String(), p.Cause.String(), p.Next.String(), p.Details} {
				if strings.ContainsAny(text, "\x1b\u202e\u009b\U000e0061") || strings.Contains(text, "[31;1m") {
					t.Errorf("got %q, want plain text", text)
				}
			}
			if !strings.Contains(p.Cause.String(), "No permission") {
				t.Errorf("got the cause %q, want the words", p.Cause)
			}
		})
	}
}

func TestForeignWebhooksAreListedInPlainText(t *testing.T) {
	play(t, func(_ *testing.T, r *rig) {
		r.foreign = styled("Their hook")
	}, func(t *testing.T, r *rig) {
		foreign, err := r.Webhooks().ForeignWebhooks(t.Context())
		if err != nil || len(foreign) != 1 || foreign[0].Name != "Their hook" {
			t.Errorf("got %+v, %v", foreign, err)
		}
	})
}

func TestTypesOfTheCatalogueAreNamedInPlainText(t *testing.T) {
	r := newRig(t)
	c := catalogue.Group([]vastapi.NotificationType{{Key: "client:x", Slug: "x", Context: "client", Topic: styled("instance"), DisplayName: styled("Odd"), Meaning: styled("Odd.")}}, r.chosenNow(), true)
	if len(c.Topics) == 0 || len(c.Topics[0].Types) != 1 {
		t.Fatalf("got %+v", c)
	}
	if got := c.Topics[0].Types[0]; got.Name.String() != "Odd" || got.Meaning.String() != "Odd." || strings.Contains(c.Topics[0].Name.String(), "31") {
		t.Errorf("got %+v in %q", got, c.Topics[0].Name)
	}
}
