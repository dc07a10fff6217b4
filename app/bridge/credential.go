package bridge

import "time"

// CredentialKind names one of the three things that the person pastes.
type CredentialKind string

// The credentials.
const (
	VastKey    CredentialKind = "vast_key"
	ChatURL    CredentialKind = "chat_url"
	NgrokToken CredentialKind = "ngrok_token"
)

// CredentialKinds lists the credentials in the order in which they are shown.
func CredentialKinds() []CredentialKind { return []CredentialKind{VastKey, ChatURL, NgrokToken} }

// Words names the credential as people know it.
func (k CredentialKind) Words() string {
	switch k {
	case VastKey:
		return "Vast.ai API key"
	case ChatURL:
		return "Google Chat webhook URL"
	case NgrokToken:
		return "ngrok authtoken"
	default:
		return string(k)
	}
}

// CredentialState says whether there is one and where it is kept.
type CredentialState string

// The states of a credential.
const (
	CredentialMissing     CredentialState = "missing"
	CredentialInKeyring   CredentialState = "in_keyring"
	CredentialInMemory    CredentialState = "in_memory"   // no keyring: kept for this run only
	CredentialEnvironment CredentialState = "environment" // from the environment: kept for this run, never stored
	CredentialUnreadable  CredentialState = "unreadable"  // the keyring is locked or has no collection
)

// Credential describes a credential without ever holding it.
type Credential struct {
	Kind      CredentialKind
	State     CredentialState
	Detail    string    // who it belongs to, once known: "ada@example.net", "Ops alerts", "Ada (Free)"
	CheckedAt time.Time // when it last proved to work; zero when not in this run
	Problem   *Problem  // why it does not work; nil when it does or is untried
}

// KeyringState is the state of the system keyring, with words for the person.
type KeyringState struct {
	State  string // ready, empty, locked, no_collection, unavailable
	Words  string // one sentence
	Action Action // the button that helps; empty when none does
}
