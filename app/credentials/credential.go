// Package credentials says what the three credentials are, which states they
// can be in, and how people know them. It never holds one.
//
// Its values are plain and safe to copy.
package credentials

import (
	"time"

	"vastrelay/app/health"
	"vastrelay/app/words"
)

// Kind names one of the three things that the person pastes.
type Kind string

// The credentials.
const (
	VastKey    Kind = "vast_key"
	ChatURL    Kind = "chat_url"
	NgrokToken Kind = "ngrok_token"
)

// Kinds lists the credentials in the order in which they are shown.
func Kinds() []Kind { return []Kind{VastKey, ChatURL, NgrokToken} }

// Words names the credential as people know it.
func (k Kind) Words() string {
	switch k {
	case VastKey:
		return words.Text("credentials.name.vast_key")
	case ChatURL:
		return words.Text("credentials.name.chat_url")
	case NgrokToken:
		return words.Text("credentials.name.ngrok_token")
	default:
		return string(k)
	}
}

// inSentence names the credential as a sentence does.
func (k Kind) inSentence() string {
	switch k {
	case VastKey:
		return words.Text("credentials.in_sentence.vast_key")
	case ChatURL:
		return words.Text("credentials.in_sentence.chat_url")
	case NgrokToken:
		return words.Text("credentials.in_sentence.ngrok_token")
	default:
		return string(k)
	}
}

// StillMissing is the sentence that names the credentials which are missing.
func StillMissing(kinds []Kind) string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.inSentence()
	}
	return words.Text("credentials.still_missing", words.Args{"Names": words.List(names)})
}

// State says whether there is one and where it is kept.
type State string

// The states of a credential.
const (
	Missing         State = "missing"
	InKeyring       State = "in_keyring"
	InMemory        State = "in_memory"   // no keyring: kept for this run only
	FromEnvironment State = "environment" // from the environment: kept for this run, never stored
	Unreadable      State = "unreadable"  // the keyring is locked or has no collection
)

// Credential describes a credential without ever holding it.
type Credential struct {
	Kind      Kind
	State     State
	Detail    string          // who it belongs to, once known: "ada@example.net", "Ops alerts", "Ada (Free)"
	CheckedAt time.Time       // when it last proved to work; zero when not in this run
	Problem   *health.Problem // why it does not work; nil when it does or is untried
}

// KeyringState is the state of the system keyring, with words for the person.
type KeyringState struct {
	State  string        // ready, empty, locked, no_collection, unavailable
	Words  string        // one sentence
	Action health.Action // the button that helps; empty when none does
}
