package chattest

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"time"
)

// maxFrontBytes is what the front end takes; beyond it the API is not asked.
const maxFrontBytes = 1 << 20

var (
	messagesPath = regexp.MustCompile(`^/v1/spaces/([A-Za-z0-9_-]+)/messages$`)
	legacyPath   = regexp.MustCompile(`^/v1/(spaces|rooms|dms)/[A-Za-z0-9_-]+/webhooks$`)
	messageID    = regexp.MustCompile(`^client-[a-z0-9-]{1,56}$`)
)

// queryNames lists the parameters of the create method and those that every
// method of Google's APIs has.
// https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages/create
var queryNames = []string{
	"key", "token", "messageId", "requestId", "messageReplyOption", "threadKey", "alt", "fields", "prettyPrint", "$alt",
}

// ServeHTTP answers one API request. It makes a Server usable without its
// listener too.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.begin() {
		panic(http.ErrAbortHandler)
	}
	defer s.end()
	w.Header().Set("Date", s.opts.Now().UTC().Format(http.TimeFormat))

	raw, err := io.ReadAll(io.LimitReader(r.Body, maxFrontBytes+1))
	if err != nil {
		panic(http.ErrAbortHandler) // the client left in mid-sentence
	}
	match := messagesPath.FindStringSubmatch(r.URL.EscapedPath())
	switch {
	case legacyPath.MatchString(r.URL.EscapedPath()):
		refusals[RefuseContent].write(w)
		return
	case match == nil, r.Method != http.MethodPost:
		writePage(w, http.StatusNotFound)
		return
	case len(raw) > maxFrontBytes:
		writePage(w, http.StatusRequestEntityTooLarge)
		return
	}
	s.create(w, r, match[1], raw)
}

// create handles spaces.messages.create.
func (s *Server) create(w http.ResponseWriter, r *http.Request, name string, raw []byte) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		refusals[RefuseContent].write(w)
		return
	}
	m, invalid := parseMessage(raw)

	s.mu.Lock()
	fault := s.takeFault(query, m)
	if fault != NoFault && !fault.stores() {
		s.mu.Unlock()
		s.misbehave(w, r, fault)
		return
	}
	if refusal := s.check(name, query, invalid); refusal != nil {
		s.mu.Unlock()
		refusal.write(w)
		return
	}
	stored, fresh := s.store(name, query, m, raw)
	report := s.onMessage
	s.mu.Unlock()

	if fresh && report != nil {
		report(name, stored)
	}
	if fault != NoFault {
		s.misbehave(w, r, fault)
		return
	}
	writeJSON(w, http.StatusOK, answer(stored, m))
}

// check refuses a request as the service does: credentials first, then
// parameters and body, then the rate, then a used message id. s.mu is held.
func (s *Server) check(name string, query url.Values, invalid *apiError) *apiError {
	sp := s.spaces[name]
	if refusal := checkCredentials(sp, query); refusal != nil {
		return refusal
	}
	if refusal := checkQuery(query); refusal != nil {
		return refusal
	}
	if invalid != nil {
		return invalid
	}
	if now := s.opts.Now(); s.pace && !sp.lastAt.IsZero() && now.Sub(sp.lastAt) < time.Second {
		refusal := refusals[RateLimit]
		return &refusal
	}
	id := query.Get("messageId")
	_, used := sp.ids[id]
	_, replay := sp.requests[requestKey(query)]
	if s.ignoreIDs || !used || replay {
		return nil
	}
	s.replays++
	return &apiError{http.StatusConflict, "ALREADY_EXISTS", "Requested entity already exists", nil}
}

// checkCredentials refuses a damaged key or token. sp is nil when there is no
// such space.
func checkCredentials(sp *space, query url.Values) *apiError {
	switch {
	case query.Get("key") == "":
		return &unregistered
	case query.Get("key") != key:
		return &keyInvalid
	case query.Get("token") == "":
		return &withoutToken
	case sp == nil || sp.removed:
		refusal := refusals[NotFound]
		return &refusal
	case !slices.Contains(sp.tokens, query.Get("token")):
		return &withoutToken
	default:
		return nil
	}
}

// replyOptions are the values of messageReplyOption, with whether a thread key
// counts under them.
var replyOptions = map[string]bool{
	"":                                     false,
	"MESSAGE_REPLY_OPTION_UNSPECIFIED":     false,
	"REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD": true,
	"REPLY_MESSAGE_OR_FAIL":                true,
}

// checkQuery refuses unknown parameters, a malformed message id and an unknown
// reply option.
func checkQuery(query url.Values) *apiError {
	for parameter := range query {
		if !slices.Contains(queryNames, parameter) {
			refusal := badQuery(parameter)
			return &refusal
		}
	}
	if id := query.Get("messageId"); id != "" && !messageID.MatchString(id) {
		refusal := badRequest("message_id", "message_id must begin with 'client-' and have at most 63 lower-case letters, digits and hyphens.")
		return &refusal
	}
	if _, known := replyOptions[query.Get("messageReplyOption")]; !known {
		refusal := badRequest("message_reply_option", "Invalid value at 'message_reply_option'.")
		return &refusal
	}
	return nil
}

// requestKey scopes a request id to the webhook that used it.
func requestKey(query url.Values) string { return query.Get("token") + "\x00" + query.Get("requestId") }

// store puts the message into its space, or finds it there under its request
// id. s.mu is held.
func (s *Server) store(name string, query url.Values, m message, raw []byte) (stored StoredMessage, fresh bool) {
	sp := s.spaces[name]
	request, id := query.Get("requestId"), query.Get("messageId")
	if s.ignoreIDs {
		request, id = "", ""
	}
	if at, known := sp.requests[requestKey(query)]; known && request != "" {
		s.replays++
		return sp.messages[at], false
	}
	stored = StoredMessage{
		Name: "spaces/" + name + "/messages/" + newName(), MessageID: id, RequestID: request,
		Text: m.text, CardTitle: m.cardTitle, FallbackText: m.fallback, Widgets: m.widgets, Blank: m.blank,
		Body: bytes.Clone(raw), At: s.opts.Now(),
	}
	stored.Thread = sp.thread(name, query, m, stored.Name)
	sp.lastAt = stored.At
	sp.messages = append(sp.messages, stored)
	if request != "" {
		sp.requests[requestKey(query)] = len(sp.messages) - 1
	}
	if id != "" {
		sp.ids[id] = len(sp.messages) - 1
	}
	return stored, true
}

// thread returns the thread that a new message goes into: the one of its key,
// which is scoped to the webhook and counts only with a reply option, else one
// of its own. The server's mu is held.
func (sp *space) thread(name string, query url.Values, m message, message string) string {
	own := "spaces/" + name + "/threads/" + message[len(message)-16:]
	if m.threadKey == "" || !replyOptions[query.Get("messageReplyOption")] {
		return own
	}
	key := query.Get("token") + "\x00" + m.threadKey
	if _, known := sp.threads[key]; !known {
		sp.threads[key] = own
	}
	return sp.threads[key]
}

// answer is the partial message that webhooks get: what was sent, with the
// names.
func answer(stored StoredMessage, m message) map[string]any {
	out := map[string]any{}
	for name, value := range m.fields {
		out[name] = value
	}
	out["name"] = stored.Name
	out["thread"] = map[string]any{"name": stored.Thread}
	if stored.MessageID != "" {
		out["clientAssignedMessageId"] = stored.MessageID
	}
	return out
}
