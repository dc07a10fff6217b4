package status

import "vastrelay/app/words"

// ProxyFault says why the address of a proxy cannot be used, or not be kept.
type ProxyFault string

// The faults.
const (
	ProxyForm        ProxyFault = "form"        // it is no address
	ProxyScheme      ProxyFault = "scheme"      // proxies of that scheme are not supported
	ProxyHost        ProxyFault = "host"        // it names no host
	ProxyUnescaped   ProxyFault = "unescaped"   // its password ends the host early
	ProxyCredentials ProxyFault = "credentials" // it holds a password, which would lie open
)

// Text says in a sentence what is wrong.
func (f ProxyFault) Text() string {
	switch f {
	case ProxyScheme:
		return words.Text("proxy.fault.scheme")
	case ProxyHost:
		return words.Text("proxy.fault.host")
	case ProxyUnescaped, ProxyCredentials:
		return words.Text("proxy.fault.credentials")
	default:
		return words.Text("proxy.fault.form")
	}
}

// Proxy is the proxy that new connections go through.
type Proxy struct {
	Address  string // without credentials; empty: there is none
	Variable string // of the environment, which names it; empty: none does
}
