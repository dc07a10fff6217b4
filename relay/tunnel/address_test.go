package tunnel

import (
	"strings"
	"testing"
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
			got, err := CleanDomain(c.in)
			if got != c.want || (err != nil) != c.fails {
				t.Errorf("CleanDomain(%q): got %q, %v; want %q, failing %t", c.in, got, err, c.want, c.fails)
			}
		})
	}
}

func FuzzCleanDomain(f *testing.F) {
	for _, c := range domainCases {
		f.Add(c.in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		got, err := CleanDomain(in)
		if err != nil || got == "" {
			return
		}
		if again, err := CleanDomain(got); err != nil || again != got {
			t.Errorf("CleanDomain(%q): got %q, which becomes %q, %v", in, got, again, err)
		}
		if strings.ContainsAny(got, " /:@?#%\r\n\x00") || got != strings.ToLower(got) {
			t.Errorf("CleanDomain(%q): got %q", in, got)
		}
	})
}

var publicURLCases = map[string]struct {
	in       string
	loopback bool
	want     string // empty: refused
}{
	"an https name":                     {"https://relay.example.com", false, "https://relay.example.com"},
	"a final slash and upper case":      {" HTTPS://Relay.Example.com/ ", false, "https://relay.example.com"},
	"a port":                            {"https://relay.example.com:8443", false, "https://relay.example.com:8443"},
	"a public address":                  {"https://203.0.113.7", false, "https://203.0.113.7"},
	"a public IPv6 address":             {"https://[2001:db8::7]", false, "https://[2001:db8::7]"},
	"a public IPv6 address with a port": {"https://[2001:db8::7]:8443/", false, "https://[2001:db8::7]:8443"},
	"http on this computer, if allowed": {"http://127.0.0.1:8787", true, "http://127.0.0.1:8787"},
	"its name, if allowed":              {"http://localhost:8787", true, "http://localhost:8787"},
	"https on this computer, allowed":   {"https://[::1]:8787", true, "https://[::1]:8787"},
	"http on this computer otherwise":   {"http://127.0.0.1:8787", false, ""},
	"https on this computer otherwise":  {"https://localhost", false, ""},
	"http elsewhere":                    {"http://relay.example.com", false, ""},
	"http elsewhere, even if allowed":   {"http://relay.example.com", true, ""},
	"nothing":                           {"", false, ""},
	"no scheme":                         {"relay.example.com", false, ""},
	"no host":                           {"https://", false, ""},
	"only a port":                       {"https://:443", false, ""},
	"a path":                            {"https://relay.example.com/vast", false, "https://relay.example.com/vast"},
	"a path with final slashes":         {"https://Relay.example.com:8443/Hooks/a//", false, "https://relay.example.com:8443/Hooks/a"},
	"a path beyond ASCII":               {"https://relay.example.com/ü x", false, "https://relay.example.com/%C3%BC%20x"},
	"a path on this computer, allowed":  {"http://127.0.0.1:8787/hooks", true, "http://127.0.0.1:8787/hooks"},
	"a path and a query":                {"https://relay.example.com/vast?x", false, ""},
	"a final dot":                       {"https://relay.example.com.", false, "https://relay.example.com"},
	"a query":                           {"https://relay.example.com?x=1", false, ""},
	"an empty query":                    {"https://relay.example.com?", false, ""},
	"a fragment":                        {"https://relay.example.com#x", false, ""},
	"an empty fragment":                 {"https://relay.example.com#", false, ""},
	"a user":                            {"https://u:p@relay.example.com", false, ""},
	"a private network":                 {"https://192.168.1.5", false, ""},
	"a private IPv6 network":            {"https://[fd00::1]", false, ""},
	"a link-local address":              {"https://169.254.1.1", false, ""},
	"the unspecified address":           {"https://0.0.0.0", false, ""},
	"a bad port":                        {"https://relay.example.com:99999", false, ""},
	"letters beyond ASCII":              {"https://Bücher.example/hooks", false, "https://xn--bcher-kva.example/hooks"},
	"letters that no name may hold":     {"https://a\u202eb.example", false, ""},
	"a control character":               {"https://relay.example.com\x00", false, ""},
}

func TestCleanPublicURL(t *testing.T) {
	t.Parallel()
	for name, c := range publicURLCases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := CleanPublicURL(c.in, c.loopback)
			if got != c.want || (err != nil) != (c.want == "") {
				t.Errorf("CleanPublicURL(%q): got %q, %v; want %q", c.in, got, err, c.want)
			}
		})
	}
}

func FuzzCleanPublicURL(f *testing.F) {
	for _, c := range publicURLCases {
		f.Add(c.in, c.loopback)
	}
	f.Fuzz(func(t *testing.T, in string, loopback bool) {
		got, err := CleanPublicURL(in, loopback)
		if err != nil {
			return
		}
		if again, err := CleanPublicURL(got, loopback); err != nil || again != got {
			t.Errorf("CleanPublicURL(%q): got %q, which becomes %q, %v", in, got, again, err)
		}
		if !strings.HasPrefix(got, "https://") && (!loopback || !strings.HasPrefix(got, "http://")) {
			t.Errorf("CleanPublicURL(%q): got %q", in, got)
		}
	})
}

func TestAccountString(t *testing.T) {
	t.Parallel()
	for want, a := range map[string]Account{
		"Ada · Free · eu": {"Ada", "Free", "eu"},
		"Free":            {Plan: "Free"},
		"":                {},
	} {
		if got := a.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
