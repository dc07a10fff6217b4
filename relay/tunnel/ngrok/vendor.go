package ngrok

import (
	"context"
	"strings"

	"vastrelay/relay"
	"vastrelay/relay/tunnel"
)

// The names of the settings in their file.
const (
	domainKey        = "ngrok_domain"
	cloudEndpointKey = "ngrok_cloud_endpoint"
)

// Vendor describes ngrok.
func Vendor() tunnel.Vendor {
	return tunnel.Vendor{
		Name:           "ngrok",
		Title:          "Let ngrok provide it",
		Credential:     "ngrok_token",
		ServerVariable: "VASTRELAY_NGROK_CONNECT_URL",
		Fields: []tunnel.Field{{
			Key:      domainKey,
			Variable: "VASTRELAY_NGROK_DOMAIN",
			Label:    "Domain (optional)",
			Hint:     "Leave it empty to use the domain that comes with your ngrok account.",
			Example:  "name.ngrok-free.app",
			Parse:    relay.ParseDomain,
		}, {
			Key:      cloudEndpointKey,
			Variable: "VASTRELAY_NGROK_CLOUD_ENDPOINT",
			Label:    "Cloud Endpoint (optional)",
			Hint: "A Cloud Endpoint that you have made in ngrok's dashboard, with the Traffic Policy that is shown here. " +
				"It stays online while this computer is off, and has Vast.ai try again later. Your plan at ngrok must allow it.",
			Example: "name.ngrok.app",
			Parse:   relay.ParseDomain,
		}},
		AwayCost: "While this computer sleeps or is off, ngrok answers 404. Vast.ai does not try that again: the event is lost.",
		Away: func(v tunnel.Values) tunnel.Away {
			if v[cloudEndpointKey] != "" {
				return tunnel.AwayRetried // 503, by Policy
			}
			return tunnel.AwayFinal // 404, https://ngrok.com/docs/errors/err_ngrok_3200
		},
		PublicURL: func(v tunnel.Values) string {
			if v[cloudEndpointKey] == "" {
				return ""
			}
			return "https://" + v[cloudEndpointKey]
		},
		Policy: func(v tunnel.Values) string {
			if v[cloudEndpointKey] == "" {
				return ""
			}
			return Policy(v[cloudEndpointKey])
		},
		New: func(o tunnel.Options) (tunnel.Provider, error) {
			t, err := New(fromVendor(o))
			if err != nil {
				return nil, err
			}
			return t, nil
		},
		Check: func(ctx context.Context, o tunnel.Options) (tunnel.Account, error) {
			return CheckToken(ctx, fromVendor(o))
		},
	}
}

// fromVendor takes the options of any vendor as those of ngrok.
func fromVendor(o tunnel.Options) Options {
	return Options{
		Token: o.Token, Domain: o.Values[domainKey], CloudEndpoint: o.Values[cloudEndpointKey], ConnectURL: o.Server, CAs: o.CAs,
		Dial: o.Dial, Version: o.Version, Logger: o.Logger,
	}
}

// internalName is the name of the endpoint that only the Cloud Endpoint called name
// reaches. Names that end so are never public:
// https://ngrok.com/docs/universal-gateway/internal-endpoints/ .
func internalName(name string) string {
	return "vastrelay-" + strings.ReplaceAll(name, ".", "-") + ".internal"
}

// Policy is the Traffic Policy to give to the Cloud Endpoint called name: it hands
// each request to the tunnel, and answers 503 while nobody is there. Vast.ai sends
// again what was answered so; without a Cloud Endpoint ngrok answers 404, which is
// final. Sources: https://ngrok.com/docs/traffic-policy/actions/forward-internal/ ,
// https://ngrok.com/docs/traffic-policy/actions/custom-response/ .
func Policy(name string) string {
	return `on_http_request:
  - actions:
      - type: forward-internal
        config:
          url: https://` + internalName(name) + `
          on_error: continue
      - type: custom-response
        config:
          status_code: 503
          body: Vast Relay is away. Try again later.
`
}
