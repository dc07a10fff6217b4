package ngrok

import "strings"

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
