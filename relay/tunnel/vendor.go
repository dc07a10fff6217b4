package tunnel

import (
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"

	"vastrelay/relay"
)

// Vendor describes one way to get a public address. Its package fills it in
// once, and the program reads there all that it needs to know: nothing outside
// that package depends on which vendors there are. A Vendor is never changed.
type Vendor struct {
	Name  string // its name in sentences, and the value of the setting that chooses it; never changes
	Title string // the choice as a person reads it

	// Credential is the kind of credential that it uses; empty for none.
	Credential string
	// CredentialOptional says that it also works without its credential, with less
	// than all that it can do.
	CredentialOptional bool
	// ServerVariable is the environment variable that names another server of the
	// vendor's, as host:port; empty: there is none.
	ServerVariable string

	// Fields are its settings, in the order in which they are shown.
	Fields []Field

	// AwayCost says, in whole sentences, what becomes of events while this computer
	// sleeps or is off, unless there is a Policy. WhileAway chooses.
	AwayCost string
	// Away is what whoever answers in place of this computer then tells Vast.ai, with
	// these settings.
	Away func(Values) Away

	// Remark is what else a person should know before choosing it, in sentences;
	// empty mostly.
	Remark string

	// Policy returns a text that a person has to give to the vendor, in its dashboard,
	// for these settings to work; empty where there is none. nil means never.
	Policy func(Values) string

	// PublicURL returns the address that the settings promise, in the form of
	// relay.ParsePublicURL; nil where the vendor assigns one.
	PublicURL func(Values) string

	// ProxyInFront reports whether, with these settings, a proxy with rules of its
	// own may stand in front of the address. Such a proxy can let this computer
	// through and turn Vast.ai away, so that only a delivery proves the address.
	// nil means never.
	ProxyInFront func(Values) bool

	// New returns a provider that has not connected yet. Options that cannot work
	// are a *PermanentError.
	New func(Options) (Provider, error)

	// Check proves the credential without opening an address; nil without one.
	// ErrUncheckable says that it looks right and cannot be proven in this way.
	Check func(context.Context, Options) (Account, error)
}

// ErrUncheckable is the error of a Check for a credential that shows only when the
// address is opened whether it works.
var ErrUncheckable = errors.New("the credential proves itself when the address is opened")

// WhileAway says, in whole sentences, what becomes of events while this computer
// sleeps or is off with these settings. It is empty where there is a Policy, which
// has Vast.ai try again.
func (v Vendor) WhileAway(values Values) string {
	if v.Policy != nil && v.Policy(values) != "" {
		return ""
	}
	return v.AwayCost
}

// Away is what becomes of a delivery that is sent while this computer is away.
type Away string

// What can become of it. Vast.ai gives up a delivery at once that is answered with
// most of the statuses below 500, and sends it again later after any other failure,
// https://docs.vast.ai/guides/reference/notification-webhooks .
const (
	AwayFinal   Away = "final"   // answered with a status after which it is not sent again
	AwayRetried Away = "retried" // not answered, or with a status after which it is sent again
)

// Field is one setting of a vendor.
type Field struct {
	Key      string // its name in the settings file; no two vendors share one
	Variable string // the environment variable that stands in for it
	Label    string // its name in the window
	Hint     string // what to enter, in whole sentences
	Example  string // shown where nothing is entered
	Default  string // in force where nothing is entered; may be empty
	Required bool   // whether something must be entered for this vendor to work
	Receives bool   // whether what it names gets the credential, so that the environment must give both or none

	// Parse returns the one spelling of what was entered. The error is a sentence
	// for a person.
	Parse func(string) (string, error)
}

// Values are settings of vendors, by the keys of their fields. Those of vendors
// that are not chosen are kept as well. A missing value means its default.
type Values map[string]string

// Of returns the value of f, or its default.
func (v Values) Of(f Field) string {
	if value := v[f.Key]; value != "" {
		return value
	}
	return f.Default
}

// Options are what a vendor makes a Provider from.
type Options struct {
	Values Values       // of its fields and those of others
	Token  relay.Secret // the credential that it uses; white space around it is ignored

	// Server is another server of the vendor's, as host:port; empty means the
	// vendor's own.
	Server string
	// CAs replace the roots that the server's certificate is checked against; nil
	// means those of the vendor.
	CAs *x509.CertPool

	// Dial connects to the vendor, through a proxy where one is to be used; nil
	// means directly. An error that has a method ProxyFailure() string is told
	// with those words.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	// Proxy returns the proxy for a program of the vendor's that connects by itself,
	// unless the environment names one; nil, or an empty answer, means none.
	Proxy func() string

	// Folder is where the vendor may keep files of its own, below a folder with its
	// name.
	Folder string

	// Version of this program, told to the vendor.
	Version string
	// Logger receives the changes of the link, without a token; nil means silence.
	Logger *slog.Logger
}

// Choose returns the vendor of that name, or the first of vendors, which is the
// default: also for a name that only another version of the program knows.
func Choose(vendors []Vendor, name string) Vendor {
	for _, v := range vendors {
		if v.Name == name {
			return v
		}
	}
	return vendors[0]
}
