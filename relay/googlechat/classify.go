package googlechat

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"vastrelay/relay"
)

// maxRetryAfter bounds the wait that an answer can ask for.
const maxRetryAfter = time.Hour

// failure makes a result that tells reason's cause.
func failure(outcome relay.Outcome, status int, reason string) relay.Result {
	return relay.Result{Outcome: outcome, Status: status, Reason: reason, Detail: Cause(reason)}
}

// sent says what the classification of an answer needs to know of the request.
type sent struct {
	withIDs  bool // it carried client-assigned ids
	threaded bool // it named a thread
	before   bool // a request under the same request id may have stored the message already
	shortest bool // there is no smaller form of the message
}

// classify sorts an answer into exactly one outcome. Only Google's own answer
// is a verdict on the message or its destination: a message, or the error
// envelope. An HTML page is one too, where its status can only be about the URL
// (403, 404, 410) or the size (413). Everything else is unreachable or unverified.
// now is used for a Retry-After date.
func classify(resp *http.Response, body []byte, req sent, now time.Time) relay.Result {
	r := parseReply(resp.StatusCode, body)
	status := resp.StatusCode
	var result relay.Result
	switch {
	case r.kind == answerMessage, r.kind == answerPartial && req.before:
		// The answer to a repeat may be filled in part only.
		return relay.Result{Outcome: relay.Posted, Status: status, Name: r.name, Thread: r.thread}
	case r.kind == answerEnvelope && status <= 499:
		result = classifyRefusal(status, r.err, req)
	case r.kind == answerEnvelope:
		result = failure(relay.ServerTrouble, status, ReasonServerError)
	default:
		result = classifyForeign(status, r.kind, req)
	}
	result.Threaded = req.threaded
	result.RetryAfter = retryAfter(resp.Header.Get("Retry-After"), now)
	return result
}

// classifyForeign sorts the answers that are not the API's own.
func classifyForeign(status int, kind answerKind, req sent) relay.Result {
	page := kind == answerPage
	switch {
	case status == http.StatusRequestEntityTooLarge && !req.shortest:
		// Whoever answers, a smaller form may pass. The answer to the shortest form
		// cannot be about its size.
		return failure(relay.ContentRefused, status, ReasonTooLarge)
	case page && status == http.StatusForbidden:
		return failure(relay.DestinationGone, status, ReasonForbidden)
	case page && (status == http.StatusNotFound || status == http.StatusGone):
		return failure(relay.DestinationGone, status, ReasonWrongPath)
	case status >= 300 && status <= 399:
		return failure(relay.Unreachable, status, ReasonRedirected)
	case page && status >= 400 && status < 500:
		// A front end refused the request before it reached the API.
		return failure(relay.Unreachable, status, ReasonSignInPage)
	case page:
		// A gateway that inspects answers can put its page in place of one that
		// says the message is stored.
		return failure(relay.Unverified, status, ReasonSignInPage)
	default:
		return failure(relay.Unverified, status, ReasonNotGoogle)
	}
}

// classifyRefusal sorts the 4xx answers of the API.
func classifyRefusal(status int, e apiError, req sent) relay.Result {
	switch status {
	case http.StatusBadRequest:
		return classifyBadRequest(status, e, req)
	case http.StatusUnauthorized:
		return failure(relay.Unauthorized, status, ReasonUnauthenticated)
	case http.StatusForbidden:
		return failure(relay.DestinationGone, status, forbiddenReason(e))
	case http.StatusNotFound, http.StatusGone:
		if req.threaded && namesThread(e.Message) {
			return failure(relay.ContentRefused, status, ReasonThreadRefused)
		}
		return failure(relay.DestinationGone, status, ReasonNotFound)
	case http.StatusRequestTimeout:
		return failure(relay.Ambiguous, status, ReasonTimeout)
	case http.StatusConflict:
		// The vendor does not document the answer to a used message id. Its
		// API guide implies ALREADY_EXISTS; ABORTED is a race, to be tried
		// again: https://google.aip.dev/193 .
		if req.withIDs && e.Status != "ABORTED" {
			return relay.Result{Outcome: relay.AlreadyPosted, Status: status, Replayed: true}
		}
		return failure(relay.ServerTrouble, status, ReasonConflict)
	case http.StatusRequestEntityTooLarge:
		return failure(relay.ContentRefused, status, ReasonTooLarge)
	case http.StatusTooManyRequests:
		return failure(relay.RateLimited, status, ReasonRateLimited)
	default:
		// Nothing is known of these, so nothing is given up: the destination
		// is parked and its events are kept.
		return failure(relay.DestinationGone, status, ReasonUnexpected)
	}
}

