package intake

import (
	"net/url"
	"strings"

	"vastrelay/relay"
)

// withoutBase returns the part of an escaped path that begins with a path of
// the Receiver's own, whether a proxy in front has stripped the base path,
// a part of it, or nothing. Any other path is returned as it is.
func (rc *Receiver) withoutBase(path string) string {
	if rc.options.BasePath == nil {
		return path
	}
	at := ownPathAt(path)
	if at <= 0 {
		return path
	}
	base := rc.options.BasePath()
	if base == "" {
		return path
	}
	before, err := url.PathUnescape(path[:at])
	if err != nil {
		return path
	}
	// A base of "/a/b" may have become "/b". "location /hooks" with
	// "proxy_pass http://host/" of nginx leaves a slash of it.
	if before = strings.TrimRight(before, "/"); !strings.HasSuffix(base, before) {
		return path
	}
	return path[at:]
}

// ownPathAt returns where in path one of the Receiver's own paths begins, which
// lasts to the end of path; -1 if there is none.
func ownPathAt(path string) int {
	if strings.HasSuffix(path, HealthPath) {
		return len(path) - len(HealthPath)
	}
	for _, role := range relay.Roles() {
		if own := role.Path(); strings.HasSuffix(path, own) {
			return len(path) - len(own)
		}
	}
	return strings.LastIndex(path, probePrefix)
}
