package journal

import (
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/store/database"
)

// The first byte of a row names its format. A program that writes another format
// gives it another number, and goes on reading these.
const (
	format           = 4
	formatNoHeaders  = 3 // in which events had no Headers
	formatNoCaughtUp = 2 // in which, beside that, all events were delivered
	formatNoBodyID   = 1 // in which events had no BodyID either
)

// errFormat refuses a row that is in no known format.
var errFormat = errors.New("the row of arrivals cannot be read")

// beginRow begins a row for events that were stored at the given time;
// appendEntry adds one. bytes says how long the events will be.
func beginRow(stored time.Time, bytes int) []byte {
	row := make([]byte, 0, 1+binary.MaxVarintLen64+bytes)
	row = append(row, format)
	return binary.AppendVarint(row, stored.UnixMicro())
}

// fixedBytes is about the size of what differs little between events: role,
// numbers, times, a space.
const fixedBytes = 96

// appendEntry adds an event to a row. It keeps what the tables keep: times to the
// microsecond, and whether there is a payload at all.
func appendEntry(row []byte, e Entry) []byte {
	ev := e.Event
	row = slices.Grow(row, len(ev.ID)+len(ev.Type)+len(ev.Subject)+len(ev.Message)+len(ev.Payload)+fixedBytes)
	for _, text := range []string{ev.ID, ev.BodyID, string(ev.Role), ev.Type, ev.Subject, ev.Message} {
		row = appendText(row, text)
	}
	row = binary.AppendVarint(row, ev.UserID)
	row = binary.AppendVarint(row, int64(ev.Attempt))
	row = appendTime(row, ev.OccurredAt)
	row = appendTime(row, ev.ReceivedAt)
	row = appendFlag(row, ev.CaughtUp)
	row = appendFlag(row, ev.Payload != nil)
	if ev.Payload != nil {
		row = appendText(row, ev.Payload)
	}
	row = binary.AppendUvarint(row, uint64(len(ev.Headers)))
	for _, h := range ev.Headers {
		row = appendText(appendText(row, h.Name), h.Value)
	}
	row = binary.AppendUvarint(row, uint64(len(e.Spaces)))
	for _, space := range e.Spaces {
		row = appendText(row, space)
	}
	return row
}

func appendText[T string | []byte](row []byte, text T) []byte {
	row = binary.AppendUvarint(row, uint64(len(text)))
	return append(row, text...)
}

func appendFlag(row []byte, set bool) []byte {
	if set {
		return append(row, 1)
	}
	return append(row, 0)
}

func appendTime(row []byte, t time.Time) []byte {
	us, ok := database.Micros(t).(int64)
	if !ok {
		return append(row, 0)
	}
	return binary.AppendVarint(append(row, 1), us)
}

// decodeRow returns the events of a row and when they were stored. What it
// returns does not refer to row. Its error is errFormat, for a row that is cut
// short or in no known format.
func decodeRow(row []byte) (entries []Entry, stored time.Time, err error) {
	if len(row) == 0 || row[0] < formatNoBodyID || row[0] > format {
		return nil, time.Time{}, errFormat
	}
	c := cursor{format: row[0], rest: row[1:]}
	stored = database.TimeOf(c.number())
	for len(c.rest) > 0 && !c.broken {
		entries = append(entries, c.entry())
	}
	if c.broken {
		return nil, time.Time{}, errFormat
	}
	return entries, stored, nil
}

// cursor reads a row from its beginning. Once broken it yields zero values.
type cursor struct {
	format byte
	rest   []byte
	broken bool
}

func (c *cursor) entry() Entry {
	id, body := c.text(), ""
	if c.format > formatNoBodyID {
		body = c.text()
	}
	e := Entry{Event: relay.Event{
		ID:      id,
		BodyID:  body,
		Role:    relay.Role(c.text()),
		Type:    c.text(),
		Subject: c.text(),
		Message: c.text(),
		UserID:  c.number(),
		Attempt: int(c.number()),
	}}
	e.Event.OccurredAt, e.Event.ReceivedAt = c.time(), c.time()
	e.Event.CaughtUp = c.format > formatNoCaughtUp && c.flag()
	if c.flag() {
		e.Event.Payload = []byte(c.text())
	}
	if c.format > formatNoHeaders {
		for range c.count() {
			e.Event.Headers = append(e.Event.Headers, relay.Header{Name: c.text(), Value: c.text()})
		}
	}
	for range c.count() {
		e.Spaces = append(e.Spaces, c.text())
	}
	return e
}

func (c *cursor) number() int64 {
	n, size := binary.Varint(c.rest)
	c.skip(size)
	return n
}

// count reads how many bytes or values follow, of which there are never more
// than bytes left.
func (c *cursor) count() int {
	n, size := binary.Uvarint(c.rest)
	c.skip(size)
	if n > uint64(len(c.rest)) {
		c.skip(0)
		return 0
	}
	return int(n) //nolint:gosec // It is at most the length of rest.
}

// skip passes over a number that was read from size bytes; none means that it
// could not be read.
func (c *cursor) skip(size int) {
	if size <= 0 {
		c.rest, c.broken = nil, true
		return
	}
	c.rest = c.rest[size:]
}

func (c *cursor) text() string {
	n := c.count()
	text := string(c.rest[:n])
	c.rest = c.rest[n:]
	return text
}

func (c *cursor) flag() bool { return c.count() > 0 }

func (c *cursor) time() time.Time {
	if !c.flag() {
		return time.Time{}
	}
	return database.TimeOf(c.number())
}
