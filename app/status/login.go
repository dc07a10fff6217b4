package status

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
