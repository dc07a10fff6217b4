package bridge

import (
	"time"

	"vastrelay/app/build"
	"vastrelay/relay"
)

// Phase is the state of the whole program, as the person sees it.
type Phase string

// The phases. Their order is the order in which a healthy start passes them.
const (
	PhaseSetup     Phase = "setup"     // something is missing that only the person can give
	PhaseStarting  Phase = "starting"  // working its way to relaying
	PhaseRelaying  Phase = "relaying"  // every hop up to Chat is proven
	PhasePaused    Phase = "paused"    // receiving, not posting, by the person's wish
	PhaseStandby   Phase = "standby"   // another computer holds the address
	PhaseAttention Phase = "attention" // a person should act
	PhaseStopped   Phase = "stopped"   // nothing runs
)

// HopName names one hop of the way from Vast.ai to Google Chat.
type HopName string

// The hops, in the order of the way.
const (
	HopKeyring HopName = "keyring" // the credentials can be read
	HopVast    HopName = "vast"    // the API key works
	HopAddress HopName = "address" // the public address reaches us
	HopWebhook HopName = "webhook" // Vast.ai delivers to that address
	HopChat    HopName = "chat"    // Google Chat takes the posts
)

// HopNames lists the hops in the order of the way.
func HopNames() []HopName {
	return []HopName{HopKeyring, HopVast, HopAddress, HopWebhook, HopChat}
}

// HopState is the state of one hop.
type HopState string

// The states of a hop.
const (
	HopIdle     HopState = "idle"     // not looked at yet
	HopWorking  HopState = "working"  // being brought up
	HopOK       HopState = "ok"       // proven
	HopUntested HopState = "untested" // believed, not proven; does not block relaying
	HopMissing  HopState = "missing"  // the person has not given what it needs
	HopFailing  HopState = "failing"  // does not work now
)

// Hop is one hop with its state and, when it is not well, its cause and mend.
type Hop struct {
	Name   HopName   `json:"name"`
	State  HopState  `json:"state"`
	Since  time.Time `json:"since"`
	Detail string    `json:"detail"`         // one sentence: proof when well, cause when not
	Next   string    `json:"next_step"`      // one sentence: who must do what; empty when well
	Action Action    `json:"-"`              // the button that helps; empty when none does
	Code   string    `json:"code,omitempty"` // the vendor's code, for Details
	Final  bool      `json:"-"`              // it stays so until a person has acted
	// Retried says that it is tried again by itself, whatever the button.
	Retried bool `json:"-"`
}

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
	ActionLookAgain      Action = "look_again"       // looks for a keyring that was not there at the start
	ActionChooseWebhook  Action = "choose_webhook"   // opens the choice of a webhook to replace
	ActionEnableChannels Action = "enable_channels"  // switches the webhook channel of our types on again at Vast.ai
	// ActionConfirmSettings confirms settings that were restored after damage.
	ActionConfirmSettings Action = "confirm_settings"
)

// Label is the text on the button of a, saying what will happen.
func (a Action) Label() string {
	return map[Action]string{
		ActionSetUp:           "Continue set-up",
		ActionStart:           "Start",
		ActionRetry:           "Try again",
		ActionResume:          "Resume",
		ActionReplaceKey:      "Replace API key",
		ActionReplaceChatURL:  "Replace Chat URL",
		ActionReplaceToken:    "Replace token",
		ActionTunnelSettings:  "Change address",
		ActionUnlockKeyring:   "Unlock keyring",
		ActionCreateKeyring:   "Create keyring",
		ActionLookAgain:       "Look again",
		ActionChooseWebhook:   "Choose webhook",
		ActionEnableChannels:  "Switch them on",
		ActionConfirmSettings: "Use these settings",
	}[a]
}

// Webhook is a webhook of ours at Vast.ai.
type Webhook struct {
	ID      int64         `json:"id"`
	Context relay.Context `json:"context"`
	Name    string        `json:"name,omitempty"`
	URL     string        `json:"url"`
	Types   []string      `json:"types"`
}

// Status is what the person sees: an immutable snapshot, safe to copy and to
// read from any goroutine.
type Status struct {
	Phase    Phase     `json:"phase"`
	Since    time.Time `json:"since"`
	Headline string    `json:"headline"` // one sentence of state, for someone who knows no term
	Cause    string    `json:"cause"`    // one sentence of cause or rhythm
	Action   Action    `json:"-"`        // the one button that helps; empty when none is needed

	Address  string    `json:"address"` // the public origin; empty while there is none
	Webhooks []Webhook `json:"webhooks"`
	Hops     []Hop     `json:"hops"` // in the order of HopNames
	Space    string    `json:"space"`
	Label    string    `json:"space_label"`

	PausedUntil time.Time `json:"paused_until,omitzero"` // zero while paused without an end, or not paused
	Waiting     int       `json:"waiting"`               // posts not yet posted; while paused, held
	Today       int       `json:"today"`                 // events accepted since local midnight
	LastEvent   time.Time `json:"last_event,omitzero"`
	Late        int       `json:"late"` // late deliveries that nobody has dealt with

	// Unreadable counts deliveries of today that were signed and could not be
	// read; UnreadableReason says why the last one of this run could not.
	Unreadable       int    `json:"unreadable"`
	UnreadableReason string `json:"unreadable_reason,omitempty"`

	// Disk says why events cannot be put on disk; empty while they can.
	Disk string `json:"disk,omitempty"`
	// Notice is something to know that needs nobody to act now; empty mostly.
	Notice string `json:"notice,omitempty"`
	// Folder says how the data folder is used when it is not the program's alone;
	// empty mostly. The status page sets it.
	Folder string `json:"folder,omitempty"`
	// ClockOffset is how far this computer's clock is ahead of Vast.ai's; nil
	// until it is measured.
	ClockOffset *time.Duration `json:"clock_offset_ns,omitempty"`

	Build     build.Info     `json:"build"`               // the build that runs
	Overrides []string       `json:"overrides,omitempty"` // environment overrides in force, by name
	Demo      bool           `json:"demo,omitempty"`
	Counters  relay.Counters `json:"counters"`
}

// Hop returns the hop of that name; the zero Hop if there is none.
func (s Status) Hop(name HopName) Hop {
	for _, h := range s.Hops {
		if h.Name == name {
			return h
		}
	}
	return Hop{}
}
