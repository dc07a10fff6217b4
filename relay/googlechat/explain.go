package googlechat

import (
	"maps"
	"slices"
)

// Reasons are the stable codes that a relay.Result of this package carries.
const (
	ReasonNoURL        = "no_url"         // no webhook URL is known for the space
	ReasonUnrenderable = "unrenderable"   // the message has no event
	ReasonInterrupted  = "interrupted"    // the caller ended the attempt
	ReasonNameUnknown  = "name_unknown"   // DNS gave no address
	ReasonConnect      = "connect_failed" // no connection came about
	ReasonTLS          = "tls_failed"     // the other side is not proven to be Google
	ReasonProxy        = "proxy_failed"   // the proxy gave no connection

	ReasonConnectTimeout = "connect_timeout" // no connection in time
	ReasonTimeout        = "timeout"         // sent, no answer in time
	ReasonConnectionLost = "connection_lost" // sent, the connection broke

	ReasonContentRefused  = "content_refused"
	ReasonTooLarge        = "too_large"
	ReasonIDsRefused      = "ids_refused"
	ReasonThreadRefused   = "thread_refused"
	ReasonKeyInvalid      = "key_invalid"
	ReasonKeyMissing      = "key_missing"
	ReasonTokenMissing    = "token_missing"
	ReasonAppsOff         = "apps_off"
	ReasonForbidden       = "forbidden"
	ReasonUnauthenticated = "unauthenticated"
	ReasonNotFound        = "not_found"
	ReasonWrongPath       = "wrong_path"
	ReasonRedirected      = "redirected"
	ReasonSignInPage      = "sign_in_page"
	ReasonNotGoogle       = "not_google" // the answer is not the API's own
	ReasonConflict        = "conflict"
	ReasonRateLimited     = "rate_limited"
	ReasonServerError     = "server_error"
	ReasonUnexpected      = "unexpected_answer"
)

// Reasons that a lane gives in place of a Sender.
const (
	reasonStopped  = "stopped"
	reasonNoAnswer = "no_answer"
	reasonPanic    = "panic"
)

// causes says in a sentence why a message was not posted, for every reason. What is
// said beside it to a person, in their language, is found by the reason. It is never
// written to.
var causes = map[string]string{
	ReasonNoURL:           "There is no Google Chat webhook URL for this space.",
	ReasonUnrenderable:    "The message holds no event.",
	ReasonInterrupted:     "Posting was stopped before Google Chat answered.",
	reasonStopped:         "The program stopped before Google Chat answered.",
	reasonNoAnswer:        "The message was sent, but no answer came in time, so it may have arrived.",
	reasonPanic:           "The program made a mistake while sending.",
	ReasonNameUnknown:     "The name of Google Chat's server could not be looked up.",
	ReasonConnect:         "No connection to Google Chat came about.",
	ReasonProxy:           "The proxy gave no connection, so nothing was sent.",
	ReasonTLS:             "The server that answered could not prove that it is Google Chat, so nothing was sent.",
	ReasonConnectTimeout:  "No connection to Google Chat came about in time.",
	ReasonTimeout:         "The message was sent, but no answer came in time, so it may have arrived.",
	ReasonConnectionLost:  "The connection broke after the message was sent, so it may have arrived.",
	ReasonContentRefused:  "Google Chat does not take the message in this form.",
	ReasonTooLarge:        "The message is too big for Google Chat.",
	ReasonThreadRefused:   "Google Chat does not take the message into the thread that it belongs to.",
	ReasonIDsRefused:      "Google Chat refuses the ids that prevent double posts.",
	ReasonKeyInvalid:      "Google Chat does not know the key in the webhook URL.",
	ReasonKeyMissing:      "Google Chat found no key in the webhook URL.",
	ReasonTokenMissing:    "The webhook URL is incomplete, or the webhook was deleted.",
	ReasonAppsOff:         "Posting is not allowed: Chat apps are probably switched off for your organisational unit.",
	ReasonForbidden:       "Something in front of Google Chat does not allow posting.",
	ReasonUnauthenticated: "Google Chat says that the webhook URL carries no valid credentials; at times it says so of good ones.",
	ReasonNotFound:        "Google Chat does not find the webhook or its space; one of them was probably deleted.",
	ReasonWrongPath:       "There is nothing at the address in the webhook URL.",
	ReasonRedirected:      "The answer points to another address, which is not followed, since the URL is secret.",
	ReasonSignInPage:      "A web page came back in place of Google Chat's answer, so the message has probably not arrived.",
	ReasonNotGoogle:       "What came back is not an answer of Google Chat, so it is not known whether the message has arrived.",
	ReasonConflict:        "Google Chat met a conflict while it took the message.",
	ReasonRateLimited:     "The space took too many messages in a short time.",
	ReasonServerError:     "Google Chat answered with an error of its own.",
	ReasonUnexpected:      "The answer is none that Google Chat is known to give.",
}

// Reasons lists every reason code, those that a lane gives among them.
func Reasons() []string { return slices.Sorted(maps.Keys(causes)) }

// Cause returns the sentence that Result.Detail carries for a reason alone.
func Cause(reason string) string { return causes[reason] }
