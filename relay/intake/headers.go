package intake

import (
	"net/http"
	"slices"
	"strings"

	"vastrelay/relay"
)

// Bounds of the headers that are kept with an event: a delivery is signed, but its
// headers are not, and anybody on the way can add some.
const (
	maxHeaders     = 24
	maxHeaderValue = 256 // bytes
)

// keptHeaders are the headers that are kept beside those of Vast.ai's own. All others
// are left out: what the way adds says more about the way than about the event, and
// may be a secret.
var keptHeaders = [...]string{"Content-Encoding", "Content-Length", "Content-Type", "Date", "Traceparent", "User-Agent", "X-Request-Id"}

// vastHeaders begins the names of Vast.ai's own headers.
const vastHeaders = "X-Vast-"

// headersOf returns the headers of a delivery that are kept with its event, by name.
// The signature is left out: with it, whoever reads the event could send it anew.
func headersOf(h http.Header) []relay.Header {
	var kept []relay.Header
	for name, values := range h {
		name = http.CanonicalHeaderKey(name)
		own := strings.HasPrefix(name, vastHeaders) && name != headerSignature
		if len(values) == 0 || !own && !slices.Contains(keptHeaders[:], name) {
			continue
		}
		value := relay.CleanLine(values[0])
		if len(value) > maxHeaderValue {
			value = strings.ToValidUTF8(value[:maxHeaderValue], "") + "…"
		}
		kept = append(kept, relay.Header{Name: relay.CleanLine(name), Value: value})
	}
	slices.SortFunc(kept, func(a, b relay.Header) int { return strings.Compare(a.Name, b.Name) })
	return kept[:min(len(kept), maxHeaders)]
}
