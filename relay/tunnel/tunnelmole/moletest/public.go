package moletest

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// mostBody is the largest body, in bytes, that the service passes on.
const mostBody = 100 << 10

// request is a request as the service passes it on.
type request struct {
	Type      string         `json:"type"`
	RequestID string         `json:"requestId"`
	URL       string         `json:"url"`
	Method    string         `json:"method"`
	Headers   map[string]any `json:"headers"`
	Body      string         `json:"body"`
}

// forward passes a public request on to the client that holds its host. A request
// that the client does not answer stays open until the sender gives up.
func (s *Service) forward(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Content-Encoding") != "" {
		w.WriteHeader(http.StatusUnsupportedMediaType)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, mostBody))
	if err != nil {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	c := s.lookup(r.Host)
	if c == nil {
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, "No matching tunnelmole domain")
		return
	}
	if r.Method == http.MethodPost && r.Header.Get("Content-Type") == "" {
		body = nil // nothing of the service reads it
	}
	s.mu.Lock()
	s.serial++
	id := fmt.Sprintf("request-%d", s.serial)
	s.mu.Unlock()
	answer, ok := c.ask(r.Context(), id, request{
		Type: "forwardedRequest", RequestID: id, URL: r.URL.RequestURI(), Method: r.Method,
		Headers: forwardedHeaders(r), Body: base64.StdEncoding.EncodeToString(body),
	})
	if !ok {
		return
	}
	for name, list := range answer.header() {
		w.Header()[name] = list
	}
	w.WriteHeader(answer.StatusCode)
	_, _ = w.Write(answer.decoded())
}

// forwardedHeaders are the headers of r as the service passes them on: with other
// capital letters, and with the length of the body as it was sent.
func forwardedHeaders(r *http.Request) map[string]any {
	headers := map[string]any{"host": r.Host}
	for name, list := range r.Header {
		if len(list) == 1 {
			headers[strings.ToLower(name)] = list[0]
		} else {
			headers[strings.ToLower(name)] = list
		}
	}
	if r.ContentLength > 0 {
		headers["content-length"] = strconv.FormatInt(r.ContentLength, 10)
	}
	return headers
}
