package intake

import (
	"errors"
	"net/http"
	"strings"

	"vastrelay/relay"
)

const (
	typeJSON = "application/json"
	typeText = "text/plain; charset=utf-8"
)

// answer is what the Receiver says to one request.
type answer struct {
	status      int
	code        string // why it was refused; empty when it was not
	allow       string // the Allow header; empty for none
	contentType string
	body        string
	hangUp      bool // close the connection instead of reading the rest of the request
}

// refusal is an answer that names its reason. Vast.ai takes a 4xx other than
// 408 and 429 as final and delivers again after anything else that is not 2xx,
// so trouble of our own is always a 5xx.
// Source: https://docs.vast.ai/guides/reference/notification-webhooks .
func refusal(status int, code string) answer {
	return answer{status: status, code: code, contentType: typeJSON, body: `{"ok":false,"error":"` + code + `"}`}
}

// unread is a refusal that is made before the body of r is read. The
// connection is closed unless there is no body, for otherwise the server would
// read on to reach the next request.
func unread(r *http.Request, status int, code string) answer {
	a := refusal(status, code)
	a.hangUp = r.ContentLength != 0
	return a
}

// readFailed is the answer to a body that could not be read. Vast.ai delivers
// again after a 408, too.
func readFailed(err error) answer {
	a := refusal(http.StatusRequestTimeout, relay.CodeIncomplete)
	switch {
	case errors.Is(err, errTooLarge):
		a = refusal(http.StatusRequestEntityTooLarge, relay.CodeTooLarge)
	case errors.Is(err, errOverloaded):
		a = refusal(http.StatusServiceUnavailable, relay.CodeOverloaded)
	}
	a.hangUp = true
	return a
}

func wrongMethod(r *http.Request, allowed ...string) answer {
	a := unread(r, http.StatusMethodNotAllowed, relay.CodeMethodNotAllowed)
	a.allow = strings.Join(allowed, ", ")
	return a
}

func (a answer) write(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	if a.allow != "" {
		h.Set("Allow", a.allow)
	}
	if a.hangUp {
		h.Set("Connection", "close")
	}
	if a.contentType != "" {
		h.Set("Content-Type", a.contentType)
		h.Set("X-Content-Type-Options", "nosniff")
	}
	w.WriteHeader(a.status)
	if a.body != "" {
		_, _ = w.Write([]byte(a.body)) // The sender is gone; nothing is left to tell it.
	}
}
