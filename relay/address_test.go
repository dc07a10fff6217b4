package relay

import (
	"maps"
	"net/url"
	"strings"
	"testing"
)

// origins seeds both the test and the fuzz target of ParseOrigin.
var origins = map[string]string{ // raw: want; empty: refused
	"https://relay.example.net":             "https://relay.example.net",
	" https://Relay.Example.NET./ ":         "https://relay.example.net",
	"https://relay.example.net:443":         "https://relay.example.net",
	"https://relay.example.net:0443":        "https://relay.example.net",
	"https://relay.example.net:08443":       "https://relay.example.net:8443",
	"https://relay.example.net:8443/":       "https://relay.example.net:8443",
	"https://[2001:DB8::1]:8443":            "https://[2001:db8::1]:8443",
	"https://[2001:db8::1]":                 "https://[2001:db8::1]",
	"http://127.0.0.1:8787":                 "http://127.0.0.1:8787",
	"http://localhost:80":                   "http://localhost",
	"http://[::1]:8787":                     "http://[::1]:8787",
	"":                                      "",
	"relay.example.net":                     "",
	"http://relay.example.net":              "",
	"http://127.0.0.1.evil.example":         "",
	"https://":                              "",
	"https://:443":                          "",
	"https://relay.example.net:":            "",
	"https://relay.example.net:0":           "",
	"https://relay.example.net:65536":       "",
	"https://relay.example.net/path":        "",
	"https://relay.example.net?x":           "",
	"https://relay.example.net?":            "",
	"https://relay.example.net#x":           "",
	"https://relay.example.net#":            "",
	"https://u@relay.example.net":           "",
	"https://re lay.example.net":            "",
	"https://relay_example.net":             "",
	"https://-relay.example.net":            "",
	"https://réseau.example":                "https://xn--rseau-bsa.example",
	"https://BÜCHER.example.:443/":          "https://xn--bcher-kva.example",
	"https://b%C3%BCcher.example":           "https://xn--bcher-kva.example",
	"https://例え。テスト":                        "https://xn--r8jz45g.xn--zckzah",
	"https://a\u202eb.example":              "",
	"https://" + strings.Repeat("ü", 70):    "",
	"https://[fe80::1%25eth0]":              "",
	"mailto:a@b.example":                    "",
	"https:relay.example.net":               "",
	"javascript:alert(1)":                   "",
	"https://a.example\x00":                 "",
	"https://" + strings.Repeat("a.", 1200): "",
}

func TestParseOrigin(t *testing.T) {
	for raw, want := range origins {
		got, err := ParseOrigin(raw)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v, want %q", raw, got, err, want)
		}
	}
}

func FuzzParseOrigin(f *testing.F) {
	for raw := range origins {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got, err := ParseOrigin(raw)
		if err != nil {
			return
		}
		again, err := ParseOrigin(got)
		if err != nil || again != got {
			t.Errorf("%q became %q, which became %q, %v", raw, got, again, err)
		}
		if !strings.HasPrefix(got, "https://") && !strings.HasPrefix(got, "http://localhost") &&
			!strings.HasPrefix(got, "http://127.") && !strings.HasPrefix(got, "http://[::") {
			t.Errorf("%q became %q, which is neither https nor loopback", raw, got)
		}
	})
}

// publicURLs seeds both the test and the fuzz target of ParsePublicURL, beside
// origins, of which only those with a path have another result.
var publicURLs = map[string]string{ // raw: want; empty: refused
	"https://relay.example.net/path":             "https://relay.example.net/path",
	"https://relay.example.net/vast/client":      "https://relay.example.net",
	"https://relay.example.net/hooks/vast/host/": "https://relay.example.net/hooks",
	"https://my.tld/vast/host/vast/client":       "https://my.tld",
	"https://my.tld/evast/client":                "https://my.tld/evast/client",
	"https://My.TLD/Hooks/":                      "https://my.tld/Hooks",
	" https://my.tld:443/a/b-c_d~e.f/// ":        "https://my.tld/a/b-c_d~e.f",
	"https://bücher.example:8443/post fach/ü":    "https://xn--bcher-kva.example:8443/post%20fach/%C3%BC",
	"https://my.tld/%c3%bc/%61":                  "https://my.tld/%C3%BC/a",
	"http://127.0.0.1:8787/hooks":                "http://127.0.0.1:8787/hooks",
	"https://my.tld//hooks":                      "",
	"https://my.tld/a/../b":                      "",
	"https://my.tld/./b":                         "",
	"https://my.tld/%2e%2E/b":                    "",
	"https://my.tld/a%2Fb":                       "",
	"https://my.tld/a\\b":                        "",
	"https://my.tld/a%00b":                       "",
	"https://my.tld/%zz":                         "",
	"https://my.tld/hooks?x=1":                   "",
	"https://my.tld/hooks#x":                     "",
	"https://ada@my.tld/hooks":                   "",
	"http://my.tld/hooks":                        "",
	"my.tld/hooks":                               "",
	"https://my.tld/" + strings.Repeat("ü", 990): "",
}

