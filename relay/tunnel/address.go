package tunnel

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// CleanDomain returns the bare name in s, in ASCII. ngrok refuses a path and
// even a trailing slash (ERR_NGROK_9037 and 9038).
func CleanDomain(s string) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", nil
	}
	pasted := strings.Contains(s, "://")
	if !pasted {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return "", errors.New("the domain is not the name of a host")
	case !strings.EqualFold(u.Scheme, "https"):
		return "", fmt.Errorf("the domain has the scheme %q, not https", Clip(u.Scheme, 20))
	case u.User != nil, strings.Trim(u.Path, "/") != "", strings.ContainsAny(s, "?#"),
		u.Port() != "" && (!pasted || u.Port() != "443"):
		return "", errors.New("the domain is more than the name of a host")
	}
	name, err := asciiHost(u.Hostname())
	if err != nil || net.ParseIP(name) != nil || !strings.Contains(name, ".") {
		return "", errors.New("the domain is not the full name of a host")
	}
	return name, nil
}

// asciiHost returns a host name in lower case and in ASCII, without a final dot.
func asciiHost(name string) (string, error) {
	if strings.ContainsFunc(name, func(r rune) bool { return r > unicode.MaxASCII }) {
		var err error
		if name, err = idna.Lookup.ToASCII(name); err != nil {
			return "", errors.New("it holds letters that no host name may hold")
		}
	}
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if !IsHostName(name) {
		return "", errors.New("it is not the name of a host")
	}
	return name, nil
}

// IsHostName reports whether s, in lower case, consists of labels of letters,
// digits and inner hyphens (https://www.rfc-editor.org/rfc/rfc1123#section-2).
func IsHostName(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, c := range []byte(label) {
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
				return false
			}
		}
	}
	return true
}

// CleanPublicURL returns the address in s: scheme, host in ASCII, port and
// path, without a trailing slash.
func CleanPublicURL(s string, allowLoopback bool) (string, error) {
	s = strings.TrimSpace(s)
	u, err := url.Parse(s)
	if err != nil {
		return "", errors.New("the address is not a URL")
	}
	host := strings.ToLower(u.Hostname())
	scheme := strings.ToLower(u.Scheme)
	local := IsLoopback(host)
	switch {
	case host == "":
		return "", errors.New("the address names no host")
	case local && !allowLoopback:
		return "", errors.New("the address names this computer")
	case scheme != "https" && (scheme != "http" || !local):
		return "", errors.New("the address does not start with https://")
	case u.User != nil:
		return "", errors.New("the address holds a user name")
	case strings.ContainsAny(s, "?#"):
		return "", errors.New("the address has a query or a fragment")
	}
	if host, err = checkPublicHost(host, local); err != nil {
		return "", err
	}
	origin, err := joinOrigin(scheme, host, u.Port())
	if err != nil {
		return "", err
	}
	path := url.URL{Path: strings.TrimRight(u.Path, "/")}
	return origin + path.EscapedPath(), nil
}

// joinOrigin spells an origin in its shortest form.
func joinOrigin(scheme, host, port string) (string, error) {
	if port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return "", errors.New("the address has no valid port")
		}
		return scheme + "://" + net.JoinHostPort(host, port), nil
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return scheme + "://" + host, nil
}

// checkPublicHost refuses a host that cannot be reached from the internet, as
// far as its spelling tells, and returns it in ASCII.
func checkPublicHost(host string, local bool) (string, error) {
	ip := net.ParseIP(host)
	if ip == nil {
		name, err := asciiHost(host)
		if err != nil {
			return "", errors.New("the address names no valid host")
		}
		return name, nil
	}
	if !local && (!ip.IsGlobalUnicast() || ip.IsPrivate()) {
		return "", errors.New("the address is on a private network")
	}
	return host, nil
}

// IsLoopback reports whether host is this computer, by name or number.
func IsLoopback(host string) bool {
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsLoopback()
	}
	return strings.EqualFold(host, "localhost")
}

// CheckListen checks host:port and returns the host, which may be empty for
// every address of this computer.
func CheckListen(s string) (string, error) {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return "", errors.New("it is not host:port")
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "", errors.New("it has no valid port")
	}
	if host != "" && net.ParseIP(host) == nil && !IsHostName(strings.ToLower(host)) {
		return "", errors.New("it has no valid host")
	}
	return host, nil
}
