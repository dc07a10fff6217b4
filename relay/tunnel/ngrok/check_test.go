package ngrok

import (
	"context"
	"errors"
	"strings"
	"testing"

	"vastrelay/relay"
	"vastrelay/relay/tunnel"
	"vastrelay/relay/tunnel/ngrok/ngroktest"
	"vastrelay/relay/tunnel/tunneltest"
)

func TestCheckTokenTellsTheAccount(t *testing.T) {
	t.Parallel()
	edge := newEdge(t, ngroktest.Options{Account: "Grace\n\x07 Hopper", Plan: "Pay-as-you-go", Region: "us"})
	got, err := CheckToken(tunneltest.Within(t), testOptions(edge, &tunneltest.Journal{}))
	if err != nil {
		t.Fatal(err)
	}
	if want := (tunnel.Account{Name: "Grace Hopper", Plan: "Pay-as-you-go"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if auths, binds := len(edge.Auths()), len(edge.Binds()); auths != 1 || binds != 0 {
		t.Errorf("the edge saw %d logins and %d binds, want 1 and 0", auths, binds)
	}
	if err := edge.Await(tunneltest.Within(t), func() bool { return edge.Agents() == 0 }); err != nil {
		t.Error("the check is still connected")
	}
}

func TestCheckTokenFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault  func(*ngroktest.Edge)
		token  string
		reason string // of a PermanentError; empty: any other error
		auths  int
		giveUp bool // once the edge has seen the login
		said   string
	}{
		"for a wrong token, after one attempt":    {token: testToken + "x", reason: ReasonTokenRefused, auths: 1},
		"for an empty token, without an attempt":  {token: " ", reason: ReasonTokenMissing},
		"for a token of two lines":                {token: testToken + "\n" + testToken, reason: ReasonTokenRefused},
		"without a network, as passing trouble":   {token: testToken, fault: func(e *ngroktest.Edge) { e.SetDown(true) }},
		"for an unknown code, as passing trouble": {token: testToken, fault: func(e *ngroktest.Edge) { e.RefuseLogin("Oops.\n\nERR_NGROK_9999") }, auths: 1, said: "ngrok says: Oops."},
		"with its context, when ngrok is silent":  {token: testToken, fault: func(e *ngroktest.Edge) { e.MuteLogin(true) }, auths: 1, giveUp: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			edge := newEdge(t, ngroktest.Options{})
			if c.fault != nil {
				c.fault(edge)
			}
			j := &tunneltest.Journal{}
			o := testOptions(edge, j)
			o.Token = relay.NewSecret(c.token)
			ctx, cancel := context.WithCancelCause(tunneltest.Within(t))
			defer cancel(nil)
			gaveUp := errors.New("gave up")
			if c.giveUp {
				go func() {
					if edge.Await(ctx, func() bool { return len(edge.Auths()) > 0 }) == nil {
						cancel(gaveUp)
					}
				}()
			}
			_, err := CheckToken(ctx, o)
			if err == nil {
				t.Fatal("got no error")
			}
			var perm *tunnel.PermanentError
			if errors.As(err, &perm) != (c.reason != "") || perm != nil && perm.Reason != c.reason {
				t.Errorf("got %v, want reason %q", err, c.reason)
			}
			var said interface{ VendorWords() string }
			if want := c.said; want != "" && (!errors.As(err, &said) || said.VendorWords() != want) {
				t.Errorf("got %v, want %q", err, want)
			}
			if c.giveUp && !errors.Is(err, gaveUp) {
				t.Errorf("got %v, want why the context ended", err)
			}
			if got := len(edge.Auths()); got != c.auths {
				t.Errorf("the edge saw %d logins, want %d", got, c.auths)
			}
			if text := err.Error() + j.String(); strings.Contains(text, testToken) {
				t.Errorf("the token was written: %s", text)
			}
		})
	}
}

func TestCheckTokenTakesATooManySessionsAnswerAsProof(t *testing.T) {
	t.Parallel()
	edge := newEdge(t, ngroktest.Options{})
	edge.RefuseLogin("Your account is limited to 1 simultaneous session.\n\nERR_NGROK_108")
	if got, err := CheckToken(tunneltest.Within(t), testOptions(edge, &tunneltest.Journal{})); err != nil || got != (tunnel.Account{}) {
		t.Errorf("got %+v, %v; want an empty account", got, err)
	}
}
