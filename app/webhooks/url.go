package webhooks

import (
	"net/url"
	"strings"

	"golang.org/x/net/idna"
)

// SameURL reports whether two webhook URLs lead to the same place, however
// their host, port and escapes are spelt. The path counts to its last slash:
// below one host, each path can belong to another program.
func SameURL(a, b string) bool {
	if a == b {
		return true
	}
	x, errX := url.Parse(a)
	y, errY := url.Parse(b)
	if errX != nil || errY != nil {
		return false
	}
	return x.Scheme == y.Scheme && hostAndPort(x) == hostAndPort(y) &&
		x.Path == y.Path && escapedSlashes(x) == escapedSlashes(y) &&
		x.RawQuery == y.RawQuery && x.User.String() == y.User.String()
}

// hostAndPort is the host of u in lower case and in ASCII, with the port that
// is used.
func hostAndPort(u *url.URL) string {
	host, port := strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")), u.Port()
	if ascii, err := idna.Lookup.ToASCII(host); err == nil {
		host = ascii
	}
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	return host + ":" + port
}

// escapedSlashes counts the slashes that are part of a name in the path of u.
func escapedSlashes(u *url.URL) int { return strings.Count(strings.ToLower(u.EscapedPath()), "%2f") }
