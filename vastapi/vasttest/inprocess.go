package vasttest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
)

// InProcess returns a transport that hands each request to h in this process.
// It needs no socket, so it works on a virtual clock. A handler that panics
// with http.ErrAbortHandler breaks the connection. When the request's context
// ends first, the handler sees that on its own context and goes on until it
// returns.
func InProcess(h http.Handler) http.RoundTripper { return inProcess{h} }

type inProcess struct{ handler http.Handler }

// RoundTrip implements http.RoundTripper.
func (p inProcess) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(req.Context())
	served := req.Clone(ctx)
	served.RequestURI = req.URL.RequestURI()
	served.RemoteAddr = "127.0.0.1:1"
	if served.Host == "" {
		served.Host = req.URL.Host
	}
	if req.Body == nil {
		served.Body = http.NoBody
	}
	answer := &answerBuffer{header: make(http.Header)}
	done := make(chan bool, 1)
	go func() {
		defer cancel()
		whole := false
		defer func() {
			if r := recover(); r != nil && r != http.ErrAbortHandler { //nolint:errorlint // The sentinel is compared as net/http does.
				panic(r)
			}
			_ = served.Body.Close()
			done <- whole
		}()
		p.handler.ServeHTTP(answer, served)
		whole = true
	}()
	select {
	case whole := <-done:
		if !whole {
			return nil, io.ErrUnexpectedEOF
		}
		return answer.response(req), nil
	case <-req.Context().Done():
		return nil, context.Cause(req.Context())
	}
}

// answerBuffer collects a handler's answer.
type answerBuffer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (b *answerBuffer) Header() http.Header { return b.header }

func (b *answerBuffer) WriteHeader(status int) {
	if b.status == 0 {
		b.status = status
	}
}

func (b *answerBuffer) Write(p []byte) (int, error) {
	b.WriteHeader(http.StatusOK)
	return b.body.Write(p)
}

func (b *answerBuffer) response(req *http.Request) *http.Response {
	b.WriteHeader(http.StatusOK)
	return &http.Response{
		Status:     strconv.Itoa(b.status) + " " + http.StatusText(b.status),
		StatusCode: b.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: b.header, Body: io.NopCloser(&b.body), ContentLength: int64(b.body.Len()), Request: req,
	}
}
