package vasttest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// reply is an answer before it is written: body as JSON, or text as it is.
type reply struct {
	status int
	header http.Header
	body   any
	text   string
}

// call is one request of the API, past its door.
type call struct {
	ctx  context.Context
	user int64 // whose key it came with
	id   int64 // the number in the path; 0 when there is none
	body []byte
}

// endpoint is one method of one route.
type endpoint struct {
	name   string // as in "access to route api.webhooks"
	scope  string
	handle func(*Server, call) reply
}

// endpoints returns what the API answers, by "METHOD route".
func endpoints() map[string]endpoint {
	return map[string]endpoint{
		"GET /users/current/":                 {"users.current", ScopeRead, (*Server).whoAmI},
		"GET /notification-types/":            {"notification-types", ScopeRead, (*Server).listTypes},
		"GET /webhooks/":                      {"webhooks", ScopeRead, (*Server).listWebhooks},
		"POST /webhooks/":                     {"webhooks", ScopeWrite, (*Server).createWebhook},
		"PUT /webhooks/{id}/":                 {"webhooks", ScopeWrite, (*Server).updateWebhook},
		"DELETE /webhooks/{id}/":              {"webhooks", ScopeWrite, (*Server).deleteWebhook},
		"POST /webhooks/{id}/rotate-secret/":  {"webhooks.rotate-secret", ScopeWrite, (*Server).rotateSecret},
		"POST /webhooks/{id}/test/":           {"webhooks.test", ScopeWrite, (*Server).testWebhook},
		"GET /users/{id}/notification-prefs/": {"users.notification-prefs", ScopeRead, (*Server).readPreferences},
		"PUT /users/{id}/notification-prefs/": {"users.notification-prefs", ScopeWrite, (*Server).replacePreferences},
		"GET /notifications/inbox/":           {"notifications.inbox", ScopeRead, (*Server).readInbox},
	}
}

// matchRoute turns a path into its route and the number in it. slashless is set
// when the path lacks the trailing slash that the documentation asks for.
func matchRoute(path string) (route string, id int64, slashless bool) {
	rest, ok := strings.CutPrefix(path, "/api/v0/")
	if !ok {
		return "", 0, false
	}
	slashless = !strings.HasSuffix(rest, "/")
	parts := strings.Split(strings.TrimSuffix(rest, "/"), "/")
	for i, part := range parts {
		if n, err := strconv.ParseInt(part, 10, 64); err == nil {
			parts[i], id = "{id}", n
		}
	}
	return "/" + strings.Join(parts, "/") + "/", id, slashless
}

// maxRequest bounds what is read of a request.
const maxRequest = 1 << 20

// serve answers one request.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if !s.enter() {
		panic(http.ErrAbortHandler)
	}
	defer s.leave()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	route, id, slashless := matchRoute(r.URL.Path)
	noted := Call{At: time.Now(), Method: r.Method, Route: route, Path: r.URL.Path, Body: string(body)}
	answered := s.journal.called(noted)
	answer := s.answer(r, body, route, id, slashless)
	if answer == nil {
		panic(http.ErrAbortHandler)
	}
	answered(answer.status)
	answer.write(w, s.now().Add(s.faults.date()))
}

// answer works out the answer; nil means that the connection breaks.
func (s *Server) answer(r *http.Request, body []byte, route string, id int64, slashless bool) *reply {
	point, known := endpoints()[r.Method+" "+route]
	if !known || (slashless && s.faults.isStrict()) {
		return &reply{status: http.StatusNotFound, body: map[string]any{"detail": "Not Found"}}
	}
	key, sent := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if refusal := s.limiter.check(route, key); refusal != nil {
		return refusal
	}
	fault := s.faults.take(r.Method, route)
	if fault != nil && !fault.Perform {
		return s.misbehave(r.Context(), fault, nil)
	}
	var answer reply
	if who, refusal := s.authorize(key, sent, point); refusal != nil {
		answer = *refusal
	} else {
		answer = point.handle(s, call{ctx: r.Context(), user: who, id: id, body: body})
	}
	if fault != nil {
		return s.misbehave(r.Context(), fault, &answer)
	}
	return &answer
}

// authorize finds the account behind the key, or the refusal.
// Source: https://docs.vast.ai/api-reference/authentication .
func (s *Server) authorize(key string, sent bool, point endpoint) (account int64, refusal *reply) {
	if !sent || key == "" {
		answer := s.refuse(http.StatusForbidden, "auth_error", "This action requires login.")
		return 0, &answer
	}
	s.state.mu.Lock()
	who, known := s.state.keys[key]
	s.state.mu.Unlock()
	if !known {
		answer := s.refuse(s.faults.unknownKeyStatus(), "auth_error", "Invalid user key")
		return 0, &answer
	}
	if !slices.Contains(who.scopes, point.scope) {
		// The wording is invented; that it names the route is not.
		answer := s.refuse(http.StatusUnauthorized, "auth_error", "This API key does not have access to route api."+point.name)
		return 0, &answer
	}
	return who.user, nil
}

// misbehave does what the fault says with the real answer, if there is one.
func (s *Server) misbehave(ctx context.Context, f *Fault, performed *reply) *reply {
	if f.Hold != nil {
		both, cancel := s.joined(ctx)
		defer cancel()
		select {
		case <-f.Hold:
		case <-both.Done():
			return nil
		}
	}
	if f.Drop {
		return nil
	}
	answer := &reply{status: f.Status, text: f.Body}
	if f.Status == 0 {
		if performed == nil {
			return nil
		}
		answer = performed
	}
	answer.header = f.Header
	return answer
}

// refuse makes an error answer in the shape that is set.
func (s *Server) refuse(status int, code, msg string) reply {
	answer := reply{status: status}
	switch form := s.faults.errorForm(); form {
	case FormMessage:
		answer.body = map[string]any{"message": msg}
	case FormDetail:
		answer.body = map[string]any{"detail": msg}
	case FormPlain:
		answer.text = msg
	default:
		fields := map[string]any{"success": false, "msg": msg}
		if form == FormMsgError || code == "auth_error" {
			fields["error"] = code
		}
		answer.body = fields
	}
	return answer
}

// write sends the answer. Date carries the stand-in's own clock.
func (a *reply) write(w http.ResponseWriter, now time.Time) {
	payload := []byte(a.text)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if a.body != nil {
		w.Header().Set("Content-Type", "application/json")
		var err error
		if payload, err = json.Marshal(a.body); err != nil {
			panic(fmt.Sprintf("encode the answer: %v", err))
		}
	}
	w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
	for name, values := range a.header {
		w.Header()[http.CanonicalHeaderKey(name)] = values
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(payload)
}

func (f *faults) isStrict() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.strictSlash
}

func (f *faults) errorForm() ErrorForm {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.form
}

func (f *faults) unknownKeyStatus() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.unknownStatus != 0 {
		return f.unknownStatus
	}
	return http.StatusUnauthorized
}

// seconds writes a duration as the service writes a threshold: "2.0".
func seconds(d time.Duration) string {
	text := strconv.FormatFloat(d.Seconds(), 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

// unix writes a time as the service does.
func unix(t time.Time) float64 { return float64(t.UnixMicro()) / 1e6 }
