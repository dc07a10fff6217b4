// Package credentials knows the credentials: what they are and how people
// call them, where they are kept, and what is known of each.
//
// A Credential describes one without holding it. Store and Notes are safe for
// concurrent use; what a Store reads belongs to the caller.
package credentials

import (
	"time"

	"vastrelay/app/health"
	"vastrelay/app/secrets"
	"vastrelay/app/words"
)

// Kind names one of the things that the person pastes.
type Kind string

// The credentials.
const (
	VastKey    Kind = "vast_key"
	ChatURL    Kind = "chat_url"
	NgrokToken Kind = "ngrok_token"

	TunnelmoleKey    Kind = "tunnelmole_key"
	CloudflaredToken Kind = "cloudflared_token"
	HeartbeatURL     Kind = "heartbeat_url"
)

// Kinds lists the credentials in the order in which they are shown.
func Kinds() []Kind {
	return []Kind{VastKey, ChatURL, NgrokToken, TunnelmoleKey, CloudflaredToken, HeartbeatURL}
}

// row is all that is known of a kind beforehand.
type row struct {
	name       words.Sentence // as people know it
	inSentence words.Sentence // the same in a sentence
	secretName string         // in the vault
	variable   string         // in the environment
	replace    health.Action  // the button that replaces it
}

// about is the table of the kinds.
func (k Kind) about() row {
	switch k {
	case VastKey:
		return row{words.New("credentials.name.vast_key"), words.New("credentials.in_sentence.vast_key"), secrets.NameVastKey, "VAST_API_KEY", health.ActionReplaceKey}
	case ChatURL:
		return row{words.New("credentials.name.chat_url"), words.New("credentials.in_sentence.chat_url"), secrets.NameChatURL, "GOOGLE_CHAT_URL", health.ActionReplaceChatURL}
	case NgrokToken:
		return row{words.New("credentials.name.ngrok_token"), words.New("credentials.in_sentence.ngrok_token"), secrets.NameNgrokToken, "NGROK_AUTHTOKEN", health.ActionReplaceToken}
	case TunnelmoleKey:
		return row{words.New("credentials.name.tunnelmole_key"), words.New("credentials.in_sentence.tunnelmole_key"), secrets.NameTunnelmoleKey, "TUNNELMOLE_API_KEY", health.ActionReplaceTunnelmoleKey}
	case CloudflaredToken:
		return row{words.New("credentials.name.cloudflared_token"), words.New("credentials.in_sentence.cloudflared_token"), secrets.NameCloudflaredToken, "CLOUDFLARED_TOKEN", health.ActionReplaceCloudflaredToken}
	case HeartbeatURL:
		return row{words.New("credentials.name.heartbeat_url"), words.New("credentials.in_sentence.heartbeat_url"), secrets.NameHeartbeatURL, "VASTRELAY_HEARTBEAT_URL", health.ActionReplaceHeartbeat}
	default:
		return row{name: words.Verbatim(string(k)), inSentence: words.Verbatim(string(k)), secretName: string(k)}
	}
}

// Optional reports whether everything is relayed without the credential, whatever
// the settings say.
func (k Kind) Optional() bool { return k == HeartbeatURL }

// Words names the credential as people know it.
func (k Kind) Words() words.Sentence { return k.about().name }

// ReplaceAction is the button that asks for another credential of this kind.
func (k Kind) ReplaceAction() health.Action { return k.about().replace }

// Variable is the environment variable that gives the credential for one run.
func (k Kind) Variable() string { return k.about().variable }

// secretName is the name under which the vault keeps the credential.
func (k Kind) secretName() string { return k.about().secretName }

// StillMissing is the sentence that names the credentials which are missing.
func StillMissing(kinds []Kind) words.Sentence {
	names := make([]words.Sentence, len(kinds))
	for i, k := range kinds {
		names[i] = k.about().inSentence
	}
	return words.New("credentials.still_missing", words.Args{"Names": words.ListOf(names)})
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
	Detail    words.Sentence  // who it belongs to, once known: "ada@example.net", "Ops alerts", "Ada (Free)"
	CheckedAt time.Time       // when it last proved to work; zero when not in this run
	Problem   *health.Problem // why it does not work; nil when it does or is untried
}

// KeyringState is the state of the system keyring, with words for the person.
type KeyringState struct {
	State  string         // ready, empty, locked, no_collection, unavailable
	Words  words.Sentence // one sentence
	Action health.Action  // the button that helps; empty when none does
	InUse  bool           // what was read from it before is still in use, and would be lost without it
}
