package journal

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"vastrelay/relay"
)

// spaceA and spaceB are destinations.
const (
	spaceA = "AAAAaaaa111"
	spaceB = "BBBBbbbb222"
)

// start is the moment at which the rows are stored.
var start = time.Date(2026, 11, 21, 12, 0, 0, 123456000, time.UTC)

// eventN makes the nth event of a test.
func eventN(n int) relay.Event {
	id := fmt.Sprintf("00000000-0000-4000-8000-%012d", n)
	return relay.Event{
		ID: id, Role: relay.RoleClient, Type: "outbid", UserID: 4711, Attempt: 1,
		Subject:    fmt.Sprintf("Instance %d outbid", n),
		Message:    fmt.Sprintf("Your instance %d was outbid and is paused.", n),
		OccurredAt: start.Add(time.Duration(n)*time.Second - time.Second),
		ReceivedAt: start.Add(time.Duration(n) * time.Second),
		Payload:    []byte(`{"event_id":"` + id + `"}`),
	}
}

// rowOfEarlierFormat is a row as an earlier version wrote it.
func rowOfEarlierFormat(earlier byte, ev relay.Event) []byte {
	row := binary.AppendVarint([]byte{earlier}, start.UnixMicro())
	texts := []string{ev.ID, ev.BodyID, string(ev.Role), ev.Type, ev.Subject, ev.Message}
	if earlier == formatNoBodyID {
		texts = slices.Delete(texts, 1, 2)
	}
	for _, text := range texts {
		row = appendText(row, text)
	}
	row = binary.AppendVarint(row, ev.UserID)
	row = binary.AppendVarint(row, int64(ev.Attempt))
	row = appendTime(row, ev.OccurredAt)
	row = appendTime(row, ev.ReceivedAt)
	if earlier == formatNoHeaders {
		row = append(row, 0) // not caught up
	}
	row = append(row, 1)
	row = appendText(row, ev.Payload)
	row = binary.AppendUvarint(row, 1)
	return appendText(row, spaceA)
}

// entryCases are events as they are kept in a row of arrivals and come back
// from it.
func entryCases() map[string]Entry {
	full := eventN(1)
	full.OccurredAt = full.OccurredAt.Truncate(time.Microsecond)
	bare := relay.Event{ID: "a"}
	odd := eventN(2)
	odd.Subject, odd.Message = "Ünïcode \x00 \xff", strings.Repeat("long ", 10_000)
	odd.UserID, odd.Attempt = -1, 1_000_000
	odd.Payload = []byte{}
	byBody := eventN(3)
	byBody.BodyID = "body-1"
	byBody.OccurredAt = byBody.OccurredAt.Truncate(time.Microsecond)
	withHeaders := full
	withHeaders.Headers = []relay.Header{{Name: "User-Agent", Value: "Vast"}, {Name: "X-Empty"}}
	caughtUp := full
	caughtUp.CaughtUp = true
	return map[string]Entry{
		"an event with its headers":          {withHeaders, []string{spaceA}},
		"an event out of the inbox":          {caughtUp, []string{spaceA}},
		"an event without a signed id":       {byBody, []string{spaceA}},
		"an event as it comes":               {full, []string{spaceA}},
		"nothing but an id":                  {bare, nil},
		"odd text, an empty payload":         {odd, []string{spaceA, spaceB}},
		"for several spaces, also odd ones":  {full, []string{"", spaceB, "\x00"}},
		"a time before 1970":                 {relay.Event{ID: "b", ReceivedAt: time.UnixMicro(-1).UTC()}, nil},
		"a payload longer than a page of it": {relay.Event{ID: "c", Payload: bytes.Repeat([]byte{0}, 1<<16)}, nil},
		"an event of a role and no target":   {relay.Event{ID: "d", Role: relay.RoleHost}, nil},
	}
}

func TestEventsComeBackAsTheyWere(t *testing.T) {
	row := beginRow(start, 0)
	var want []Entry
	for name, a := range entryCases() {
		t.Run(name, func(t *testing.T) {
			alone := appendEntry(beginRow(start, 0), a)
			got, stored, err := decodeRow(alone)
			if err != nil || len(got) != 1 || !stored.Equal(start) || !reflect.DeepEqual(got[0], a) {
				t.Errorf("got %+v, stored at %v, %v; want %+v", got, stored, err, a)
			}
			for cut := range alone {
				if got, _, err := decodeRow(alone[:cut]); err == nil && len(got) > 0 {
					t.Fatalf("the row cut to %d of %d bytes gives %+v", cut, len(alone), got)
				}
				if cut > 500 {
					break
				}
			}
		})
		row, want = appendEntry(row, a), append(want, a)
	}
	if got, _, err := decodeRow(row); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("all in one row give %d events, %v; want the %d that went in", len(got), err, len(want))
	}
}

func TestTimesThatNoCalendarShowsAreNotKept(t *testing.T) {
	far := relay.Event{ID: "far", OccurredAt: time.Date(12_000, 1, 1, 0, 0, 0, 0, time.UTC)}
	got, _, err := decodeRow(appendEntry(beginRow(start, 0), Entry{Event: far}))
	if err != nil || !got[0].Event.OccurredAt.IsZero() {
		t.Errorf("got %+v, %v; want no time", got, err)
	}
}

func FuzzArrivals(f *testing.F) {
	row := beginRow(start, 0)
	for _, a := range entryCases() {
		f.Add(appendEntry(beginRow(start, 0), a))
		if len(a.Event.Message) < 1000 {
			row = appendEntry(row, a)
		}
	}
	f.Add(row)
	f.Add([]byte{})
	f.Add([]byte{format + 1, 0})
	f.Add(rowOfEarlierFormat(formatNoBodyID, eventN(1)))
	f.Add(rowOfEarlierFormat(formatNoCaughtUp, eventN(1)))
	f.Add(rowOfEarlierFormat(formatNoHeaders, eventN(1)))
	f.Add([]byte{format, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, row []byte) {
		arrived, stored, err := decodeRow(row)
		if err != nil {
			if len(arrived) > 0 {
				t.Fatalf("%d events beside the error %v", len(arrived), err)
			}
			return
		}
		again := beginRow(stored, len(row))
		for _, a := range arrived {
			again = appendEntry(again, a)
		}
		got, _, err := decodeRow(again)
		if err != nil || len(got) != len(arrived) {
			t.Fatalf("what was read gives %d events, %v; want %d", len(got), err, len(arrived))
		}
	})
}
