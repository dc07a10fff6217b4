package ownurl

import (
	"vastrelay/relay"
	"vastrelay/relay/tunnel"
)

// The names of the settings in their file.
const (
	publicKey = "public_url"
	listenKey = "listen"
)

// Vendor describes an address that the person provides.
func Vendor() tunnel.Vendor {
	return tunnel.Vendor{
		Name:  "url",
		Title: "Use my own public URL",
		Fields: []tunnel.Field{
			{
				Key:      publicKey,
				Variable: "VASTRELAY_PUBLIC_URL",
				Label:    "Public URL",
				Hint: "The https address that Vast.ai delivers to, such as https://example.net or https://example.net/hooks. " +
					"Your proxy may pass its path on or strip it.",
				Example:  "https://relay.example.net",
				Required: true,
				Parse:    relay.ParsePublicURL,
			},
			{
				Key:      listenKey,
				Variable: "VASTRELAY_LISTEN",
				Label:    "Local address",
				Hint:     "Where your proxy or tunnel hands requests over, in plain HTTP. Empty means " + DefaultListen + ".",
				Example:  DefaultListen,
				Default:  DefaultListen,
				Parse:    relay.ParseListen,
			},
		},
		AwayCost: "While this computer sleeps or is off, your proxy has nowhere to hand requests to. " +
			"Vast.ai tries again after 502, 503 and 504; after a 404 or a redirect the event is lost.",
		Away:         func(tunnel.Values) tunnel.Away { return tunnel.AwayRetried }, // most proxies answer 502, 503 or 504
		PublicURL:    func(v tunnel.Values) string { return v[publicKey] },
		ProxyInFront: func(tunnel.Values) bool { return true },
		New: func(o tunnel.Options) (tunnel.Provider, error) {
			t, err := New(Options{PublicURL: o.Values[publicKey], Listen: o.Values[listenKey], Logger: o.Logger})
			if err != nil {
				return nil, err
			}
			return t, nil
		},
	}
}
