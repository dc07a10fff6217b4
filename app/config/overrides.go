package config

import (
	"fmt"
	"maps"
	"net/url"
	"slices"

	"vastrelay/relay"
)

// The vendors' own hosts.
const (
	DefaultVastURL = "https://console.vast.ai" // https://docs.vast.ai/api-reference
	ChatHost       = "chat.googleapis.com"     // https://developers.google.com/workspace/chat/quickstart/webhooks
)

// Overrides names the variables in force that send traffic to other hosts than
// the vendors' own, or make other certificates trusted. They are shown to the
// person for as long as the program runs.
func (e Env) Overrides() []string {
	var names []string
	add := func(inForce bool, v Variable) {
		if inForce {
			names = append(names, string(v))
		}
	}
	add(e.VastURL != "" && e.VastURL != DefaultVastURL, VarVastURL)
	add(slices.ContainsFunc(e.ChatHosts, func(host string) bool { return host != ChatHost+":443" }), VarChatHosts)
	for _, v := range slices.Sorted(maps.Keys(e.Servers)) {
		add(true, v)
	}
	add(e.NgrokCA != "", VarNgrokCA)
	add(e.PublicConnect != "", VarPublicConnect)
	return names
}

// OverrideError says that a stored credential may not be used, because it
// would leave for a host that is not its vendor's own.
type OverrideError struct {
	Override   Variable // sends it there; empty when the stored Chat URL itself does
	Credential Variable // the variable that must hold the credential instead
}

// Error says which variable must be set.
func (e *OverrideError) Error() string {
	if e.Override == "" {
		return fmt.Sprintf("the stored Chat URL does not lead to %s; to use such a URL, set %s", ChatHost, e.Credential)
	}
	return fmt.Sprintf("%s is set, so the stored credential is not used; set %s as well", e.Override, e.Credential)
}

// AllowStored decides whether a credential that was kept in the keyring may be
// used in this run. Stored credentials go to the vendors' own hosts only:
// whoever can set an environment variable must not be able to have them sent
// elsewhere. stored is the value of credential, which matters for the Chat URL
// alone and may be empty for the others; server is the variable that names
// another server for the credential of a tunnel, and empty for all others. The
// error is nil or an *OverrideError.
//
// Credentials from the environment are always allowed: whoever set the override
// has set them as well.
func (e Env) AllowStored(credential Variable, stored relay.Secret, server Variable) error {
	refuse := func(override Variable) error {
		return &OverrideError{Override: override, Credential: credential}
	}
	switch {
	case credential == VarVastKey:
		if e.VastURL != "" && e.VastURL != DefaultVastURL {
			return refuse(VarVastURL)
		}
	case server != "":
		if e.Servers[server] != "" {
			return refuse(server)
		}
		// Whoever holds the key of another root can pass for the vendor.
		if e.NgrokCA != "" {
			return refuse(VarNgrokCA)
		}
	case credential == VarChatURL:
		u, err := url.Parse(stored.Reveal())
		if err != nil || u.Scheme != "https" || u.User != nil || u.Host != ChatHost && u.Host != ChatHost+":443" {
			if len(e.ChatHosts) > 0 {
				return refuse(VarChatHosts)
			}
			return refuse("")
		}
	}
	return nil
}
