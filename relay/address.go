package relay

import (
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// ParseOrigin returns the one spelling of a public origin: scheme, lower-case
// host in ASCII, port if it is not the scheme's own, and nothing else. It must
// be https; http is taken for a loopback host, which only a server on this
// machine can deliver to. The error is a sentence for a person.
func ParseOrigin(raw string) (string, error) {
	u, err := parseAddress(raw)
	if err != nil {
		return "", err
	}
	if u.Path != "" && u.Path != "/" {
		return "", addressError("Enter the address without a path: only https:// and the host.")
	}
	return origin(u)
}

// ParsePublicURL returns the one spelling of the address that is announced to
// Vast.ai: an origin as ParseOrigin has it, and the path, without a final
// slash, under which a proxy leads to this program. The error is a sentence for
// a person.
func ParsePublicURL(raw string) (string, error) {
	u, err := parseAddress(raw)
	if err != nil {
		return "", err
	}
	base, err := origin(u)
	if err != nil {
		return "", err
	}
	path, err := spellPath(withoutDeliveryPath(u))
	if err != nil {
		return "", err
	}
	if len(base)+len(path) > maxURL {
		return "", addressError("This address is too long.")
	}
	return base + path, nil
}

// withoutDeliveryPath returns u without a path of ours at its end: a whole
// webhook URL is pasted where the address before it is asked for.
func withoutDeliveryPath(u *url.URL) *url.URL {
	cut := *u
	for again := true; again; {
		again = false
		for _, role := range Roles() {
			path, found := strings.CutSuffix(strings.TrimRight(cut.Path, "/"), role.Path())
			if found {
				cut.Path, cut.RawPath, again = path, strings.TrimSuffix(strings.TrimRight(cut.RawPath, "/"), role.Path()), true
			}
		}
	}
	return &cut
}

// CheckPublic refuses an address, as ParsePublicURL returns it, that the internet
// cannot reach, as far as its spelling tells. With allowLoopback, addresses of
// this computer pass. The error is a sentence for a person.
func CheckPublic(address string, allowLoopback bool) error {
	u, err := url.Parse(address)
	if err != nil {
		return addressError("This is not a web address.")
	}
	ip := net.ParseIP(u.Hostname())
	switch {
	case IsLoopback(u.Hostname()) && allowLoopback:
	case IsLoopback(u.Hostname()):
		return addressError("The address names this computer.")
	case ip != nil && (!ip.IsGlobalUnicast() || ip.IsPrivate()):
		return addressError("The address is on a private network.")
	}
	return nil
}

// PublicPath returns the path of a public URL, decoded and without a final
// slash: "/hooks", or empty when it has none.
func PublicPath(public string) string {
	u, err := url.Parse(public)
	if err != nil {
		return ""
	}
	return strings.TrimRight(u.Path, "/")
}

// parseAddress takes an http or https URL without user, query and fragment.
func parseAddress(raw string) (*url.URL, error) {
	raw = strings.TrimSpace(raw)
	if raw == "" {
		return nil, addressError("Enter the public https address.")
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil || len(raw) > maxURL:
		return nil, addressError("This is not a web address.")
	case u.Scheme != "https" && u.Scheme != "http" || u.Opaque != "":
		return nil, addressError("The address must begin with https://.")
	case u.User != nil:
		return nil, addressError("The address must not hold a user name or password.")
	case u.RawQuery != "", u.ForceQuery, u.Fragment != "", strings.HasSuffix(raw, "#"):
		return nil, addressError("Enter the address without what follows a ? or #.")
	}
	return u, nil
}

// origin spells scheme, host and port of u.
func origin(u *url.URL) (string, error) {
	host, err := parseHost(u.Hostname())
	if err != nil {
		return "", err
	}
	if u.Scheme == "http" && !IsLoopback(host) {
		return "", addressError("The address must begin with https://.")
	}
	if strings.HasSuffix(u.Host, ":") {
		return "", addressError("The port is missing after the colon.")
	}
	port := u.Port()
	if port != "" {
		if port, err = parsePort(port); err != nil {
			return "", err
		}
	}
	if port == "" || u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
		return u.Scheme + "://" + bracket(host), nil
	}
	return u.Scheme + "://" + net.JoinHostPort(host, port), nil
}

