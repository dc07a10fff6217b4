package googlechat

import (
	"regexp"
	"strings"

	"vastrelay/relay"
)

// Threads says which messages go into one thread of a space. A person chooses,
// since replies in a thread are easy to miss in the main feed.
type Threads string

// The choices of threads.
const (
	ThreadsOff      Threads = ""         // every message starts a thread of its own
	ThreadsType     Threads = "type"     // one thread for each type of event
	ThreadsInstance Threads = "instance" // one for each instance or machine, as far as the text names it
)

// threadReplies makes the service put a message into the thread of its key,
// and into a new one where it cannot: a thread must never cost the message.
// Without it the key is ignored.
// https://developers.google.com/workspace/chat/create-messages#start-message-thread
const threadReplies = "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"

// thread is the thread of a body.
type thread struct {
	Key string `json:"threadKey"`
}

// maxThreadSlug bounds the type within a key, in runes. The vendor takes keys
// of 4,000 characters.
const maxThreadSlug = 200

// threadOf returns the thread that m belongs into; nil for none. A digest
// belongs into one only when all its events do. The shortest form goes without,
// so that a service that refuses threads still takes it.
func threadOf(t Threads, m relay.Message) *thread {
	if m.Rung != relay.RungCard && m.Rung != relay.RungText {
		return nil
	}
	key := ""
	for i, ev := range m.Events {
		of := t.key(ev)
		if of == "" || i > 0 && of != key {
			return nil
		}
		key = of
	}
	if key == "" {
		return nil
	}
	return &thread{Key: key}
}

// key returns the key of ev's thread; empty for none. Keys are scoped to the
// webhook by the service, and only their equality matters.
func (t Threads) key(ev relay.Event) string {
	switch t {
	case ThreadsType:
		slug := oneLine(ev.Type)
		if slug == "" {
			return ""
		}
		return "vastrelay/type/" + string(ev.Role) + "/" + firstRunes(slug, maxThreadSlug)
	case ThreadsInstance:
		if what, number := subjectOf(ev); number != "" {
			return "vastrelay/" + what + "/" + number
		}
	}
	return ""
}

// namedNumber finds what Vast.ai's texts call "Instance #4711", "instance 4711"
// or "machine id: 815".
var namedNumber = regexp.MustCompile(`(?i)\b(instance|machine)s?(?: id)?[ :#]{1,3}([0-9]{1,20})\b`)

// subjectOf returns which instance or machine ev is about, as its subject says, or
// else its message; nothing where a text names several. The payload has no field
// for it, and the wording is not promised, so only the thread and the title of a
// card depend on it.
func subjectOf(ev relay.Event) (what, number string) {
	for _, text := range []string{ev.Subject, ev.Message} {
		what, number = "", ""
		for _, match := range namedNumber.FindAllStringSubmatch(firstRunes(text, maxScanRunes), -1) {
			w, n := strings.ToLower(match[1]), match[2]
			if number != "" && (w != what || n != number) {
				return "", ""
			}
			what, number = w, n
		}
		if number != "" {
			return what, number
		}
	}
	return "", ""
}
