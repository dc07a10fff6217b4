package tunnelmole

import (
	"context"
	"errors"
	"strings"

	"vastrelay/relay"
	"vastrelay/relay/tunnel"
)

const (
	subdomainKey   = "tunnelmole_subdomain" // in the settings file
	credentialKind = "tunnelmole_key"
	serverVariable = "VASTRELAY_TUNNELMOLE_SERVER"
)

// Vendor describes Tunnelmole.
func Vendor() tunnel.Vendor {
	return tunnel.Vendor{
		Name:               "tunnelmole",
		Title:              "Let Tunnelmole provide it",
		Credential:         credentialKind,
		CredentialOptional: true,
		ServerVariable:     serverVariable,
		Fields: []tunnel.Field{{
			Key:      subdomainKey,
			Variable: "VASTRELAY_TUNNELMOLE_SUBDOMAIN",
			Label:    "Subdomain (optional)",
			Hint:     "A name of your own at Tunnelmole, which needs an API key with a subscription. Leave it empty to get a random name.",
			Example:  "my-relay",
			Parse:    parseSubdomain,
		}},
		AwayCost: "While this computer sleeps, is off or connects anew, Tunnelmole answers 404. Vast.ai does not try that again: the event is lost.",
		Away:     func(tunnel.Values) tunnel.Away { return tunnel.AwayFinal },
		Remark: "A random name changes with each connection and holds the IP address of this computer, which Vast.ai and whoever learns " +
			"the address can then read. Requests over 100 KB do not get through; Vast.ai's notifications are far smaller.",
		New: func(o tunnel.Options) (tunnel.Provider, error) {
			t, err := New(fromVendor(o))
			if err != nil {
				return nil, err
			}
			return t, nil
		},
		Check: func(ctx context.Context, o tunnel.Options) (tunnel.Account, error) {
			return tunnel.Account{}, CheckKey(ctx, fromVendor(o))
		},
	}
}

// fromVendor takes the options of any vendor as those of Tunnelmole.
func fromVendor(o tunnel.Options) Options {
	return Options{
		Key: o.Token, Subdomain: o.Values[subdomainKey], Server: o.Server, CAs: o.CAs,
		Dial: o.Dial, Version: o.Version, Logger: o.Logger,
	}
}

// errSubdomain is a sentence for the person who entered a subdomain.
var errSubdomain = errors.New("Enter just the first word of the name, such as my-relay.") //nolint:revive,staticcheck // a sentence for a person

// longestLabel is the longest part of a host name, in bytes
// (https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4).
const longestLabel = 63

// parseSubdomain returns the one spelling of a subdomain, which is the first
// part of a host name; a whole host name, or its https address, is cut down to
// that. The error is a sentence for a person.
func parseSubdomain(raw string) (string, error) {
	name := strings.ToLower(strings.TrimSpace(raw))
	if strings.Contains(name, ".") {
		host, err := relay.ParseDomain(name)
		if err != nil {
			return "", errSubdomain
		}
		name, _, _ = strings.Cut(host, ".")
	}
	valid := func(r rune) bool { return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' }
	if name == "" || len(name) > longestLabel || strings.HasPrefix(name, "-") || strings.HasSuffix(name, "-") ||
		strings.ContainsFunc(name, func(r rune) bool { return !valid(r) }) {
		return "", errSubdomain
	}
	return name, nil
}
