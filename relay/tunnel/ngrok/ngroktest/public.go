package ngroktest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
)

// errorHeader carries ngrok's own code in answers that ngrok makes itself
// (https://ngrok.com/docs/errors).
const errorHeader = "Ngrok-Error-Code"

// callerKey is the context key of the public client's address.
type callerKey struct{}

var (
	errOffline = errors.New("the endpoint is offline")
	errAway    = errors.New("the policy of the Cloud Endpoint answers")
)

// internalSuffix ends the names that only a Cloud Endpoint reaches.
const internalSuffix = ".internal"

// newClient returns a client that resolves every name to the public side.
func (e *Edge) newClient() *http.Client {
	var dialer net.Dialer
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig:     &tls.Config{RootCAs: e.ca.pool(), MinVersion: tls.VersionTLS12},
		MaxIdleConnsPerHost: 100,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, e.PublicAddr())
		},
	}}
}

// newPublicHandler passes requests to the agent that holds their host.
func (e *Edge) newPublicHandler() http.Handler {
	proxy := &httputil.ReverseProxy{
		Transport: e.proxy,
		ErrorLog:  log.New(io.Discard, "", 0),
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme = "http"
			r.Out.URL.Host = r.In.Host
			r.Out.Host = r.In.Host
			r.Out.Header["X-Forwarded-For"] = r.In.Header["X-Forwarded-For"]
			r.SetXForwarded()
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if errors.Is(err, errAway) {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			if errors.Is(err, errOffline) {
				answerOffline(w, r.Host)
				return
			}
			answerError(w, http.StatusBadGateway, "ERR_NGROK_3004", "The server returned an invalid or incomplete HTTP response.")
		},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		proxy.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, r.RemoteAddr)))
	})
}

func answerOffline(w http.ResponseWriter, host string) {
	answerError(w, http.StatusNotFound, "ERR_NGROK_3200", fmt.Sprintf("The endpoint %s is offline.", host))
}

func answerError(w http.ResponseWriter, status int, code, text string) {
	w.Header().Set(errorHeader, code)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "%s\r\n\r\n%s\r\n", text, code)
}

// newProxyTransport returns a transport whose connections are proxy streams to
// the agent that holds the name.
func (e *Edge) newProxyTransport() *http.Transport {
	return &http.Transport{
		DisableKeepAlives:  true,
		DisableCompression: true,
		DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
			b, away := e.route(address)
			switch {
			case away:
				return nil, errAway
			case b == nil:
				return nil, errOffline
			}
			caller, _ := ctx.Value(callerKey{}).(string)
			return b.open(caller)
		},
	}
}

// open opens a proxy stream for a client at caller, as ip:port.
func (b *binding) open(caller string) (net.Conn, error) {
	stream, err := b.owner.mux.OpenTypedStream(typeProxy)
	if err != nil {
		return nil, fmt.Errorf("open a proxy stream: %w", err)
	}
	header := proxyHeader{ID: b.id, ClientAddr: caller, Proto: "https", EdgeType: "3"}
	if err := writeProxyHeader(stream, header); err != nil {
		_ = stream.Close()
		return nil, err
	}
	return stream, nil
}
