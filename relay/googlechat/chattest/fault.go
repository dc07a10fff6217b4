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

	// Answers that are not the API's own: of a front end, a proxy or a network
	// that wants a sign-in. Nothing is stored.
	SignInPageBOM    Fault = "200 as an HTML page with a byte order mark"
	Page400          Fault = "400 as an HTML page"
	Page401          Fault = "401 as an HTML page"
	Page403          Fault = "403 as an HTML page"
	Page409          Fault = "409 as an HTML page"
	Page413          Fault = "413 as an HTML page"
	Page429          Fault = "429 as an HTML page"
	Empty400         Fault = "400 without a body"
	Empty409         Fault = "409 without a body"
	EmptyOK          Fault = "200 without a body"
	NoContent        Fault = "204"
	PlainOK          Fault = "200 with OK"
	OtherJSON        Fault = "200 with other JSON"
	OtherJSON400     Fault = "400 with other JSON"
	ForeignCode      Fault = "400 with the envelope of another status"
	UnnamedMessageOK Fault = "200 with an empty message"

	// RefuseCards answers 400 to messages with a card; text is taken.
	RefuseCards Fault = "400: cards"
	// RefuseContent answers 400 to every message.
	RefuseContent Fault = "400: any content"
	// RefuseIDs answers 400, naming messageId, to requests that carry it.
	RefuseIDs Fault = "400: messageId"
	// RefuseThreads answers 400 to messages that name a thread; others are
	// taken. https://github.com/openclaw/openclaw/issues/39554
	RefuseThreads Fault = "400: thread"

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
	// StoreThenTruncate stores the message, then answers 200 with half of it.
	StoreThenTruncate Fault = "store, then 200 with half a message"
	// StoreThenEmpty stores the message, then answers 200 without a body.
	StoreThenEmpty Fault = "store, then 200 without a body"
	// StoreThenPage stores the message, then answers 200 with a page in its
	// place.
	StoreThenPage Fault = "store, then 200 as an HTML page"
)

// Faults lists every fault but NoFault, in the order above.
func Faults() []Fault {
	return []Fault{
		RateLimit, RequestTimeout, InternalError, BadGateway, Unavailable, GatewayTimeout, AppsOff, KeyMissing,
		TokenMissing, NotFoundHTML, NotFound, Unauthorized, KeyInvalid, TooLarge, Redirect, SignInPage,
		SignInPageBOM, Page400, Page401, Page403, Page409, Page413, Page429, Empty400, Empty409, EmptyOK, NoContent, PlainOK,
		OtherJSON, OtherJSON400, ForeignCode, UnnamedMessageOK,
		RefuseCards, RefuseContent, RefuseIDs, RefuseThreads,
		Hang, StoreThenHang, StoreThenCut, StoreThenFail, StoreThenBabble, StoreThenOmitName,
		StoreThenTruncate, StoreThenEmpty, StoreThenPage,
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
	case RefuseThreads:
		return m.fields["thread"] != nil
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
	RefuseThreads: {
		http.StatusBadRequest, "INVALID_ARGUMENT",
		"The thread resource name is invalid.", nil,
	},
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
	if raw, ok := foreign[f]; ok {
		raw.write(w)
		return
	}
	switch f {
	case Redirect:
		w.Header().Set("Location", "https://accounts.example.com/signin")
		w.WriteHeader(http.StatusFound)
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

// foreign holds the faults that are an answer in another form than the API's.
// The messages of those that store one are stored already.
var foreign = map[Fault]rawAnswer{
	BadGateway:    {http.StatusBadGateway, typePage, page(http.StatusBadGateway)},
	NotFoundHTML:  {http.StatusNotFound, typePage, page(http.StatusNotFound)},
	SignInPage:    {http.StatusOK, typePage, page(http.StatusOK)},
	StoreThenPage: {http.StatusOK, typePage, page(http.StatusOK)},
	Page400:       {http.StatusBadRequest, typePage, page(http.StatusBadRequest)},
	Page401:       {http.StatusUnauthorized, typePage, page(http.StatusUnauthorized)},
	Page403:       {http.StatusForbidden, typePage, page(http.StatusForbidden)},
	Page409:       {http.StatusConflict, typePage, page(http.StatusConflict)},
	Page413:       {http.StatusRequestEntityTooLarge, typePage, page(http.StatusRequestEntityTooLarge)},
	Page429:       {http.StatusTooManyRequests, typePage, page(http.StatusTooManyRequests)},
	// The type lies as well, as that of some proxies does.
	SignInPageBOM: {http.StatusOK, typeJSON, "\ufeff" + page(http.StatusOK)},

	Empty400:       {http.StatusBadRequest, typeJSON, ""},
	Empty409:       {http.StatusConflict, typeJSON, ""},
	EmptyOK:        {http.StatusOK, typeJSON, ""},
	StoreThenEmpty: {http.StatusOK, typeJSON, ""},
	NoContent:      {http.StatusNoContent, typeJSON, ""},

	PlainOK:           {http.StatusOK, "text/plain", "OK"},
	StoreThenBabble:   {http.StatusOK, "text/plain", "OK"},
	OtherJSON:         {http.StatusOK, typeJSON, `{"status":"ok"}`},
	OtherJSON400:      {http.StatusBadRequest, typeJSON, `{"message":"Bad request"}`},
	ForeignCode:       {http.StatusBadRequest, typeJSON, `{"error":{"code":1020,"status":"ACCESS_DENIED","message":"blocked"}}`},
	UnnamedMessageOK:  {http.StatusOK, typeJSON, "{}\n"},
	StoreThenOmitName: {http.StatusOK, typeJSON, "{}\n"},
	StoreThenTruncate: {http.StatusOK, typeJSON, "{\n  \"name\": \"spaces/S/messages/M.M\",\n  \"text\": \"ha"},
}
