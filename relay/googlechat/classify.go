package googlechat

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"vastrelay/relay"
)

// maxRetryAfter bounds how long an answer can ask us to rest.
const maxRetryAfter = time.Hour

// reply is the part of an answer that is looked at: a stored message, or the
// error envelope of Google's APIs, https://google.aip.dev/193 .
type reply struct {
	Name   string `json:"name"`
	Thread struct {
		Name string `json:"name"`
	} `json:"thread"`
	Error apiError `json:"error"`

	isJSON bool
}

// apiError is the content of the error envelope.
type apiError struct {
	Code    int           `json:"code"`
	Message string        `json:"message"`
	Status  string        `json:"status"`
	Details []errorDetail `json:"details"`
}

// errorDetail holds the fields of the two detail types that matter: ErrorInfo
// has a reason, BadRequest has violations.
type errorDetail struct {
	Reason          string `json:"reason"`
	FieldViolations []struct {
		Field       string `json:"field"`
		Description string `json:"description"`
	} `json:"fieldViolations"`
}

// parseReply decodes an answer. Bodies that are not JSON objects (pages of the
// front end) give an empty reply.
func parseReply(body []byte) reply {
	var r reply
	r.isJSON = json.Unmarshal(body, &r) == nil
	if !r.isJSON {
		return reply{}
	}
	return r
}

// isPage reports whether body is a page for people to read.
func isPage(body []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(body), []byte("<"))
}

// failure makes a result that tells reason's cause.
func failure(outcome relay.Outcome, status int, reason string) relay.Result {
	return relay.Result{Outcome: outcome, Status: status, Reason: reason, Detail: causeOf(reason)}
}

// classify sorts an answer into exactly one outcome. withIDs says whether the
// request carried client-assigned ids; now is used for a Retry-After date.
func classify(resp *http.Response, body []byte, withIDs bool, now time.Time) relay.Result {
	r := parseReply(body)
	status := resp.StatusCode
	var result relay.Result
	switch {
	case status >= 200 && status <= 299 && isPage(body):
		// Chat answers in JSON, a sign-in page of a network in between with this.
		// What stopped there never reached Google, so it does not age the post.
		return failure(relay.Unreachable, status, ReasonSignInPage)
	case status >= 200 && status <= 299:
		return relay.Result{
			Outcome: relay.Posted, Status: status,
			Name: resourceName(r.Name), Thread: resourceName(r.Thread.Name),
		}
	case status >= 300 && status <= 399:
		result = failure(relay.DestinationGone, status, ReasonRedirected)
	case status >= 400 && status <= 499:
		result = classifyRefusal(status, r, withIDs)
	case status >= 500 && status <= 599:
		result = failure(relay.ServerTrouble, status, ReasonServerError)
	default:
		result = failure(relay.ServerTrouble, status, ReasonUnexpected)
	}
	result.RetryAfter = retryAfter(resp.Header.Get("Retry-After"), now)
	return result
}

// classifyRefusal sorts the 4xx answers.
func classifyRefusal(status int, r reply, withIDs bool) relay.Result {
	switch status {
	case http.StatusBadRequest:
		return classifyBadRequest(status, r, withIDs)
	case http.StatusUnauthorized:
		return failure(relay.Unauthorized, status, ReasonUnauthenticated)
	case http.StatusForbidden:
		return failure(relay.DestinationGone, status, forbiddenReason(r))
	case http.StatusNotFound, http.StatusGone:
		if r.isJSON {
			return failure(relay.DestinationGone, status, ReasonNotFound)
		}
		return failure(relay.DestinationGone, status, ReasonWrongPath)
	case http.StatusRequestTimeout:
		return failure(relay.Ambiguous, status, ReasonTimeout)
	case http.StatusConflict:
		// The vendor does not document the answer to a used message id. Its
		// API guide implies ALREADY_EXISTS; ABORTED is a race, to be tried
		// again: https://google.aip.dev/193 .
		if withIDs && r.Error.Status != "ABORTED" {
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

// classifyBadRequest tells a damaged key, refused id parameters and refused
// content apart.
func classifyBadRequest(status int, r reply, withIDs bool) relay.Result {
	var fields []string
	for _, d := range r.Error.Details {
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
		fields = append(fields, quotedName(r.Error.Message), firstWord(r.Error.Message))
	}
	named := ""
	for _, field := range fields {
		switch {
		case isIDField(field) && withIDs:
			return failure(relay.IDsRefused, status, ReasonIDsRefused)
		case named == "" && fieldForm.MatchString(field):
			named = field
		}
	}
	result := failure(relay.ContentRefused, status, ReasonContentRefused)
	if named != "" && len(r.Error.Details) > 0 {
		result.Detail = strings.TrimSuffix(result.Detail, ".") + " (it names the field " + named + ")."
	}
	return result
}

var (
	// fieldForm is what the path of a field looks like: nothing else of an
	// answer is shown to people, since it can quote the request.
	fieldForm  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,40}(\[[0-9]{1,3}\])?(\.[A-Za-z][A-Za-z0-9_]{0,40}(\[[0-9]{1,3}\])?){0,12}$`)
	quotedForm = regexp.MustCompile(`(?:Unknown name|field|parameter) ["']([A-Za-z_]{1,64})["']`)
	resource   = regexp.MustCompile(`^spaces/[A-Za-z0-9_-]{1,128}/(messages|threads)/[A-Za-z0-9_.-]{1,256}$`)
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
func forbiddenReason(r reply) string {
	words := strings.ToLower(r.Error.Message)
	switch {
	case strings.Contains(words, "unregistered callers"):
		return ReasonKeyMissing
	case strings.Contains(words, "valid token"), strings.Contains(words, "token is invalid"):
		return ReasonTokenMissing
	case r.isJSON:
		return ReasonAppsOff
	default:
		return ReasonForbidden
	}
}

// resourceName returns name when it has the form of a message's or thread's
// name, else nothing: a partial answer is normal for webhooks.
func resourceName(name string) string {
	if !resource.MatchString(name) {
		return ""
	}
	return name
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
