package store

import (
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/store/database"
)

// arrivalsForm is the first byte of a row of arrivals. A program that writes
// another form gives it another number and goes on reading this one, and the
// one before, in which events had no BodyID.
const (
	arrivalsForm  = 2
	formerArrival = 1
)

// errArrivals refuses a row of arrivals that is in no known form.
var errArrivals = errors.New("the row of arrivals cannot be read")

// arrival is an event that was accepted for spaces.
type arrival struct {
	event  relay.Event
	spaces []string
}

// beginArrivals begins a row for events that were stored at the given time;
// appendArrival goes on. bytes says how long the events will be.
func beginArrivals(stored time.Time, bytes int) []byte {
	row := make([]byte, 0, 1+binary.MaxVarintLen64+bytes)
	row = append(row, arrivalsForm)
	return binary.AppendVarint(row, stored.UnixMicro())
}

// arrivalRest is about the size in bytes of what differs little between events:
// context, numbers, times, a space.
const arrivalRest = 96

// appendArrival adds an event to a row. It keeps what the tables keep: times to
// the microsecond, and whether there is a payload at all.
func appendArrival(row []byte, a arrival) []byte {
	ev := a.event
	row = slices.Grow(row, len(ev.ID)+len(ev.Type)+len(ev.Subject)+len(ev.Message)+len(ev.Payload)+arrivalRest)
	for _, text := range []string{ev.ID, ev.BodyID, string(ev.Context), ev.Type, ev.Subject, ev.Message} {
		row = appendText(row, text)
	}
	row = binary.AppendVarint(row, ev.UserID)
	row = binary.AppendVarint(row, int64(ev.Attempt))
	row = appendTime(row, ev.OccurredAt)
	row = appendTime(row, ev.ReceivedAt)
	if ev.Payload == nil {
		row = append(row, 0)
	} else {
		row = append(row, 1)
		row = appendText(row, ev.Payload)
	}
	row = binary.AppendUvarint(row, uint64(len(a.spaces)))
	for _, space := range a.spaces {
		row = appendText(row, space)
	}
	return row
}

func appendText[T string | []byte](row []byte, text T) []byte {
	row = binary.AppendUvarint(row, uint64(len(text)))
	return append(row, text...)
}

func appendTime(row []byte, t time.Time) []byte {
	us, ok := database.Micros(t).(int64)
	if !ok {
		return append(row, 0)
	}
	return binary.AppendVarint(append(row, 1), us)
}

// decodeArrivals returns the events of a row and when they were stored. What
// it returns does not refer to row. Its error is errArrivals, for a row that is
// cut short or was made by nobody here.
func decodeArrivals(row []byte) (arrived []arrival, stored time.Time, err error) {
	if len(row) == 0 || row[0] != arrivalsForm && row[0] != formerArrival {
		return nil, time.Time{}, errArrivals
	}
	c := cursor{rest: row[1:], former: row[0] == formerArrival}
	stored = database.TimeOf(c.number())
	for len(c.rest) > 0 && !c.broken {
		arrived = append(arrived, c.arrival())
	}
	if c.broken {
		return nil, time.Time{}, errArrivals
	}
	return arrived, stored, nil
}

// cursor reads a row from its beginning. Once broken it yields zero values.
type cursor struct {
	rest   []byte
	former bool // the row is in the form before
	broken bool
}

func (c *cursor) arrival() arrival {
	id, body := c.text(), ""
	if !c.former {
		body = c.text()
	}
	a := arrival{event: relay.Event{
		ID:      id,
		BodyID:  body,
		Context: relay.Context(c.text()),
		Type:    c.text(),
		Subject: c.text(),
		Message: c.text(),
		UserID:  c.number(),
		Attempt: int(c.number()),
	}}
	a.event.OccurredAt, a.event.ReceivedAt = c.time(), c.time()
	if c.flag() {
		a.event.Payload = []byte(c.text())
	}
	for range c.count() {
		a.spaces = append(a.spaces, c.text())
	}
	return a
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
