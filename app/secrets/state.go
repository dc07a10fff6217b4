package secrets

import "vastrelay/app/words"

// State is the state of a keyring as a whole.
type State string

// The states of a keyring.
const (
	Ready        State = "ready"         // reachable, unlocked, holds at least one entry of ours
	Empty        State = "empty"         // reachable, unlocked, holds nothing of ours
	Locked       State = "locked"        // asks for its password
	NoCollection State = "no_collection" // reachable, but has no collection to store in
	Unavailable  State = "unavailable"   // there is no keyring, or it cannot be reached
	Unresponsive State = "unresponsive"  // it is there and gives no answer in time; of a look alone, see Keyring.State
	SetAside     State = "set_aside"     // a person goes on without it in this run, see Fallback
)

// Usable reports whether secrets can be read and stored in this state.
func (s State) Usable() bool { return s == Ready || s == Empty }

// Words is one sentence for a person: what the state means for them.
func (s State) Words() words.Sentence {
	switch s {
	case Ready:
		return words.New("keyring.ready")
	case Empty:
		return words.New("keyring.empty")
	case Locked:
		return words.New("keyring.locked")
	case NoCollection:
		return words.New("keyring.no_collection")
	case Unresponsive:
		return words.New("keyring.unresponsive")
	case SetAside:
		return words.New("keyring.set_aside")
	case Unavailable:
		return words.New("keyring.unavailable")
	default:
		return words.New("keyring.unknown")
	}
}

// StateError says that an operation was not possible because of the state of
// the keyring.
type StateError struct {
	State State // Locked, NoCollection or Unavailable
	Err   error // what led to that; nil when the look alone told
}

// Error names the state and its cause.
func (e *StateError) Error() string {
	text := "the keyring is unavailable"
	switch e.State {
	case Locked:
		text = "the keyring is locked"
	case NoCollection:
		text = "the keyring has no collection"
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *StateError) Unwrap() error { return e.Err }
