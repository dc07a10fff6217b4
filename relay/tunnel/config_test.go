package tunnel

import (
	"errors"
	"strings"
	"testing"

	"vastrelay/relay"
)

var domainCases = map[string]struct {
	in, want string
	fails    bool
}{
	"empty":                     {"", "", false},
	"blank":                     {" \t", "", false},
	"a name":                    {"a.ngrok-free.app", "a.ngrok-free.app", false},
	"a name with a final dot":   {"a.example.com.", "a.example.com", false},
	"an origin":                 {"https://a.example.com", "a.example.com", false},
	"an origin in upper case":   {"HTTPS://A.Example.COM/", "a.example.com", false},
	"http":                      {"http://a.example.com", "", true},
	"another scheme":            {"tcp://1.tcp.example.com", "", true},
	"a path":                    {"https://a.example.com/x", "", true},
	"a query":                   {"a.example.com?x", "", true},
	"a port":                    {"a.example.com:443", "", true},
	"a user":                    {"u:p@a.example.com", "", true},
	"one label":                 {"localhost", "", true},
	"an address":                {"192.0.2.1", "", true},
	"an IPv6 address":           {"[2001:db8::1]", "", true},
	"a space":                   {"a example.com", "", true},
	"an underscore":             {"a_b.example.com", "", true},
	"an empty label":            {"a..example.com", "", true},
	"a hyphen at a label's end": {"a-.example.com", "", true},
	"a label of 64 letters":     {strings.Repeat("a", 64) + ".com", "", true},
	"letters beyond ASCII":      {"Bücher.example", "xn--bcher-kva.example", false},
	"an origin beyond ASCII":    {" https://bücher.example./ ", "xn--bcher-kva.example", false},
	"its own port, pasted":      {"https://a.example.com:443/", "a.example.com", false},
	"another port, pasted":      {"https://a.example.com:8443/", "", true},
	"an empty query":            {"https://a.example.com?", "", true},
	"a letter of no name":       {"a\u202eb.example", "", true},
	"a percent sign":            {"%zz.example.com", "", true},
}

func TestCleanDomain(t *testing.T) {
	t.Parallel()
	for name, c := range domainCases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := cleanDomain(c.in)
			if got != c.want || (err != nil) != c.fails {
				t.Errorf("cleanDomain(%q): got %q, %v; want %q, failing %t", c.in, got, err, c.want, c.fails)
			}
		})
	}
}

func FuzzCleanDomain(f *testing.F) {
	for _, c := range domainCases {
		f.Add(c.in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		got, err := cleanDomain(in)
		if err != nil || got == "" {
			return
		}
		if again, err := cleanDomain(got); err != nil || again != got {
			t.Errorf("cleanDomain(%q): got %q, which becomes %q, %v", in, got, again, err)
		}
		if strings.ContainsAny(got, " /:@?#%\r\n\x00") || got != strings.ToLower(got) {
			t.Errorf("cleanDomain(%q): got %q", in, got)
		}
	})
}

func TestNewNgrokRefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	token := relay.NewSecret(testToken)
	for name, c := range map[string]struct {
		o    NgrokOptions
		want string
	}{
		"no token":                      {NgrokOptions{}, ReasonTokenMissing},
		"a blank token":                 {NgrokOptions{Token: relay.NewSecret(" \n")}, ReasonTokenMissing},
		"a token with a space inside":   {NgrokOptions{Token: relay.NewSecret("ngrok authtoken 123")}, ReasonTokenRefused},
		"a domain with a path":          {NgrokOptions{Token: token, Domain: "a.example.com/x"}, ReasonURLInvalid},
		"a server with a scheme":        {NgrokOptions{Token: token, ConnectURL: "https://connect.example.com:443"}, ReasonServerInvalid},
		"a server without a port":       {NgrokOptions{Token: token, ConnectURL: "connect.example.com"}, ReasonServerInvalid},
		"a server with port 0":          {NgrokOptions{Token: token, ConnectURL: "connect.example.com:0"}, ReasonServerInvalid},
		"a server with a strange port":  {NgrokOptions{Token: token, ConnectURL: "connect.example.com:https"}, ReasonServerInvalid},
		"a server without a host":       {NgrokOptions{Token: token, ConnectURL: ":443"}, ReasonServerInvalid},
		"a server with a space in host": {NgrokOptions{Token: token, ConnectURL: "a b:443"}, ReasonServerInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := NewNgrok(c.o)
			var perm *PermanentError
			if !errors.As(err, &perm) || perm.Reason != c.want {
				t.Fatalf("got %v, want reason %s", err, c.want)
			}
			if perm.Headline == "" || perm.Cause == "" || perm.Next == "" {
				t.Errorf("words are missing: %+v", perm)
			}
		})
	}
	for _, server := range []string{"", "127.0.0.1:4443", "[::1]:443", "connect.eu.ngrok-agent.com:443"} {
		if _, err := NewNgrok(NgrokOptions{Token: token, ConnectURL: server}); err != nil {
			t.Errorf("server %q: got %v, want none", server, err)
		}
	}
}