// spellPath spells the path of u without a final slash. Proxies do not agree on
// what empty parts, dots and escaped slashes mean, so they are refused.
func spellPath(u *url.URL) (string, error) {
	path := strings.TrimRight(u.EscapedPath(), "/")
	if path == "" {
		return "", nil
	}
	for part := range strings.SplitSeq(path[1:], "/") {
		part, err := url.PathUnescape(part)
		if err != nil || part == "" || part == "." || part == ".." ||
			strings.ContainsAny(part, `/\`) || strings.ContainsFunc(part, unicode.IsControl) {
			return "", addressError("The path of the address holds an empty part, a dot alone or an escaped slash, which proxies read in different ways.")
		}
	}
	plain := url.URL{Path: strings.TrimRight(u.Path, "/")}
	return plain.EscapedPath(), nil
}

// ParseDomain returns the one spelling of a static domain as a tunnel provider
// reserves it: a lower-case name in ASCII with at least one dot, without scheme,
// port or path. A pasted https address is cut down to its domain. The error is
// a sentence for a person.
func ParseDomain(raw string) (string, error) {
	whole := strings.TrimSpace(raw)
	pasted := strings.Contains(whole, "://")
	if !pasted {
		whole = "https://" + whole
	}
	address, err := ParseOrigin(whole)
	name, secure := strings.CutPrefix(address, "https://")
	_, notName := netip.ParseAddr(name)
	if err != nil || !secure || notName == nil || !strings.Contains(name, ".") || strings.Contains(name, ":") ||
		!pasted && strings.Contains(raw, ":") {
		return "", addressError("Enter just the domain, such as example.ngrok.app.")
	}
	return name, nil
}

// addressError is what is wrong with an address, as a sentence for a person.
type addressError string

func (e addressError) Error() string { return string(e) }

// maxURL is the longest public URL: Vast.ai takes webhook URLs of up to 2048
// characters, path included.
const maxURL = 2000

// hostName is a DNS name in ASCII: labels of letters, digits and inner hyphens,
// https://www.rfc-editor.org/rfc/rfc1123#section-2.1 .
var hostName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$`)

// parseHost takes an IP address without a zone, or a DNS name, which it spells
// in ASCII: Vast.ai, ngrok and certificates know names in that form alone.
func parseHost(raw string) (string, error) {
	if addr, err := netip.ParseAddr(raw); err == nil && addr.Zone() == "" {
		return addr.String(), nil
	}
	host := raw
	if strings.ContainsFunc(host, func(r rune) bool { return r > unicode.MaxASCII }) {
		var err error
		if host, err = idna.Lookup.ToASCII(host); err != nil {
			return "", addressError("The host in this address holds letters that no host name may hold.")
		}
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if len(host) > 253 || !hostName.MatchString(host) {
		return "", addressError("The host in this address is missing or misspelt.")
	}
	return host, nil
}

// bracket puts an IPv6 address into the brackets that a URL needs.
func bracket(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// IsLoopback reports whether host, without port or brackets, is this machine by
// an address or name that never leaves it: a loopback IP address or localhost.
func IsLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

// ParseListen returns the one spelling of a local host:port to listen on. The
// host may be empty, which means every network interface. The error is a
// sentence for a person.
func ParseListen(raw string) (string, error) {
	host, port, err := net.SplitHostPort(strings.TrimSpace(raw))
	if err != nil || strings.Contains(raw, "/") {
		return "", addressError("Enter a host and a port, such as 127.0.0.1:8787.")
	}
	return joinParsed(host, port, host != "")
}

// ParseHostPort returns the one spelling of a host:port to connect to. The
// error is a sentence for a person.
func ParseHostPort(raw string) (string, error) {
	host, port, err := net.SplitHostPort(strings.TrimSpace(raw))
	if err != nil || strings.Contains(raw, "/") {
		return "", addressError("Enter a host and a port, such as example.net:443.")
	}
	return joinParsed(host, port, true)
}

func joinParsed(host, port string, hostWanted bool) (string, error) {
	var err error
	if hostWanted {
		if host, err = parseHost(host); err != nil {
			return "", err
		}
	}
	if port, err = parsePort(port); err != nil {
		return "", err
	}
	return net.JoinHostPort(host, port), nil
}

func parsePort(raw string) (string, error) {
	n, err := strconv.ParseUint(raw, 10, 16)
	if err != nil || n == 0 {
		return "", addressError("The port must be a number from 1 to 65535.")
	}
	return strconv.FormatUint(n, 10), nil
}
