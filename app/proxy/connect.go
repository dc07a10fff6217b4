package proxy

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// longestAnswer bounds the header of a proxy's answer, in bytes.
const longestAnswer = 64 << 10

// statusError is the status of an answer that refuses the connection.
type statusError int

func (e statusError) Error() string {
	text := strconv.Itoa(int(e))
	if name := http.StatusText(int(e)); name != "" {
		text += " " + name
	}
	return text
}

// errNotHTTP means that the proxy does not answer in HTTP.
var errNotHTTP = errors.New("the answer is not HTTP")

// connect asks an HTTP proxy for a connection to address,
// https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6 .
func (r *route) connect(ctx context.Context, address string) (net.Conn, error) {
	conn, err := r.reach(ctx)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	rest, err := r.negotiate(conn, address)
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	if rest.Buffered() > 0 { // the host has sent something already
		return &bufferedConn{Conn: conn, reader: rest}, nil
	}
	return conn, nil
}

// negotiate sends the request and reads the header of the answer. Bytes that the
// host has sent already stay in the reader.
func (r *route) negotiate(conn net.Conn, address string) (*bufio.Reader, error) {
	request := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: address}, Host: address, Header: http.Header{}}
	request.Header.Set("User-Agent", r.o.UserAgent)
	if user := r.proxy.User; user != nil {
		password, _ := user.Password()
		request.Header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password)))
	}
	if err := request.Write(conn); err != nil {
		return nil, err
	}
	bounded := &io.LimitedReader{R: conn, N: longestAnswer}
	reader := bufio.NewReader(bounded)
	answer, err := http.ReadResponse(reader, request) //nolint:bodyclose // what follows the header is the connection
	var network net.Error
	switch {
	case errors.As(err, &network):
		return nil, err
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, io.ErrUnexpectedEOF
	case err != nil:
		return nil, errNotHTTP
	case answer.StatusCode < 200 || answer.StatusCode > 299:
		return nil, statusError(answer.StatusCode)
	}
	bounded.N = 1<<63 - 1
	return reader, nil
}

// bufferedConn is a connection of which some bytes were read with the proxy's
// answer.
type bufferedConn struct {
	net.Conn
	reader *bufio.Reader
}

// Read returns the buffered bytes first.
func (c *bufferedConn) Read(p []byte) (int, error) { return c.reader.Read(p) }
