package vasttest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"vastrelay/vastapi"
)

func ok(fields map[string]any) reply {
	fields["success"] = true
	return reply{status: http.StatusOK, body: fields}
}

// whoAmI answers with the user at the top level and no "success". It carries an
// api_key field, as the service may, to catch clients that log it.
// Source: https://docs.vast.ai/api-reference/accounts/show-user .
func (s *Server) whoAmI(c call) reply {
	id := strconv.FormatInt(c.user, 10)
	return reply{status: http.StatusOK, body: map[string]any{
		"id": c.user, "key_id": 90210, "username": "user" + id, "email": "user" + id + "@example.net",
		"balance": 0, "credit": 12.5, "ssh_key": "", "sid": "x", "host_only": false,
		"email_verified": true, "api_key": "subaccount-key-never-to-be-logged",
	}}
}

func (s *Server) listTypes(call) reply {
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	list := make([]map[string]any, 0, len(s.state.types))
	for _, t := range s.state.types {
		list = append(list, map[string]any{
			"key": t.Key, "slug": t.Slug, "context": t.Context, "topic": t.Topic, "category": t.Category,
			"display_name": t.DisplayName, "default_preferences": t.DefaultPreferences,
			"mandatory_email": t.MandatoryEmail, "security_critical": t.SecurityCritical,
			"unreleased": t.Unreleased, "effects_opt_in_policy": "required",
		})
	}
	return ok(map[string]any{"notification_types": list})
}

func (s *Server) listWebhooks(c call) reply {
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	list := []map[string]any{}
	for _, h := range s.state.of(c.user) {
		list = append(list, s.state.wire(h, false))
	}
	return ok(map[string]any{"webhooks": list})
}

// wire is a webhook as answers show it. The caller holds mu.
func (st *state) wire(h *hook, secret bool) map[string]any {
	types := slices.Clone(h.types)
	if st.options.bareSlugs {
		for i, key := range types {
			if _, slug, full := strings.Cut(key, ":"); full {
				types[i] = slug
			}
		}
	}
	fields := map[string]any{
		"id": h.id, "user_id": h.user, "name": h.name, "webhook_url": h.url, "event_types": types,
		"created_at": unix(h.created), "updated_at": unix(h.updated),
	}
	if secret {
		fields["webhook_secret"] = h.secret
	}
	return fields
}

// createWebhook follows
// https://docs.vast.ai/api-reference/notifications/create-notification-webhook .
func (s *Server) createWebhook(c call) reply {
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	fields, refusal := s.readFields(c.body)
	if refusal != nil {
		return *refusal
	}
	target, _ := fields["webhook_url"].(string)
	problem := firstProblem(
		func() string { return urlProblem(fields["webhook_url"]) },
		func() string { return s.state.typesProblem(fields["event_types"]) },
		func() string { return nameProblem(fields["name"]) },
	)
	switch {
	case problem != "":
		return s.refuse(http.StatusBadRequest, "invalid_args", problem)
	case len(s.state.of(c.user)) >= vastapi.MaxWebhooks:
		return s.refuse(http.StatusBadRequest, "invalid_args", "Maximum of 4 webhooks per user")
	case s.state.registered(target, 0):
		return s.refuse(http.StatusBadRequest, "invalid_args", "This webhook URL is already registered")
	}
	types := texts(fields["event_types"])
	h := s.state.add(c.user, target, types, nameOf(fields["name"]), s.now())
	return ok(map[string]any{
		"webhook":                          s.state.wire(h, true),
		"enabled_notification_preferences": s.state.enable(c.user, types),
	})
}

// updateWebhook follows
// https://docs.vast.ai/api-reference/notifications/update-notification-webhook .
func (s *Server) updateWebhook(c call) reply {
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	h := s.state.owned(c.user, c.id)
	if h == nil {
		return s.gone()
	}
	fields, refusal := s.readFields(c.body)
	if refusal != nil {
		return *refusal
	}
	target, hasURL := fields["webhook_url"]
	types, hasTypes := fields["event_types"]
	name, hasName := fields["name"]
	if !hasURL && !hasTypes && !hasName {
		return s.refuse(http.StatusBadRequest, "invalid_args", "At least one of webhook_url, event_types, or name is required")
	}
	problem := firstProblem(
		func() string { return given(hasURL, func() string { return urlProblem(target) }) },
		func() string { return given(hasTypes, func() string { return s.state.typesProblem(types) }) },
		func() string { return given(hasName, func() string { return nameProblem(name) }) },
	)
	if problem != "" {
		return s.refuse(http.StatusBadRequest, "invalid_args", problem)
	}
	if address, _ := target.(string); hasURL {
		except := h.id
		if s.state.options.ownURLTaken {
			except = 0
		}
		if s.state.registered(address, except) {
			return s.refuse(http.StatusBadRequest, "invalid_args", "This webhook URL is already registered")
		}
		h.url = address
	}
	enabled := []string{}
	if hasTypes {
		h.types = texts(types)
		enabled = s.state.enable(c.user, h.types)
	}
	if hasName {
		h.name = nameOf(name)
	}
	h.updated = s.now()
	return ok(map[string]any{"webhook": s.state.wire(h, false), "enabled_notification_preferences": enabled})
}

func (s *Server) deleteWebhook(c call) reply {
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	if s.state.owned(c.user, c.id) == nil {
		return s.gone()
	}
	delete(s.state.hooks, c.id)
	return ok(map[string]any{})
}

// rotateSecret makes the old secret invalid at once.
func (s *Server) rotateSecret(c call) reply {
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	h := s.state.owned(c.user, c.id)
	if h == nil {
		return s.gone()
	}
	h.secret, h.updated = newSecret(), s.now()
	return ok(map[string]any{"webhook": s.state.wire(h, true)})
}

