package ngrok

import (
	"errors"
	"testing"

	"vastrelay/relay"
	"vastrelay/relay/tunnel"
)

func TestNewRefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	token := relay.NewSecret(testToken)
	for name, c := range map[string]struct {
		o    Options
		want string
	}{
		"no token":                      {Options{}, ReasonTokenMissing},
		"a blank token":                 {Options{Token: relay.NewSecret(" \n")}, ReasonTokenMissing},
		"a token with a space inside":   {Options{Token: relay.NewSecret("ngrok authtoken 123")}, ReasonTokenRefused},
		"a domain with a path":          {Options{Token: token, Domain: "a.example.com/x"}, ReasonURLInvalid},
		"a server with a scheme":        {Options{Token: token, ConnectURL: "https://connect.example.com:443"}, ReasonServerInvalid},
		"a server without a port":       {Options{Token: token, ConnectURL: "connect.example.com"}, ReasonServerInvalid},
		"a server with port 0":          {Options{Token: token, ConnectURL: "connect.example.com:0"}, ReasonServerInvalid},
		"a server with a strange port":  {Options{Token: token, ConnectURL: "connect.example.com:https"}, ReasonServerInvalid},
		"a server without a host":       {Options{Token: token, ConnectURL: ":443"}, ReasonServerInvalid},
		"a server with a space in host": {Options{Token: token, ConnectURL: "a b:443"}, ReasonServerInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := New(c.o)
			var perm *tunnel.PermanentError
			if !errors.As(err, &perm) || perm.Reason != c.want {
				t.Fatalf("got %v, want reason %s", err, c.want)
			}
			if perm.Headline == "" || perm.Cause == "" || perm.Next == "" {
				t.Errorf("words are missing: %+v", perm)
			}
		})
	}
	for _, server := range []string{"", "127.0.0.1:4443", "[::1]:443", "connect.eu.ngrok-agent.com:443"} {
		if _, err := New(Options{Token: token, ConnectURL: server}); err != nil {
			t.Errorf("server %q: got %v, want none", server, err)
		}
	}
}