// classifyBadRequest tells a damaged key, refused id parameters, a refused
// thread and refused content apart.
func classifyBadRequest(status int, e apiError, req sent) relay.Result {
	var fields []string
	for _, d := range e.Details {
		if d.Reason == "API_KEY_INVALID" {
			return failure(relay.DestinationGone, status, ReasonKeyInvalid)
		}
		for _, v := range d.FieldViolations {
			// An unknown query parameter is named in the description alone.
			fields = append(fields, v.Field)
			if v.Field == "" {
				fields = append(fields, quotedName(v.Description))
			}
		}
	}
	if len(fields) == 0 {
		fields = append(fields, quotedName(e.Message), firstWord(e.Message))
	}
	named := ""
	for _, field := range fields {
		switch {
		case isIDField(field) && req.withIDs:
			return failure(relay.IDsRefused, status, ReasonIDsRefused)
		case named == "" && fieldForm().MatchString(field):
			named = field
		}
	}
	reason := ReasonContentRefused
	if req.threaded && namesThread(named+" "+e.Message) {
		reason = ReasonThreadRefused
	}
	result := failure(relay.ContentRefused, status, reason)
	if named != "" && len(e.Details) > 0 {
		result.Detail = strings.TrimSuffix(result.Detail, ".") + " (it names the field " + named + ")."
	}
	return result
}

var (
	// fieldForm is what the path of a field looks like: nothing else of an
	// answer is shown to people, since it can quote the request. It is compiled at
	// its first use: that takes a while, and room.
	fieldForm = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,40}(\[[0-9]{1,3}\])?(\.[A-Za-z][A-Za-z0-9_]{0,40}(\[[0-9]{1,3}\])?){0,12}$`)
	})
	quotedForm = regexp.MustCompile(`(?:Unknown name|field|parameter) ["']([A-Za-z_]{1,64})["']`)
)

// quotedName returns the name that a message of the API's parser quotes:
// messageId, from `Unknown name "messageId": Cannot bind query parameter.`, is
// one.
func quotedName(message string) string {
	match := quotedForm.FindStringSubmatch(message)
	if match == nil {
		return ""
	}
	return match[1]
}

// firstWord returns the first word of message, which the API uses to name a
// parameter whose value it refuses.
func firstWord(message string) string {
	word, _, _ := strings.Cut(message, " ")
	return strings.TrimRight(word, ":")
}

// isIDField reports whether field is one of the id parameters in any spelling.
func isIDField(field string) bool {
	switch strings.ToLower(strings.ReplaceAll(field, "_", "")) {
	case "messageid", "requestid", "clientassignedmessageid", "message.clientassignedmessageid":
		return true
	default:
		return false
	}
}

// forbiddenReason tells the known wordings of a 403 apart.
func forbiddenReason(e apiError) string {
	words := strings.ToLower(e.Message)
	switch {
	case strings.Contains(words, "unregistered callers"):
		return ReasonKeyMissing
	case strings.Contains(words, "valid token"), strings.Contains(words, "token is invalid"):
		return ReasonTokenMissing
	default:
		return ReasonAppsOff
	}
}

// namesThread reports whether the words of an error are about the thread. They are
// not promised, so they decide only what a person is told: a message that was
// refused in a thread is sent without one in any case.
func namesThread(words string) bool {
	words = strings.ToLower(words)
	return strings.Contains(words, "thread") || strings.Contains(words, "reply_option") || strings.Contains(words, "replyoption")
}

// retryAfter reads a Retry-After header, in seconds or as a date, within 0 and
// maxRetryAfter. https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
func retryAfter(header string, now time.Time) time.Duration {
	var rest time.Duration
	if seconds, err := strconv.ParseUint(strings.TrimSpace(header), 10, 31); err == nil {
		rest = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(header); err == nil {
		rest = at.Sub(now)
	}
	return min(max(rest, 0), maxRetryAfter)
}
