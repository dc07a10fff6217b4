package status

import (
	"time"

	"vastrelay/app/words"
)

// LoginState says what the system does with the program when its user logs in.
type LoginState string

// The states of opening at login.
const (
	LoginOff            LoginState = "off"
	LoginOn             LoginState = "on"
	LoginOtherProgram   LoginState = "other_program"   // the entry opens another program, or another copy of this one
	LoginOtherArguments LoginState = "other_arguments" // the entry opens this program with other arguments
	LoginBroken         LoginState = "broken"          // the program that the entry leads to cannot be run
	LoginUnreadable     LoginState = "unreadable"      // what stands in the entry's place cannot be understood
)

// LoginRefusal says why a copy of the program cannot be opened at login.
type LoginRefusal string

// The reasons.
const (
	LoginAllowed      LoginRefusal = ""
	LoginTemporary    LoginRefusal = "temporary"     // it lies in a folder for temporary files
	LoginNotInstalled LoginRefusal = "not_installed" // macOS runs it from a disk image or a download
	LoginNoProgram    LoginRefusal = "no_program"    // its file is not found
)

// LoginItem is what the system opens for the program at login.
type LoginItem struct {
	State   LoginState
	Refused LoginRefusal // why it cannot be turned on
	Command []string     // the program of the entry with its arguments; nil: not known
	Where   string       // the file or the registry key of the entry
	Details string       // why the entry is unreadable
}

// Opens reports whether something is opened at login.
func (l LoginItem) Opens() bool {
	switch l.State {
	case LoginOn, LoginOtherProgram, LoginOtherArguments:
		return true
	default:
		return false
	}
}

// Changed reports whether somebody else has changed the entry, so that it does not do
// what the program has entered.
func (l LoginItem) Changed() bool { return l.State != LoginOn && l.State != LoginOff }

// RunEnd says how a run of the program ended that nobody has stopped.
type RunEnd string

// The ends of a run.
const (
	RunCrashed RunEnd = "crashed" // the program failed and left a report
	RunKilled  RunEnd = "killed"  // something ended it at once, such as kill -9
	RunPower   RunEnd = "power"   // the computer went off or was started anew
)

// LastRun says how the run before this one ended, if nobody had stopped it.
type LastRun struct {
	End     RunEnd    `json:"end"`
	At      time.Time `json:"at"`                // when it is known to have run last
	Version string    `json:"version,omitempty"` // of the program that ran; empty: not known
}

// Text says in a sentence how it ended, as a person reads it at now.
func (l LastRun) Text(now time.Time) string {
	at := words.Moment(l.At, now)
	switch l.End {
	case RunCrashed:
		return words.Text("lastrun.crashed", words.Args{"At": at})
	case RunPower:
		return words.Text("lastrun.power", words.Args{"At": at})
	default:
		return words.Text("lastrun.killed", words.Args{"At": at})
	}
}

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

// Release is a version of the program that was published. All text in it is plain.
type Release struct {
	Version string   `json:"version"`        // "1.3.0"
	News    []string `json:"news,omitempty"` // what is new, a line for each
	Page    string   `json:"page,omitempty"` // https address of its page; empty: none that may be opened
}

// UpdateFailure says why nobody could tell whether there is a newer version.
type UpdateFailure string

// The failures.
const (
	UpdateUnreachable UpdateFailure = "unreachable" // there was no connection, or the proxy refused it
	UpdateLate        UpdateFailure = "late"        // there was no answer in time
	UpdateRefused     UpdateFailure = "refused"     // the host answered with an error, or leads elsewhere
	UpdateUnreadable  UpdateFailure = "unreadable"  // the answer is not what it should be
	UpdateNobody      UpdateFailure = "nobody"      // this build does not say whom to ask
)

// Updates is what is known of newer versions of the program.
type Updates struct {
	Host    string        // that is asked; empty: this build asks nobody
	Asked   bool          // a person was asked whether to look for newer versions
	Wanted  bool          // and wants it
	Checked time.Time     // when the host was asked last; zero: never
	Failed  UpdateFailure // why that came to nothing; empty: it did not
	Newer   *Release      // the newest version; nil where the program is that, or nobody knows
	PutAway bool          // a person has put away the note about Newer
}