// readPreferences answers by context, slug and channel.
func (s *Server) readPreferences(c call) reply {
	if c.id != c.user {
		// The wording is invented.
		return s.refuse(http.StatusUnauthorized, "auth_error", "This API key does not have access to that user")
	}
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	answer := map[string]map[string]map[string]bool{"client": {}, "host": {}}
	for key, channels := range s.state.users[c.user].preferences {
		context, slug, _ := strings.Cut(key, ":")
		copied := make(map[string]bool, len(channels))
		for channel, on := range channels {
			copied[channel] = on
		}
		answer[context][slug] = copied
	}
	return ok(map[string]any{"notification_preferences": answer})
}

// replacePreferences replaces everything, as the service does: what is left out
// is off.
func (s *Server) replacePreferences(c call) reply {
	var request struct {
		Preferences map[string]map[string]map[string]bool `json:"notification_preferences"`
	}
	if json.Unmarshal(c.body, &request) != nil || request.Preferences == nil {
		return s.refuse(http.StatusBadRequest, "invalid_args", "notification_preferences must be an object with host and client keys")
	}
	s.state.mu.Lock()
	u := s.state.users[c.user]
	u.preferences = make(map[string]map[string]bool)
	for _, t := range s.state.types {
		u.preferences[t.Key] = make(map[string]bool)
		for channel, on := range request.Preferences[t.Context][t.Slug] {
			u.preferences[t.Key][channel] = on
		}
	}
	s.state.mu.Unlock()
	return s.readPreferences(c)
}

// readInbox lists the deliveries of the account as inbox rows, newest first, at
// most 50. The published documentation no longer has the call.
func (s *Server) readInbox(c call) reply {
	rows := []map[string]any{}
	seen := make(map[string]bool)
	deliveries := s.Deliveries()
	for _, d := range slices.Backward(deliveries) {
		if d.Account != c.user || seen[d.EventID] || d.Type == testType || len(rows) == 50 {
			continue
		}
		seen[d.EventID] = true
		rows = append(rows, map[string]any{
			"event_id": s.faults.inboxID(d.EventID), "notif_type": d.Type, "user_context": "client",
			"subject": d.subject, "message": d.message, "created_at": unix(d.At), "associated_id": map[string]any{},
		})
	}
	return ok(map[string]any{"notifications": rows, "last_seen_at": nil, "seen_through_at": nil, "unread_count": len(rows)})
}

func (s *Server) gone() reply {
	return s.refuse(http.StatusNotFound, "not_found", "Webhook not found")
}

// readFields decodes a request's JSON object. The refusal's wording is invented.
func (s *Server) readFields(body []byte) (map[string]any, *reply) {
	var fields map[string]any
	if json.Unmarshal(body, &fields) != nil || fields == nil {
		answer := s.refuse(http.StatusBadRequest, "invalid_args", "Request body must be a JSON object")
		return nil, &answer
	}
	return fields, nil
}

// registered reports whether any webhook but except has the URL. The caller
// holds mu.
func (st *state) registered(target string, except int64) bool {
	for _, h := range st.hooks {
		if h.url == target && h.id != except {
			return true
		}
	}
	return false
}

// urlProblem returns the service's text for what is wrong with a URL.
func urlProblem(value any) string {
	text, isString := value.(string)
	if !isString || text == "" {
		return "webhook_url is required and must be a string"
	}
	if utf8.RuneCountInString(text) > vastapi.MaxURLLength {
		return "webhook_url exceeds maximum length of 2048 characters"
	}
	if !strings.HasPrefix(strings.ToLower(text), "https://") {
		return "webhook_url must use HTTPS"
	}
	u, err := url.Parse(text)
	switch {
	case err != nil && strings.Contains(err.Error(), "invalid port"):
		return "webhook_url has an invalid port"
	case err != nil || u.Hostname() == "":
		return "webhook_url must include a hostname"
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return "webhook_url has an invalid port"
		}
	}
	return ""
}

// typesProblem returns the service's text for what is wrong with a list of
// event types. The caller holds mu.
func (st *state) typesProblem(value any) string {
	list, isList := value.([]any)
	switch {
	case !isList:
		return "event_types must be a list"
	case len(list) == 0:
		return "event_types must contain at least one event type"
	}
	seen := make(map[string]bool, len(list))
	for _, entry := range list {
		text, _ := entry.(string)
		if len(st.expand(text)) == 0 {
			return "Unknown event type: " + text
		}
		if seen[text] {
			return "Duplicate event type: " + text
		}
		seen[text] = true
	}
	return ""
}

// nameProblem returns a text for what is wrong with a name. The rule is
// documented, the texts are invented.
func nameProblem(value any) string {
	text, isString := value.(string)
	switch {
	case value == nil:
		return ""
	case !isString:
		return "name must be a string"
	case utf8.RuneCountInString(text) > vastapi.MaxNameLength:
		return "name exceeds maximum length of 120 characters"
	case strings.ContainsFunc(text, unicode.IsControl):
		return "name must not contain control characters"
	}
	return ""
}

func nameOf(value any) *string {
	if text, isString := value.(string); isString {
		return &text
	}
	return nil
}

func texts(value any) []string {
	list, _ := value.([]any)
	out := make([]string, 0, len(list))
	for _, entry := range list {
		if text, isString := entry.(string); isString {
			out = append(out, text)
		}
	}
	return out
}

func firstProblem(checks ...func() string) string {
	for _, check := range checks {
		if problem := check(); problem != "" {
			return problem
		}
	}
	return ""
}

func given(present bool, check func() string) string {
	if !present {
		return ""
	}
	return check()
}
