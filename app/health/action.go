package health

import (
	"sync"

	"vastrelay/app/words"
)

// Action names what a button does. The window draws the button; Perform does
// the work, except for the actions that open a part of the window itself.
type Action string

// The actions.
const (
	ActionNone           Action = ""
	ActionSetUp          Action = "set_up"           // opens Settings at what is missing
	ActionStart          Action = "start"            // starts relaying after Stopped
	ActionRetry          Action = "retry"            // tries the failing hop again at once
	ActionResume         Action = "resume"           // ends the pause (the window asks how)
	ActionReplaceKey     Action = "replace_key"      // opens Settings at the API key
	ActionReplaceChatURL Action = "replace_chat_url" // opens Settings at the Chat URL
	ActionReplaceToken   Action = "replace_token"    // opens Settings at the ngrok token
	ActionTunnelSettings Action = "tunnel_settings"  // opens Settings at the address
	ActionUnlockKeyring  Action = "unlock_keyring"   // calls the keyring, which may ask for its password
	ActionCreateKeyring  Action = "create_keyring"   // has the keyring make its first collection, with a password
	ActionKeepForRun     Action = "keep_for_run"     // keeps credentials in memory, without the keyring there is
	ActionLookAgain      Action = "look_again"       // looks for a keyring that was not there at the start
	ActionChooseWebhook  Action = "choose_webhook"   // opens the choice of a webhook to replace
	ActionEnableChannels Action = "enable_channels"  // switches the webhook channel of our types on again at Vast.ai
	ActionReviewEdit     Action = "review_edit"      // opens the choice about what was changed at Vast.ai
	// ActionReplaceTunnelmoleKey opens Settings at the Tunnelmole API key.
	ActionReplaceTunnelmoleKey Action = "replace_tunnelmole_key"
	// ActionReplaceCloudflaredToken opens Settings at the token of a Cloudflare tunnel.
	ActionReplaceCloudflaredToken Action = "replace_cloudflared_token"
	// ActionReplaceHeartbeat opens Settings at the heartbeat URL.
	ActionReplaceHeartbeat Action = "replace_heartbeat"
	// ActionConfirmSettings confirms settings that were restored after damage.
	ActionConfirmSettings Action = "confirm_settings"
)

// labels are the texts of the buttons. The map is made at its first use and never
// written to.
var labels = sync.OnceValue(func() map[Action]words.Sentence {
	return map[Action]words.Sentence{
		ActionSetUp:                   words.New("action.set_up"),
		ActionStart:                   words.New("action.start"),
		ActionRetry:                   words.New("action.retry"),
		ActionResume:                  words.New("action.resume"),
		ActionReplaceKey:              words.New("action.replace_key"),
		ActionReplaceChatURL:          words.New("action.replace_chat_url"),
		ActionReplaceToken:            words.New("action.replace_token"),
		ActionReplaceTunnelmoleKey:    words.New("action.replace_tunnelmole_key"),
		ActionReplaceCloudflaredToken: words.New("action.replace_cloudflared_token"),
		ActionReplaceHeartbeat:        words.New("action.replace_heartbeat"),
		ActionTunnelSettings:          words.New("action.tunnel_settings"),
		ActionUnlockKeyring:           words.New("action.unlock_keyring"),
		ActionCreateKeyring:           words.New("action.create_keyring"),
		ActionKeepForRun:              words.New("action.keep_for_run"),
		ActionLookAgain:               words.New("action.look_again"),
		ActionChooseWebhook:           words.New("action.choose_webhook"),
		ActionEnableChannels:          words.New("action.enable_channels"),
		ActionReviewEdit:              words.New("action.review_edit"),
		ActionConfirmSettings:         words.New("action.confirm_settings"),
	}
})

// Label is the text on the button of a in the language in use, saying what will
// happen.
func (a Action) Label() string { return labels()[a].Text() }
