package webhooks

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"vastrelay/relay"
	"vastrelay/vastapi"
)

const (
	namePrefix    = "Vast Relay on "
	nameSeparator = " · "
	nameHost      = nameSeparator + string(relay.RoleHost)
)

// Name is what a webhook of ours is called: "Vast Relay on host · id", with
// " · host" appended for the host role. A long host name is cut so that the
// whole has at most vastapi.MaxNameLength characters and the installation id
// survives; control characters are left out.
func Name(host, installationID string, role relay.Role) string {
	host = strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(host, "")))
	if host == "" {
		host = "this computer"
	}
	tail := nameSeparator + installationID
	if role == relay.RoleHost {
		tail += nameHost
	}
	room := vastapi.MaxNameLength - utf8.RuneCountInString(namePrefix+tail)
	if runes := []rune(host); len(runes) > room {
		host = strings.TrimSpace(string(runes[:max(0, room)]))
	}
	return namePrefix + host + tail
}

// carries reports whether a webhook's name holds our installation id for the
// role.
func carries(name, installationID string, role relay.Role) bool {
	if installationID == "" || !strings.HasPrefix(name, namePrefix) {
		return false
	}
	rest, isHost := strings.CutSuffix(name, nameHost)
	return isHost == (role == relay.RoleHost) && strings.HasSuffix(rest, nameSeparator+installationID)
}

// countOtherCopies counts the listed webhooks that are named like ours but belong to
// another installation.
func countOtherCopies(listed []vastapi.Webhook, desired []Desired) int {
	n := 0
	for _, w := range listed {
		ours := slices.ContainsFunc(desired, func(d Desired) bool {
			return SameURL(d.URL, w.URL) || carries(w.Name, d.InstallationID, relay.RoleClient) || carries(w.Name, d.InstallationID, relay.RoleHost)
		})
		if strings.HasPrefix(w.Name, namePrefix) && !ours {
			n++
		}
	}
	return n
}
