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

// explanation says what a reason means to a person.
type explanation struct {
	headline string // what is the matter, without a full stop
	cause    string // one sentence
	next     string // what to do, one sentence
}

// explanations holds every reason. It is never written to.
var explanations = map[string]explanation{
	ReasonNoURL: {
		"No webhook URL for this space",
		"There is no Google Chat webhook URL for this space.",
		"Paste the space's webhook URL.",
	},
	ReasonUnrenderable: {
		"The message could not be made",
		"The message holds no event.",
		"Export diagnostics and report this.",
	},
	ReasonInterrupted: {
		"Posting was interrupted",
		"Posting was stopped before Google Chat answered.",
		"Nothing to do: it goes on by itself.",
	},
	reasonStopped: {
		"Posting was interrupted",
		"The program stopped before Google Chat answered.",
		"Nothing to do: it is tried again.",
	},
	reasonNoAnswer: {
		"Google Chat did not answer in time",
		"The message was sent, but no answer came in time, so it may have arrived.",
		"Nothing to do: it is tried again.",
	},
	reasonPanic: {
		"The message could not be sent",
		"The program made a mistake while sending.",
		"Export diagnostics and report this.",
	},
	ReasonNameUnknown: {
		"Google Chat cannot be found",
		"The name of Google Chat's server could not be looked up.",
		"Check the internet connection of this computer.",
	},
	ReasonConnect: {
		"Google Chat cannot be reached",
		"No connection to Google Chat came about.",
		"Check the internet connection, proxy and firewall of this computer.",
	},
	ReasonProxy: {
		"The proxy gives no connection to Google Chat",
		"The proxy gave no connection, so nothing was sent.",
		"Check the proxy settings of this computer; it is tried again by itself.",
	},
	ReasonTLS: {
		"The connection to Google Chat is not safe",
		"The server that answered could not prove that it is Google Chat, so nothing was sent.",
		"Check for a proxy or sign-in page in between, and the clock of this computer.",
	},
	ReasonConnectTimeout: {
		"Google Chat cannot be reached",
		"No connection to Google Chat came about in time.",
		"Check the internet connection, proxy and firewall of this computer.",
	},
	ReasonTimeout: {
		"Google Chat did not answer in time",
		"The message was sent, but no answer came in time, so it may have arrived.",
		"Nothing to do: it is tried again.",
	},
	ReasonConnectionLost: {
		"The connection to Google Chat broke",
		"The connection broke after the message was sent, so it may have arrived.",
		"Nothing to do: it is tried again.",
	},
	ReasonContentRefused: {
		"Google Chat refuses this message",
		"Google Chat does not take the message in this form.",
		"Nothing to do: it is sent in a plainer form.",
	},
	ReasonTooLarge: {
		"Google Chat refuses this message",
		"The message is too big for Google Chat.",
		"Nothing to do: it is sent in a shorter form.",
	},
	ReasonThreadRefused: {
		"Google Chat refuses the thread",
		"Google Chat does not take the message into the thread that it belongs to.",
		"Nothing to do: it is sent without a thread.",
	},
	ReasonIDsRefused: {
		"Google Chat takes no message ids",
		"Google Chat refuses the ids that prevent double posts.",
		"Nothing to do: messages are sent without them, and marked when they may repeat.",
	},
	ReasonKeyInvalid: {
		"The webhook URL is damaged",
		"Google Chat does not know the key in the webhook URL.",
		"Copy the webhook URL again from the space and paste it.",
	},
	ReasonKeyMissing: {
		"The webhook URL is incomplete",
		"Google Chat found no key in the webhook URL.",
		"Copy the webhook URL again from the space and paste it.",
	},
	ReasonTokenMissing: {
		"Google Chat refused the webhook URL",
		"The webhook URL is incomplete, or the webhook was deleted.",
		"Copy the webhook URL again from the space, or make a new webhook, and paste it.",
	},
	ReasonAppsOff: {
		"Google Chat refuses the messages",
		"Posting is not allowed: Chat apps are probably switched off for your organisational unit.",
		"Ask your Workspace administrator to allow Chat apps and incoming webhooks.",
	},
	ReasonForbidden: {
		"Google Chat refuses the messages",
		"Something in front of Google Chat does not allow posting.",
		"Check for a proxy or firewall in between, and ask your Workspace administrator.",
	},
	ReasonUnauthenticated: {
		"Google Chat refused the webhook",
		"Google Chat says that the webhook URL carries no valid credentials; at times it says so of good ones.",
		"If it goes on, make a new webhook in the space and paste its URL.",
	},
	ReasonNotFound: {
		"The webhook or its space is gone",
		"Google Chat does not find the webhook or its space; one of them was probably deleted.",
		"Make a new webhook in the space and paste its URL.",
	},
	ReasonWrongPath: {
		"The webhook URL is wrong",
		"There is nothing at the address in the webhook URL.",
		"Copy the webhook URL again from the space and paste it.",
	},
	ReasonRedirected: {
		"Something in between answers for Google Chat",
		"The answer points to another address, which is not followed, since the URL is secret.",
		"Sign in to this network in a browser, or check for a proxy in between; it is tried again by itself.",
	},
	ReasonSignInPage: {
		"Something in between answers for Google Chat",
		"A web page came back in place of Google Chat's answer, so the message has probably not arrived.",
		"Sign in to this network in a browser, or check for a proxy in between; it is tried again by itself.",
	},
	ReasonNotGoogle: {
		"Something in between answers for Google Chat",
		"What came back is not an answer of Google Chat, so it is not known whether the message has arrived.",
		"Check for a proxy or firewall in between; it is tried again by itself.",
	},
	ReasonConflict: {
		"Google Chat is busy",
		"Google Chat met a conflict while it took the message.",
		"Nothing to do: it is tried again.",
	},
	ReasonRateLimited: {
		"Google Chat asks for a rest",
		"The space took too many messages in a short time.",
		"Nothing to do: posting goes on after a rest.",
	},
	ReasonServerError: {
		"Google Chat is down",
		"Google Chat answered with an error of its own.",
		"Nothing to do: it is tried again.",
	},
	ReasonUnexpected: {
		"Google Chat gave an unknown answer",
		"The answer is none that Google Chat is known to give.",
		"Check for a proxy in between; if it goes on, make a new webhook in the space.",
	},
}

// Reasons lists every reason code, those that a lane gives among them.
func Reasons() []string { return slices.Sorted(maps.Keys(explanations)) }

// Cause returns the sentence that Result.Detail carries for a reason alone.
func Cause(reason string) string { return causeOf(reason) }

// Explain returns what a reason code means to a person: a headline and the
// next step, a sentence. Codes of later versions get a general text.
func Explain(reason string) (headline, next string) {
	e, ok := explanations[reason]
	if !ok {
		e = explanations[ReasonUnexpected]
	}
	return e.headline, e.next
}

// causeOf returns the sentence that Result.Detail carries for reason.
func causeOf(reason string) string { return explanations[reason].cause }
