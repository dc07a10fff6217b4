package heartbeat

import (
	"net/url"
	"regexp"
	"strings"

	"vastrelay/app/words"
	"vastrelay/relay"
)

// target is a URL with its two calls.
type target struct {
	up   string // says that all is well
	down string // says that it is not; empty where the service knows no such call
}

// longestURL bounds a URL, in bytes.
const longestURL = 2048

// parse reads the URL that a service shows for a check. The error is a sentence
// without the URL.
func parse(raw string) (target, error) {
	u, err := url.Parse(strings.TrimSpace(raw))
	switch {
	case err != nil, len(raw) > longestURL, u.Host == "", u.Hostname() == "", u.Opaque != "":
		return target{}, noURL()
	case u.User != nil:
		return target{}, urlError(words.New("heartbeat.url.user"))
	case u.Scheme == "http" && !relay.IsLoopback(u.Hostname()):
		return target{}, urlError(words.New("heartbeat.url.insecure"))
	case u.Scheme != "https" && u.Scheme != "http":
		return target{}, noURL()
	}
	u.Fragment, u.RawFragment = "", ""
	switch {
	case kumaPath.MatchString(u.Path):
		return kuma(u), nil
	case isHealthchecks(u):
		return healthchecks(u)
	default:
		return target{up: u.String()}, nil
	}
}

// urlError is why something is no URL that can be called, in a sentence.
type urlError words.Sentence

// Error implements error.
func (e urlError) Error() string { return words.Sentence(e).String() }

// noURL says that something is no URL that can be called.
func noURL() urlError { return urlError(words.New("heartbeat.url.none")) }

// kumaPath is the path of a push monitor of Uptime Kuma:
// https://github.com/louislam/uptime-kuma/wiki/Internal-API#push .
var kumaPath = regexp.MustCompile(`/api/push/[A-Za-z0-9]+/?$`)

// kuma returns the calls of a push monitor, which differ in a parameter.
func kuma(u *url.URL) target {
	with := func(status, message string) string {
		call := *u
		q := call.Query()
		q.Set("status", status)
		q.Set("msg", message)
		q.Del("ping") // a time of answer, which is not measured
		call.RawQuery = q.Encode()
		return call.String()
	}
	return target{up: with("up", "OK"), down: with("down", "not relaying")}
}

// healthchecksPath is the path of a check of Healthchecks, by its UUID or by a
// ping key and a slug, with what may follow:
// https://healthchecks.io/docs/http_api/ .
var healthchecksPath = regexp.MustCompile(`^((?:/ping)?/(?:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[A-Za-z0-9_-]{22}/[a-z0-9_-]+))(/[a-z0-9]*)?$`)

// isHealthchecks reports whether u is of the hosted Healthchecks, or of a server of
// one's own.
func isHealthchecks(u *url.URL) bool {
	hosted := strings.EqualFold(u.Hostname(), "hc-ping.com")
	return healthchecksPath.MatchString(u.Path) && hosted != strings.HasPrefix(u.Path, "/ping/")
}

// healthchecks returns the calls of a check, which differ in their path.
func healthchecks(u *url.URL) (target, error) {
	parts := healthchecksPath.FindStringSubmatch(u.Path)
	if parts[2] != "" && parts[2] != "/" {
		return target{}, urlError(words.New("heartbeat.url.of_failures"))
	}
	call, fail := *u, *u
	call.Path, call.RawPath = parts[1], ""
	fail.Path, fail.RawPath = parts[1]+"/fail", ""
	return target{up: call.String(), down: fail.String()}, nil
}
