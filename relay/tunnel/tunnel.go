package tunnel

import (
	"context"
	"errors"
	"net/http"
	"time"
	"unicode/utf8"
)

// ErrRunning is returned by a second Run while one is under way.
var ErrRunning = errors.New("run the tunnel: it is running already")

// Provider serves a handler on a public HTTPS address.
type Provider interface {
	// Run serves h publicly until ctx ends, then returns nil, or returns a
	// *PermanentError once only the person can help. It owns its retries, and
	// stops within five seconds. It calls report at every change, never
	// concurrently; report must return fast. The last Link is Stopped.
	// A second Run while one is under way returns an error at once.
	Run(ctx context.Context, h http.Handler, report func(Link)) error

	// Restart makes a Run under way tear its link down and connect anew at
	// once, as after sleep or a change of network. Without a Run it does
	// nothing. It never blocks; several calls may count as one.
	Restart()
}

// LinkState is the state of the link between this program and the address.
type LinkState string

// The states of a link.
const (
	Connecting   LinkState = "connecting"   // no link yet in this run
	Online       LinkState = "online"       // the link is up; whether the address reaches us is for a probe to say
	Reconnecting LinkState = "reconnecting" // the link was up in this run and is being restored
	InUse        LinkState = "in_use"       // another computer holds the name; asked for again every minute
	Stopped      LinkState = "stopped"      // Run is about to return
)

// Link is the state of a link at one moment. It is a value: a later change is
// a new Link.
type Link struct {
	State   LinkState
	URL     string    // the origin, without a path; set when Online, and may differ from the last one
	Since   time.Time // when State began
	Err     error     // the last cause, redacted; nil when Online
	RetryAt time.Time // when the next attempt is due; zero when one is under way or it is unknown
	Code    string    // the vendor's code of the last cause, such as ERR_NGROK_334

	// Headline, Cause and Next say for a person why the vendor refuses the link,
	// once it has done so twice in a row for a reason that it gives; of a link that
	// is Online, why the vendor does not accept the credential. Empty otherwise.
	Headline, Cause, Next string
}

// Account is what a vendor tells about the account that a token belongs to. Any
// field may be empty.
type Account struct{ Name, Plan string }

// Mend says where a person mends what keeps a tunnel from working.
type Mend string

// The places where it is mended.
const (
	MendSettings Mend = "settings" // in the settings of the tunnel
	MendToken    Mend = "token"    // with another token
	MendOutside  Mend = "outside"  // elsewhere: at the vendor, or in the network
	MendLocally  Mend = "locally"  // on this computer, where nobody tells the program; it is soon tried again
)

// PermanentError says that a provider gave up because trying again cannot
// help: a person has to change something. It holds no token.
type PermanentError struct {
	Reason string // a stable word for why, one of the vendor's Reason constants
	Code   string // the vendor's code, such as ERR_NGROK_107; empty if there is none

	Headline string // one short sentence in plain words
	Cause    string // one sentence
	Next     string // one sentence: who must do what

	Mend Mend // where a person mends it
	// Credential is the kind of credential that a person replaces to mend it, for
	// MendToken; empty means that of ngrok.
	Credential string

	Err error // the technical cause, redacted; may be nil
}

// Error joins the headline and the technical cause.
func (e *PermanentError) Error() string {
	if e.Err == nil {
		return e.Headline
	}
	return e.Headline + ": " + e.Err.Error()
}

// Unwrap returns the technical cause.
func (e *PermanentError) Unwrap() error { return e.Err }

// Clip cuts s to at most limit bytes, on a rune boundary, with a visible mark.
func Clip(s string, limit int) string {
	const mark = "…"
	if len(s) <= limit {
		return s
	}
	cut := limit - len(mark)
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + mark
}
