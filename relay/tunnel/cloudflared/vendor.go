package cloudflared

import (
	"context"
	"net"
	"path/filepath"

	"vastrelay/relay"
	"vastrelay/relay/tunnel"
)

// credentialKind is the kind of the token among the credentials.
const credentialKind = "cloudflared_token"

// The names of the settings in their file.
const (
	hostKey       = "cloudflared_host"
	listenKey     = "cloudflared_listen"
	executableKey = "cloudflared_path"
)

// Vendor describes Cloudflare Tunnel.
func Vendor() tunnel.Vendor {
	return tunnel.Vendor{
		Name:               "cloudflared",
		Title:              "Let Cloudflare provide it (cloudflared)",
		Credential:         credentialKind,
		CredentialOptional: true,
		Fields:             fields(),
		AwayCost: "While this computer sleeps or is off, Cloudflare answers 530, after which Vast.ai tries again for a while. " +
			"A quick tunnel comes back under another name, so what is still on the way to the old one is lost.",
		Away: func(v tunnel.Values) tunnel.Away {
			if v[hostKey] == "" {
				return tunnel.AwayFinal
			}
			return tunnel.AwayRetried
		},
		Remark: "cloudflared is a program of Cloudflare's that has to be installed first. It reports crashes of its own to Sentry, and of proxies it uses only SOCKS.",
		PublicURL: func(v tunnel.Values) string {
			if v[hostKey] == "" {
				return ""
			}
			return "https://" + v[hostKey]
		},
		ProxyInFront: func(v tunnel.Values) bool { return v[hostKey] != "" },
		New: func(o tunnel.Options) (tunnel.Provider, error) {
			t, err := New(Options{
				Token: o.Token, Host: o.Values[hostKey], Listen: o.Values[listenKey], Executable: o.Values[executableKey],
				Proxy: o.Proxy, Folder: filepath.Join(o.Folder, program), Logger: o.Logger,
			})
			if err != nil {
				return nil, err
			}
			return t, nil
		},
		Check: func(_ context.Context, o tunnel.Options) (tunnel.Account, error) {
			if _, _, err := checkToken(o.Token); err != nil {
				return tunnel.Account{}, permanent(ReasonTokenMalformed, err)
			}
			return tunnel.Account{}, tunnel.ErrUncheckable
		},
	}
}

// fields are its settings. Without a host name there is a quick tunnel.
func fields() []tunnel.Field {
	return []tunnel.Field{
		{
			Key:      hostKey,
			Variable: "VASTRELAY_CLOUDFLARED_HOST",
			Label:    "Host name (optional)",
			Hint: "The public host name of your own tunnel, as you set it in Cloudflare's dashboard; its token goes under Connections. " +
				"Leave it empty for a quick tunnel: that needs no account, and has another name after each start.",
			Example: "relay.example.com",
			Parse:   relay.ParseDomain,
		},
		{
			Key:      listenKey,
			Variable: "VASTRELAY_CLOUDFLARED_LISTEN",
			Label:    "Local service",
			Hint: "For your own tunnel: what the dashboard has as the service of that host name, with the type HTTP. " +
				"Empty means " + DefaultListen + ".",
			Example: DefaultListen,
			Default: DefaultListen,
			Parse:   parseListen,
		},
		{
			Key:      executableKey,
			Variable: "VASTRELAY_CLOUDFLARED_PATH",
			Label:    "Program (optional)",
			Hint:     "Where cloudflared lies. Leave it empty to look for it in the usual folders.",
			Example:  exampleExecutable,
			Parse:    parseExecutable,
			Receives: true,
		},
	}
}

// parseListen takes a host:port of this computer: cloudflared runs on it as well.
func parseListen(raw string) (string, error) {
	address, err := relay.ParseListen(raw)
	if err != nil {
		return "", err
	}
	if host, _, err := net.SplitHostPort(address); err != nil || !relay.IsLoopback(host) {
		return "", sentence("Enter an address of this computer alone, such as " + DefaultListen + ".")
	}
	return address, nil
}
