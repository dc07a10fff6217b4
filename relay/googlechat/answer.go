package googlechat

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// answerKind says who wrote the body of an answer, and what it holds. The status
// does not tell: front ends, proxies and networks that want a sign-in use the same
// ones, often with a wrong content type.
type answerKind uint8

const (
	answerOther    answerKind = iota // nothing, plain text, other JSON or a part of some
	answerPage                       // HTML, for people to read
	answerMessage                    // a message of the API, with its name
	answerPartial                    // a message of the API without its name, perhaps empty
	answerEnvelope                   // an error of the API
)

// reply is the part of an answer that is looked at: a stored message, or the
// error envelope of Google's APIs, https://google.aip.dev/193 .
type reply struct {
	kind   answerKind
	name   string // of the message
	thread string // of the message's thread
	err    apiError
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

// byteOrderMark can precede any text and means nothing.
var byteOrderMark = []byte("\ufeff")

// parseReply finds out whose answer body is that came with status.
func parseReply(status int, body []byte) reply {
	body = bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(body), byteOrderMark))
	if bytes.HasPrefix(body, []byte("<")) {
		return reply{kind: answerPage}
	}
	// The value null would decode into a map as well.
	var fields map[string]json.RawMessage
	if !bytes.HasPrefix(body, []byte("{")) || json.Unmarshal(body, &fields) != nil {
		return reply{}
	}
	if content, isError := fields["error"]; isError {
		return parseError(status, content)
	}
	if status < 200 || status > 299 {
		return reply{}
	}
	return parseMessage(fields)
}

// errorStatus is what the status of Google's error envelope looks like.
var errorStatus = regexp.MustCompile(`^[A-Z][A-Z_]{1,40}$`)

// parseError reads the content of an error envelope. Google's names the HTTP
// status that it comes with; those of others look alike at most.
func parseError(status int, content json.RawMessage) reply {
	var e apiError
	if json.Unmarshal(content, &e) != nil || e.Code != status || status < 400 || !errorStatus.MatchString(e.Status) {
		return reply{}
	}
	return reply{kind: answerEnvelope, err: e}
}

// messageFields lists the fields of a message. That a webhook's answer can lack
// most of them is documented, that it has others is not.
// https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages
var messageFields = []string{
	"name", "sender", "createTime", "lastUpdateTime", "deleteTime", "text", "formattedText", "cards", "cardsV2",
	"annotations", "thread", "space", "fallbackText", "actionResponse", "argumentText", "slashCommand", "attachment",
	"matchedUrl", "threadReply", "clientAssignedMessageId", "emojiReactionSummaries", "privateMessageViewer",
	"deletionMetadata", "quotedMessageMetadata", "attachedGifs", "accessoryWidgets", "markupSyntax",
}

// parseMessage reads a stored message. One without a name is told from other
// JSON by its fields.
func parseMessage(fields map[string]json.RawMessage) reply {
	var name string
	var thread struct {
		Name string `json:"name"`
	}
	if raw, named := fields["name"]; named && json.Unmarshal(raw, &name) != nil {
		return reply{}
	}
	if raw, threaded := fields["thread"]; threaded && json.Unmarshal(raw, &thread) != nil {
		return reply{}
	}
	r := reply{kind: answerMessage, name: resourceName(name), thread: resourceName(thread.Name)}
	switch {
	case strings.Contains(r.name, "/messages/"):
		return r
	case name != "":
		return reply{}
	}
	for field := range fields {
		if !slices.Contains(messageFields, field) {
			return reply{}
		}
	}
	r.kind = answerPartial
	return r
}

// resource is what the name of a message or thread looks like. Compiling it takes
// near a millisecond, which a start without an answer need not wait for.
var resource = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^spaces/[A-Za-z0-9_-]{1,128}/(messages|threads)/[A-Za-z0-9_.-]{1,256}$`)
})

// resourceName returns name when it has the form of a message's or thread's
// name, else nothing.
func resourceName(name string) string {
	if !resource().MatchString(name) {
		return ""
	}
	return name
}
