package health

import (
	"time"

	"vastrelay/app/words"
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

	// HopUnavailable is HopMissing where a person may have given it before: there
	// is no keyring to look in.
	HopUnavailable HopState = "unavailable"
)

// Hop is one hop with its state and, when it is not well, its cause and mend.
type Hop struct {
	Name   HopName        `json:"name"`
	State  HopState       `json:"state"`
	Since  time.Time      `json:"since"`
	Detail words.Sentence `json:"detail"`         // one sentence: proof when well, cause when not
	Next   words.Sentence `json:"next_step"`      // one sentence: who must do what; empty when well
	Action Action         `json:"-"`              // the button that helps; empty when none does
	Code   string         `json:"code,omitempty"` // the vendor's code, for Details

	Condition Code     `json:"condition,omitempty"` // of what is wrong; empty for what a vendor words itself
	Severity  Severity `json:"-"`                   // of what is wrong

	Tried   time.Time `json:"tried_at,omitzero"` // when the last try ended; zero where that is not known
	NextTry time.Time `json:"next_try,omitzero"` // when it is tried again by itself; zero where that is not known
}

// Fail turns hop h into a failing one with the words of p.
func (h Hop) Fail(p Problem) Hop {
	h.State, h.Detail, h.Action, h.Code = HopFailing, p.Headline, p.Action, p.Details
	h.Condition, h.Severity = p.Code, p.Severity
	h.Next = Paragraph(p.Cause, p.Next)
	return h
}
