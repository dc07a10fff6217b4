package tunnelmole

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"vastrelay/relay"
	"vastrelay/relay/tunnel"
)

// The types of messages of the service.
const (
	typeInitialise      = "initialise"
	typeAssigned        = "hostnameAssigned"
	typeRequest         = "forwardedRequest"
	typeResponse        = "forwardedResponse"
	typeBadSubscription = "invalidSubscription"
	typeTaken           = "hostnameAlreadyTaken"
	typeReserved        = "domainAlreadyReserved"
	typeNotReserved     = "domainReservationError"
	typeTooMany         = "tooManyDomains"
	typeNote            = "clientMessage"
	typeDisconnect      = "clientDisconnect"
)

// initialise is the first message of a connection.
type initialise struct {
	Type       string         `json:"type"`
	ClientID   string         `json:"clientId"`
	Connection connectionInfo `json:"connectionInfo"`
	APIKey     string         `json:"apiKey,omitempty"`
	Subdomain  string         `json:"subdomain,omitempty"`
}

// connectionInfo tells the service what kind of client connects.
type connectionInfo struct {
	IsCLI   bool   `json:"isCli"`
	IsNPM   bool   `json:"isNpm"`
	Node    string `json:"nodeVersion"`
	Version string `json:"tunnelmoleVersion"`
}

// message is any message of the service. Only the fields of its type are set.
type message struct {
	Type string `json:"type"`

	Hostname string `json:"hostname"`
	LogLevel string `json:"logLevel"`
	Text     string `json:"message"`

	RequestID string            `json:"requestId"`
	URL       string            `json:"url"`
	Method    string            `json:"method"`
	Headers   map[string]values `json:"headers"`
	Body      string            `json:"body"`
}

// values are those of one header: a string, or a list of strings.
type values []string

// UnmarshalJSON takes a string, a list of strings, and a number as the text that
// it is; what else there may be counts as no value.
func (v *values) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*v = values{one}
		return nil
	}
	var many []string
	if json.Unmarshal(data, &many) == nil {
		*v = many
		return nil
	}
	var number json.Number
	if json.Unmarshal(data, &number) == nil {
		*v = values{number.String()}
		return nil
	}
	*v = nil
	return nil
}

// MarshalJSON writes one value as a string, as the service expects it.
func (v values) MarshalJSON() ([]byte, error) {
	if len(v) == 1 {
		return json.Marshal(v[0])
	}
	return json.Marshal([]string(v))
}

// response is the answer to a forwarded request.
type response struct {
	Type       string            `json:"type"`
	RequestID  string            `json:"requestId"`
	URL        string            `json:"url"`
	StatusCode int               `json:"statusCode"`
	Headers    map[string]values `json:"headers"`
	Body       string            `json:"body"`
}

// parseMessage reads one message of the service. The error does not quote it.
func parseMessage(data []byte) (message, error) {
	var m message
	if err := json.Unmarshal(data, &m); err != nil {
		return message{}, errors.New("the message is not the JSON object that the protocol describes")
	}
	if m.Type == "" {
		return message{}, errors.New("the message has no type")
	}
	if m.Type == typeRequest && m.RequestID == "" {
		return message{}, errors.New("the request has no id to answer it by")
	}
	return m, nil
}

// host returns the host name that m assigns, in its one spelling.
func (m message) host() (string, error) {
	host, err := relay.ParseDomain(m.Hostname)
	if err != nil {
		return "", fmt.Errorf("the service assigned %q, which is no host name", tunnel.Clip(relay.CleanLine(m.Hostname), 100))
	}
	return host, nil
}

// hopHeaders are about the connection between the sender and the service, or
// about the length of a body, which is known here.
var hopHeaders = []string{
	"Connection", "Content-Length", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection",
	"Te", "Trailer", "Transfer-Encoding", "Upgrade",
}

// header returns the headers of m, except those of hopHeaders and Host.
func (m message) header() http.Header {
	h := http.Header{}
	for name, list := range m.Headers {
		name = http.CanonicalHeaderKey(name)
		if name == "Host" || slices.Contains(hopHeaders, name) {
			continue
		}
		h[name] = append(h[name], list...)
	}
	return h
}

// first returns the first value of the header of that name; empty for none.
func (m message) first(name string) string {
	for other, list := range m.Headers {
		if len(list) > 0 && http.CanonicalHeaderKey(other) == name {
			return list[0]
		}
	}
	return ""
}

// answer makes the response to m.
func (m message) answer(status int, header http.Header, body []byte) response {
	r := response{
		Type: typeResponse, RequestID: m.RequestID, URL: m.URL, StatusCode: status,
		Headers: map[string]values{}, Body: base64.StdEncoding.EncodeToString(body),
	}
	for name, list := range header {
		if !slices.Contains(hopHeaders, name) {
			r.Headers[name] = values(list)
		}
	}
	return r
}
