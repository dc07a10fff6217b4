package chattest

import (
	"net/http"
	"net/url"
	"strings"
)

// Fault is one way in which the server misbehaves.
type Fault string

// The faults. Unless said otherwise nothing is stored.
const (
	NoFault        Fault = ""
	RateLimit      Fault = "429"
	RequestTimeout Fault = "408"
	InternalError  Fault = "500"
	BadGateway     Fault = "502 as an HTML page"
	Unavailable    Fault = "503"
	GatewayTimeout Fault = "504"
	AppsOff        Fault = "403: apps are off for the unit"
	KeyMissing     Fault = "403: unregistered callers"
	TokenMissing   Fault = "403: without a valid token"
	NotFoundHTML   Fault = "404 as an HTML page"
	NotFound       Fault = "404"
	Unauthorized   Fault = "401"
	KeyInvalid     Fault = "400: api key invalid"
	TooLarge       Fault = "413"
	Redirect       Fault = "302 to another host"
	SignInPage     Fault = "200 as an HTML page"

	// RefuseCards answers 400 to messages with a card; text is taken.
	RefuseCards Fault = "400: cards"
	// RefuseContent answers 400 to every message.
	RefuseContent Fault = "400: any content"
	// RefuseIDs answers 400, naming messageId, to requests that carry it.
	RefuseIDs Fault = "400: messageId"

	// Hang never answers: until the client leaves or Close.
	Hang Fault = "hang"
	// StoreThenHang stores the message, then never answers.
	StoreThenHang Fault = "store, then hang"
	// StoreThenCut stores the message, then closes the connection.
	StoreThenCut Fault = "store, then cut"
	// StoreThenFail stores the message, then answers 503.
	StoreThenFail Fault = "store, then 503"
	// StoreThenBabble stores the message, then answers 200 with a body that is
	// not JSON.
	StoreThenBabble Fault = "store, then 200 without JSON"
	// StoreThenOmitName stores the message, then answers 200 without its name.
	StoreThenOmitName Fault = "store, then 200 without name"
)

// Faults lists every fault but NoFault, in the order above.
func Faults() []Fault {
	return []Fault{
		RateLimit, RequestTimeout, InternalError, BadGateway, Unavailable, GatewayTimeout, AppsOff, KeyMissing,
		TokenMissing, NotFoundHTML, NotFound, Unauthorized, KeyInvalid, TooLarge, Redirect, SignInPage,
		RefuseCards, RefuseContent, RefuseIDs,
		Hang, StoreThenHang, StoreThenCut, StoreThenFail, StoreThenBabble, StoreThenOmitName,
	}
}

// stores reports whether f lets the message be stored first.
func (f Fault) stores() bool { return strings.HasPrefix(string(f), "store, ") }

// applies reports whether f concerns a request of this query and body.
func (f Fault) applies(query url.Values, m message) bool {
	switch f {
	case RefuseCards:
		return m.hasCard
	case RefuseIDs:
		return query.Get("messageId") != ""
	default:
		return true
	}
}

// takeFault returns the fault of a request: the first of FailNext if it
// applies, else that of SetFault. s.mu is held.
func (s *Server) takeFault(query url.Values, m message) Fault {
	if len(s.next) > 0 && s.next[0].applies(query, m) {
		f := s.next[0]
		s.next = s.next[1:]
		return f
	}
	if s.fault.applies(query, m) {
		return s.fault
	}
	return NoFault
}

// refusals holds the faults that are a plain error answer.
var refusals = map[Fault]apiError{
	RateLimit:      {http.StatusTooManyRequests, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota).", nil},
	RequestTimeout: {http.StatusRequestTimeout, "DEADLINE_EXCEEDED", "The request was not read in time.", nil},
	InternalError:  {http.StatusInternalServerError, "INTERNAL", "Internal error encountered.", nil},
	Unavailable:    {http.StatusServiceUnavailable, "UNAVAILABLE", "The service is currently unavailable.", nil},
	GatewayTimeout: {http.StatusGatewayTimeout, "DEADLINE_EXCEEDED", "The deadline passed before the request was done.", nil},
	AppsOff:        {http.StatusForbidden, "PERMISSION_DENIED", "The caller does not have permission", nil},
	KeyMissing:     unregistered,
	TokenMissing:   withoutToken,
	NotFound:       {http.StatusNotFound, "NOT_FOUND", "Requested entity was not found.", nil},
	Unauthorized: {
		http.StatusUnauthorized, "UNAUTHENTICATED",
		"Request had invalid authentication credentials.", nil,
	},
	KeyInvalid:    keyInvalid,
	RefuseContent: {http.StatusBadRequest, "INVALID_ARGUMENT", "Request contains an invalid argument.", nil},
	RefuseCards: badRequest(
		"message.cards_v2[0].card",
		"The card cannot be shown.",
	),
	RefuseIDs: badQuery("messageId"),
	TooLarge: {
		http.StatusRequestEntityTooLarge, "INVALID_ARGUMENT",
		"Request payload size exceeds the limit.", nil,
	},
	StoreThenFail: {http.StatusServiceUnavailable, "UNAVAILABLE", "The service is currently unavailable.", nil},
}

// misbehave plays f. The message, if f stores it, is stored already.
func (s *Server) misbehave(w http.ResponseWriter, r *http.Request, f Fault) {
	if refusal, ok := refusals[f]; ok {
		refusal.write(w)
		return
	}
	switch f {
	case BadGateway:
		writePage(w, http.StatusBadGateway)
	case NotFoundHTML:
		writePage(w, http.StatusNotFound)
	case SignInPage:
		writePage(w, http.StatusOK)
	case Redirect:
		w.Header().Set("Location", "https://accounts.example.com/signin")
		w.WriteHeader(http.StatusFound)
	case StoreThenBabble:
		_, _ = w.Write([]byte("OK"))
	case StoreThenOmitName:
		writeJSON(w, http.StatusOK, map[string]any{})
	case StoreThenCut:
		panic(http.ErrAbortHandler) // closes the connection without an answer
	default: // Hang, StoreThenHang
		select {
		case <-s.closing:
		case <-r.Context().Done():
		}
		panic(http.ErrAbortHandler)
	}
}
