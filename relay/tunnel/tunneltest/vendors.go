package tunneltest

import (
	"errors"
	"strings"

	"vastrelay/relay"
	"vastrelay/relay/tunnel"
)

// Vendors describes the tunnels of the program without their packages, for tests
// that need settings and forms but no tunnel. A test in app holds them equal to
// the real ones.
func Vendors() []tunnel.Vendor {
	return []tunnel.Vendor{
		{
			Name: "ngrok", Title: "Let ngrok provide it", Credential: "ngrok_token", ServerVariable: "VASTRELAY_NGROK_CONNECT_URL",
			Fields: []tunnel.Field{{
				Key: "ngrok_domain", Variable: "VASTRELAY_NGROK_DOMAIN", Label: "Domain (optional)", Example: "name.ngrok-free.app",
				Hint: "Leave it empty to use the domain that comes with your ngrok account.", Parse: relay.ParseDomain,
			}, {
				Key: "ngrok_cloud_endpoint", Variable: "VASTRELAY_NGROK_CLOUD_ENDPOINT", Label: "Cloud Endpoint (optional)", Example: "name.ngrok.app",
				Hint: "A Cloud Endpoint that you have made in ngrok's dashboard, with the Traffic Policy that is shown here. " +
					"It stays online while this computer is off, and has Vast.ai try again later. Your plan at ngrok must allow it.",
				Parse: relay.ParseDomain,
			}},
			AwayCost: "While this computer sleeps or is off, ngrok answers 404. Vast.ai does not try that again: the event is lost.",
			Policy: func(v tunnel.Values) string {
				if v["ngrok_cloud_endpoint"] == "" {
					return ""
				}
				return "on_http_request: forward to the tunnel, else answer 503"
			},
		},
		{
			Name: "url", Title: "Use my own public URL",
			Fields: []tunnel.Field{
				{
					Key: "public_url", Variable: "VASTRELAY_PUBLIC_URL", Label: "Public URL", Example: "https://relay.example.net", Required: true,
					Hint:  "The https address that Vast.ai delivers to, such as https://example.net or https://example.net/hooks. Your proxy may pass its path on or strip it.",
					Parse: relay.ParsePublicURL,
				},
				{
					Key: "listen", Variable: "VASTRELAY_LISTEN", Label: "Local address", Example: "127.0.0.1:8787", Default: "127.0.0.1:8787",
					Hint: "Where your proxy or tunnel hands requests over, in plain HTTP. Empty means 127.0.0.1:8787.", Parse: relay.ParseListen,
				},
			},
			AwayCost: "While this computer sleeps or is off, your proxy has nowhere to hand requests to. Vast.ai tries again after 502, 503 and 504; after a 404 or a redirect the event is lost.",
		},
		{
			Name: "tunnelmole", Title: "Let Tunnelmole provide it",
			Credential: "tunnelmole_key", CredentialOptional: true, ServerVariable: "VASTRELAY_TUNNELMOLE_SERVER",
			Fields: []tunnel.Field{{
				Key: "tunnelmole_subdomain", Variable: "VASTRELAY_TUNNELMOLE_SUBDOMAIN", Label: "Subdomain (optional)", Example: "my-relay",
				Hint:  "A name of your own at Tunnelmole, which needs an API key with a subscription. Leave it empty to get a random name.",
				Parse: relay.ParseDomain,
			}},
			AwayCost: "While this computer sleeps, is off or connects anew, Tunnelmole answers 404. Vast.ai does not try that again: the event is lost.",
			Remark: "A random name changes with each connection and holds the IP address of this computer, which Vast.ai and whoever learns " +
				"the address can then read. Requests over 100 KB do not get through; Vast.ai's notifications are far smaller.",
		},
		cloudflared(),
	}
}

// cloudflared is one of them, with the path of a program among its settings.
func cloudflared() tunnel.Vendor {
	return tunnel.Vendor{
		Name: "cloudflared", Title: "Let Cloudflare provide it (cloudflared)", Credential: "cloudflared_token", CredentialOptional: true,
		Fields: []tunnel.Field{
			{
				Key: "cloudflared_host", Variable: "VASTRELAY_CLOUDFLARED_HOST", Label: "Host name (optional)", Example: "relay.example.com",
				Hint: "The public host name of your own tunnel, as you set it in Cloudflare's dashboard; its token goes under Connections. " +
					"Leave it empty for a quick tunnel: that needs no account, and has another name after each start.",
				Parse: relay.ParseDomain,
			},
			{
				Key: "cloudflared_listen", Variable: "VASTRELAY_CLOUDFLARED_LISTEN", Label: "Local service", Example: "127.0.0.1:8787", Default: "127.0.0.1:8787",
				Hint:  "For your own tunnel: what the dashboard has as the service of that host name, with the type HTTP. Empty means 127.0.0.1:8787.",
				Parse: relay.ParseListen,
			},
			{
				Key: "cloudflared_path", Variable: "VASTRELAY_CLOUDFLARED_PATH", Label: "Program (optional)", Example: "/usr/local/bin/cloudflared",
				Hint:  "Where cloudflared lies. Leave it empty to look for it in the usual folders.",
				Parse: absolutePath, Receives: true,
			},
		},
		AwayCost: "While this computer sleeps or is off, Cloudflare answers 530, after which Vast.ai tries again for a while. " +
			"A quick tunnel comes back under another name, so what is still on the way to the old one is lost.",
		Remark: "cloudflared is a program of Cloudflare's that has to be installed first. It reports crashes of its own to Sentry, and of proxies it uses only SOCKS.",
	}
}

// absolutePath takes the whole path of a file.
func absolutePath(raw string) (string, error) {
	if !strings.HasPrefix(raw, "/") {
		return "", errors.New("enter the whole path of the program")
	}
	return raw, nil
}