func TestParsePublicURL(t *testing.T) {
	want := maps.Clone(origins)
	maps.Copy(want, publicURLs)
	for raw, want := range want {
		got, err := ParsePublicURL(raw)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v, want %q", raw, got, err, want)
		}
	}
}

func FuzzParsePublicURL(f *testing.F) {
	for raw := range publicURLs {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got, err := ParsePublicURL(raw)
		if err != nil {
			return
		}
		again, err := ParsePublicURL(got)
		if err != nil || again != got {
			t.Errorf("%q became %q, which became %q, %v", raw, got, again, err)
		}
		u, err := url.Parse(got)
		if err != nil || strings.HasSuffix(got, "/") || u.EscapedPath() != u.Path && u.RawPath != "" {
			t.Errorf("%q became %q, %v", raw, got, err)
		}
		if path := PublicPath(got); path != u.Path {
			t.Errorf("PublicPath(%q): got %q, want %q", got, path, u.Path)
		}
	})
}

func TestParseHostsPortsAndDomains(t *testing.T) {
	for _, c := range []struct {
		name  string
		parse func(string) (string, error)
		raw   string
		want  string // empty: refused
	}{
		{"listen on loopback", ParseListen, " 127.0.0.1:8787 ", "127.0.0.1:8787"},
		{"listen on every interface", ParseListen, ":8787", ":8787"},
		{"listen on a name", ParseListen, "LOCALHOST:08787", "localhost:8787"},
		{"listen on any free port", ParseListen, "127.0.0.1:0", ""},
		{"listen on a service name", ParseListen, "127.0.0.1:http", ""},
		{"listen on a URL", ParseListen, "http://127.0.0.1:8787", ""},
		{"connect to a name", ParseHostPort, "Edge.example.net:443", "edge.example.net:443"},
		{"connect to IPv6", ParseHostPort, "[::1]:443", "[::1]:443"},
		{"connect without a host", ParseHostPort, ":443", ""},
		{"connect with a user", ParseHostPort, "u@host:443", ""},
		{"a domain", ParseDomain, " Example.ngrok.app ", "example.ngrok.app"},
		{"a pasted address", ParseDomain, "https://example.ngrok.app/", "example.ngrok.app"},
		{"a domain in upper case with a final dot", ParseDomain, "Example.ngrok.APP.", "example.ngrok.app"},
		{"a pasted address in upper case with its port", ParseDomain, " HTTPS://Example.ngrok.app:443/ ", "example.ngrok.app"},
		{"a domain beyond ASCII", ParseDomain, "Bücher.example", "xn--bcher-kva.example"},
		{"a pasted address beyond ASCII", ParseDomain, "https://bücher.example./", "xn--bcher-kva.example"},
		{"a pasted http address", ParseDomain, "http://example.ngrok.app", ""},
		{"a pasted address with another port", ParseDomain, "https://example.ngrok.app:8443", ""},
		{"a pasted address with a path", ParseDomain, "https://example.ngrok.app/x", ""},
		{"a domain with a port", ParseDomain, "example.ngrok.app:443", ""},
		{"a domain with a path", ParseDomain, "example.ngrok.app/x", ""},
		{"an IP address as a domain", ParseDomain, "127.0.0.1", ""},
		{"an empty domain", ParseDomain, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.parse(c.raw)
			if got != c.want || (err == nil) != (c.want != "") {
				t.Errorf("%q: got %q, %v, want %q", c.raw, got, err, c.want)
			}
		})
	}
}

var domainCases = map[string]struct {
	in, want string
	fails    bool
}{
	"blank":                     {" \t", "", true},
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

func TestParseDomain(t *testing.T) {
	t.Parallel()
	for name, c := range domainCases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseDomain(c.in)
			if got != c.want || (err != nil) != c.fails {
				t.Errorf("ParseDomain(%q): got %q, %v; want %q, failing %t", c.in, got, err, c.want, c.fails)
			}
		})
	}
}

func FuzzParseDomain(f *testing.F) {
	for _, c := range domainCases {
		f.Add(c.in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		got, err := ParseDomain(in)
		if err != nil {
			return
		}
		if again, err := ParseDomain(got); err != nil || again != got {
			t.Errorf("ParseDomain(%q): got %q, which becomes %q, %v", in, got, again, err)
		}
		if strings.ContainsAny(got, " /:@?#%\r\n\x00") || got != strings.ToLower(got) {
			t.Errorf("ParseDomain(%q): got %q", in, got)
		}
	})
}
