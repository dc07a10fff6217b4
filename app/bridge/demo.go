package bridge

import "time"

// DemoMessage is one message as the demo's Chat space shows it.
type DemoMessage struct {
	At    time.Time
	Title string // a card's title; empty for plain text
	Text  string
}
