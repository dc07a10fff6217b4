package googlechat

import (
	"fmt"
	"time"

	"vastrelay/relay"
)

// Words say in one language what messages hold beside the texts of Vast.ai. They are
// safe for concurrent use, say the same each time, and hold no markup.
type Words interface {
	// Tag is the BCP 47 tag of the language.
	Tag() string
	// Phrase is a text by itself.
	Phrase(p Phrase) string
	// Counted is a text about n things, 1 or more.
	Counted(p CountedPhrase, n int) string
	// Kind is what a type of events is called.
	Kind(k relay.Kind) string
	// Time writes a moment in its own zone.
	Time(t time.Time, form TimeForm) string
	// Own returns ev, an event that the program made itself, with its texts.
	Own(ev relay.Event) relay.Event
}

// Phrase names a text of messages.
type Phrase string

// The texts of messages. English has each as it reads there.
const (
	PhraseNoSubject Phrase = "no_subject" // stands where an event has no subject
	PhraseNoDetails Phrase = "no_details" // stands where it has nothing else either
	PhraseNoTime    Phrase = "no_time"    // stands where it has no time
	PhraseOther     Phrase = "other_types"
	PhraseCut       Phrase = "cut" // ends a text of which a part is missing

	PhraseCaughtUp  Phrase = "caught_up" // Vast.ai did not deliver it, because it could not when it happened
	PhraseResent    Phrase = "resent"
	PhraseMayRepeat Phrase = "may_repeat"

	PhraseHosting  Phrase = "hosting"
	PhraseWhen     Phrase = "when"     // heads the time at which it happened
	PhraseReceived Phrase = "received" // heads the time at which it came, where the other is not known
	PhraseEvent    Phrase = "event"    // heads the id of an event

	PhraseInstances Phrase = "open_instances"
	PhraseBilling   Phrase = "open_billing"
	PhraseMachines  Phrase = "open_machines"
	PhraseVast      Phrase = "open_vast"

	PhraseHello     Phrase = "hello" // heads the message that greets a space
	PhraseHelloText Phrase = "hello_text"
	PhraseTest      Phrase = "test" // heads the message that is a test
	PhraseTestText  Phrase = "test_text"
)

// CountedPhrase names a text of messages about a number of things.
type CountedPhrase string

// The texts about numbers.
const (
	CountedEvents  CountedPhrase = "events"  // so many events are in a digest
	CountedMissing CountedPhrase = "missing" // so many more are not named in it
)

// TimeForm says how much of a moment is written.
type TimeForm int

// The forms of a moment.
const (
	TimeWithZone TimeForm = iota // date, time and time zone
	TimeWithYear                 // date and time
	TimeWithDay                  // the day without its year, and the time
)

// English returns the words that a Sender uses unless it is given others.
func English() Words { return english{} }

// english implements Words.
type english struct{}

// Phrases lists every text of messages in English.
func Phrases() map[Phrase]string {
	return map[Phrase]string{
		PhraseNoSubject: "Vast.ai notification",
		PhraseNoDetails: "No details were sent.",
		PhraseNoTime:    "no time",
		PhraseOther:     "Other types",
		PhraseCut:       "… (cut; the full event is in Vast Relay)",
		PhraseCaughtUp:  "caught up",
		PhraseResent:    "resent",
		PhraseMayRepeat: "may repeat",
		PhraseHosting:   "hosting",
		PhraseWhen:      "When",
		PhraseReceived:  "Received",
		PhraseEvent:     "Event",
		PhraseInstances: "Open instances",
		PhraseBilling:   "Open billing",
		PhraseMachines:  "Open machines",
		PhraseVast:      "Open Vast.ai",
		PhraseHello:     "Vast Relay is connected to this space",
		PhraseHelloText: "Vast.ai notifications appear here from now on.",
		PhraseTest:      "Test from Vast Relay",
		PhraseTestText:  "This is a test from Vast Relay. Nothing happened at Vast.ai.",
	}
}

var englishPhrases = Phrases()

func (english) Tag() string { return "en" }

func (english) Phrase(p Phrase) string { return englishPhrases[p] }

func (english) Counted(p CountedPhrase, n int) string {
	switch {
	case p == CountedMissing && n == 1:
		return "… (cut; 1 more is in Vast Relay)"
	case p == CountedMissing:
		return fmt.Sprintf("… (cut; %d more are in Vast Relay)", n)
	case n == 1:
		return "1 Vast.ai notification"
	default:
		return fmt.Sprintf("%d Vast.ai notifications", n)
	}
}

func (english) Kind(k relay.Kind) string { return k.Name }

func (english) Time(t time.Time, form TimeForm) string {
	return t.Format([]string{"2 Jan 2006, 15:04:05 MST", "2 Jan 2006, 15:04:05", "2 Jan 15:04:05"}[form])
}

func (english) Own(ev relay.Event) relay.Event { return ev }
