package bridge

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"vastrelay/app/checks"
	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/secrets"
	"vastrelay/relay"
	"vastrelay/relay/tunnel"
)

func TestAKeyThatCannotEvenBeSentIsThePastesFault(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		r.core.o.Factories.API = func(relay.Secret) (checks.API, error) {
			return nil, errors.New("the API key holds a space or a character that no key has")
		}
		var p health.Problem
		err := r.SaveCredential(t.Context(), credentials.VastKey, "two words", nil)
		if !errors.As(err, &p) || p.Headline.String() != "This is not a Vast.ai API key" || !strings.Contains(p.Next.String(), "Copy the key again") {
			t.Errorf("got %v, want to be told what is wrong with what was pasted", err)
		}
	})
}

func TestACheckedTokenIsNamedAsFarAsItIsKnown(t *testing.T) {
	for _, tt := range []struct {
		name    string
		account tunnel.Account
		want    string
	}{
		{"by its account and plan", tunnel.Account{Name: "Ada", Plan: "Free"}, "It belongs to Ada (Free)."},
		{"by its account alone", tunnel.Account{Name: "Ada"}, "It belongs to Ada."},
		{"not at all while another agent is logged in", tunnel.Account{}, "ngrok knows the token."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			play(t, nil, func(t *testing.T, r *rig) {
				r.core.o.Factories.CheckToken = func(context.Context, credentials.Kind, relay.Secret) (tunnel.Account, error) { return tt.account, nil }
				var said []string
				err := r.SaveCredential(t.Context(), credentials.NgrokToken, "token", func(s health.Step) { said = append(said, s.Text.String()) })
				if err != nil || !strings.Contains(strings.Join(said, "\n"), tt.want) {
					t.Errorf("got %v, %q, want %q", err, said, tt.want)
				}
			})
		})
	}
}

func TestAKeyringWhoseQuestionWasClosedIsNoError(t *testing.T) {
	for _, tt := range []struct {
		err      error
		headline string
		action   health.Action
	}{
		{secrets.ErrDismissed, "The keyring stayed locked", health.ActionUnlockKeyring},
		{secrets.ErrNotCreated, "No keyring was created", health.ActionCreateKeyring},
	} {
		p := checks.Explain(checks.KeyringProblem(fmt.Errorf("unlock the keyring: %w", tt.err)))
		if p.Headline.String() != tt.headline || p.Action != tt.action || p.Details != "" {
			t.Errorf("%v: got %+v, want to be told calmly, with the way to try again", tt.err, p)
		}
	}
}
