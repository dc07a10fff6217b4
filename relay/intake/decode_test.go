package intake

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"vastrelay/relay"

	"github.com/go-json-experiment/json/jsontext"
)

type decodeCase struct {
	name     string
	body     string
	headerID string
	want     relay.Event // ID, Type, Subject, Message, UserID and OccurredAt
	ok       bool
}

func decodeCases() []decodeCase {
	const id = "00112233445566778899aabbccddeeff"
	at := time.UnixMicro(1772489999_500000).UTC()
	full := relay.Event{ID: id, Type: "outbid", Subject: "Instance outbid", Message: "Bid 0.30 — needs 0.42", UserID: 4711, OccurredAt: at}
	unreadable := func(body, reason string) relay.Event {
		return relay.Event{ID: "body-" + shortHash([]byte(body)), Subject: unreadableTitle, Message: reason}
	}
	utf16le := func(s string) string {
		out := "\xff\xfe"
		for _, unit := range utf16.Encode([]rune(s)) {
			out += string([]byte{byte(unit), byte(unit >> 8)})
		}
		return out
	}
	deep := strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000)
	long := strings.Repeat("a", maxEventID)

	cases := []decodeCase{
		{"as documented, escaped", vectorBody, "", full, true},
		{"as documented, raw", vectorBodyRaw, "", full, true},
		{"the body's id beats the header's", vectorBody, "other", full, true},
		{"the header's id without one in the body", `{}`, "from-header", relay.Event{ID: "header-from-header"}, true},
		{"the body's hash without any id", `{}`, "", relay.Event{ID: "body-" + shortHash([]byte(`{}`))}, true},
		{"an id of null", `{"event_id":null}`, "h", relay.Event{ID: "header-h"}, true},
		{"an empty id", `{"event_id":""}`, "h", relay.Event{ID: "header-h"}, true},
		{"an id that is an object", `{"event_id":{"a":1}}`, "h", relay.Event{ID: "header-h"}, true},
		{"an id that is true", `{"event_id":true}`, "h", relay.Event{ID: "header-h"}, true},
		{"an id that is a number", `{"event_id":12345678901234567890}`, "h", relay.Event{ID: "12345678901234567890"}, true},
		{"an id of another form", `{"event_id":"Evt_1.2:3-4"}`, "", relay.Event{ID: "Evt_1.2:3-4"}, true},
		{"an id at the bound", `{"event_id":"` + long + `"}`, "", relay.Event{ID: long}, true},
		{"an id over the bound", `{"event_id":"` + long + `b"}`, "", relay.Event{ID: "id-" + shortHash([]byte(long+"b"))}, true},
		{"an id with odd characters", `{"event_id":"../../x y"}`, "", relay.Event{ID: "id-" + shortHash([]byte("../../x y"))}, true},
		{"an id with a newline escape", `{"event_id":"a\nb"}`, "", relay.Event{ID: "id-" + shortHash([]byte("a\nb"))}, true},
		{"an id with invalid UTF-8", "{\"event_id\":\"a\xff\"}", "", relay.Event{ID: "id-" + shortHash([]byte("\"a\xff\""))}, true},
		{"a header id with odd characters", `{}`, "<script>", relay.Event{ID: "header-" + shortHash([]byte("<script>"))}, true},
		{"a header id at the bound", `{}`, long[len("header-"):], relay.Event{ID: "header-" + long[len("header-"):]}, true},
		{"a header id over the bound", `{}`, long, relay.Event{ID: "header-" + shortHash([]byte(long))}, true},
		{"a signed id that looks like one from a header", `{"event_id":"header-h"}`, "", relay.Event{ID: "id-" + shortHash([]byte("header-h"))}, true},
		{"a signed id that looks like one made from a body", `{"event_id":"body-1"}`, "", relay.Event{ID: "id-" + shortHash([]byte("body-1"))}, true},
		{"keys in other letter case are other keys", `{"EVENT_ID":"x","Subject":"y"}`, "h", relay.Event{ID: "header-h"}, true},
		{"a key with an escape", `{"event\u005fid":"x"}`, "h", relay.Event{ID: "x"}, true},
		{"keys that are no text in UTF-8", "{\"event_id\xff\":\"x\",\"\xff\":1}", "h", relay.Event{ID: "header-h"}, true},
		{"of a key that occurs twice the last counts", `{"event_id":"a","event_id":"b","subject":"1","subject":"2"}`, "", relay.Event{ID: "b", Subject: "2"}, true},
		{"a subject that is a number", `{"event_id":"a","subject":42.50}`, "", relay.Event{ID: "a", Subject: "42.50"}, true},
		{"a subject that is false", `{"event_id":"a","subject":false}`, "", relay.Event{ID: "a", Subject: "false"}, true},
		{"a subject of null", `{"event_id":"a","subject":null}`, "", relay.Event{ID: "a"}, true},
		{"a message that is an object", `{"event_id":"a","message":{"x": [1, 2]}}`, "", relay.Event{ID: "a", Message: `{"x":[1,2]}`}, true},
		{"a type with its role", `{"event_id":"a","notif_type":"client:outbid"}`, "", relay.Event{ID: "a", Type: "outbid"}, true},
		{"a type with the other role", `{"event_id":"a","notif_type":"host:outbid"}`, "", relay.Event{ID: "a", Type: "host:outbid"}, true},
		{"a type that is a list", `{"event_id":"a","notif_type":["x"]}`, "", relay.Event{ID: "a", Type: `["x"]`}, true},
		{"a user id as text", `{"event_id":"a","user_id":"4711"}`, "", relay.Event{ID: "a", UserID: 4711}, true},
		{"a user id with a fraction of nothing", `{"event_id":"a","user_id":4711.0}`, "", relay.Event{ID: "a", UserID: 4711}, true},
		{"a user id with a fraction", `{"event_id":"a","user_id":4711.5}`, "", relay.Event{ID: "a"}, true},
		{"a user id beyond an integer", `{"event_id":"a","user_id":1e300}`, "", relay.Event{ID: "a"}, true},
		{"a user id that is a word", `{"event_id":"a","user_id":"ada"}`, "", relay.Event{ID: "a"}, true},
		{"a whole timestamp", `{"event_id":"a","timestamp":1772489999}`, "", relay.Event{ID: "a", OccurredAt: at.Truncate(time.Second)}, true},
		{"a timestamp as text", `{"event_id":"a","timestamp":"1772489999.5"}`, "", relay.Event{ID: "a", OccurredAt: at}, true},
		{"a timestamp in words", `{"event_id":"a","timestamp":"yesterday"}`, "", relay.Event{ID: "a"}, true},
		{"a timestamp that is not a number", `{"event_id":"a","timestamp":"NaN"}`, "", relay.Event{ID: "a"}, true},
		{"an endless timestamp", `{"event_id":"a","timestamp":"+Inf"}`, "", relay.Event{ID: "a"}, true},
		{"a timestamp before the epoch", `{"event_id":"a","timestamp":-5}`, "", relay.Event{ID: "a"}, true},
		{"a timestamp after the year 9999", `{"event_id":"a","timestamp":1e18}`, "", relay.Event{ID: "a"}, true},
		{"a timestamp that rounds up to a second", `{"event_id":"a","timestamp":1772489998.9999999}`, "", relay.Event{ID: "a", OccurredAt: at.Truncate(time.Second)}, true},
		{"invalid UTF-8 in a string", "{\"event_id\":\"a\",\"subject\":\"x\xffy\"}", "", relay.Event{ID: "a", Subject: "x\uFFFDy"}, true},
		{"invalid UTF-8 in a nested string", "{\"event_id\":\"a\",\"subject\":[\"\xff\"]}", "", relay.Event{ID: "a", Subject: "[\"\uFFFD\"]"}, true},
		{"a lone surrogate", `{"event_id":"a","subject":"\ud800"}`, "", relay.Event{ID: "a", Subject: "\uFFFD"}, true},
		{"an unknown field, deep", `{"event_id":"a","extra":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`, "", relay.Event{ID: "a"}, true},
		{"a byte order mark before the object", "\ufeff{\"event_id\":\"a\"}", "", relay.Event{ID: "a"}, true},
		{"UTF-16 with its mark", utf16le(`{"event_id":"a","subject":"Überboten 🔔"}`), "", relay.Event{ID: "a", Subject: "Überboten 🔔"}, true},
		{"a number that is none", `{"event_id":"a","user_id":NaN,"timestamp":-Infinity,"subject":"NaN, \"Infinity\""}`, "", relay.Event{ID: "a", Subject: `NaN, "Infinity"`}, true},
		{"an endless number in a list", `{"event_id":"a","message":[1,Infinity,{"x":NaN}],"price":nan}`, "", relay.Event{ID: "a", Message: `[1,null,{"x":null}]`}, true},
		{"a subject that is no number", `{"event_id":"a","subject":NaN,"timestamp":+inf}`, "", relay.Event{ID: "a"}, true},
		{"an id that is no number", `{"event_id":NaN}`, "h", relay.Event{ID: "header-h"}, true},
		{"a mark and a number that is none", "\ufeff{\"event_id\":\"a\",\"x\":Infinity}", "", relay.Event{ID: "a"}, true},
		{"spaces around the object", " \n{\"event_id\":\"a\"}\t ", "", relay.Event{ID: "a"}, true},
	}
	const notJSON = "Its body is not JSON, from byte %d on."
	for _, c := range []struct{ name, body, reason string }{
		{"an empty body", "", "Its body is empty."},
		{"a byte order mark alone", "\ufeff", "Its body is empty."},
		{"no JSON", "hello", fmt.Sprintf(notJSON, 0)},
		{"an object that ends after a comma", `{"event_id":"a",}`, fmt.Sprintf(notJSON, 15)},
		{"a key without a value", `{"event_id"}`, fmt.Sprintf(notJSON, 11)},
		{"a key that is a number", `{1:2}`, fmt.Sprintf(notJSON, 1)},
		{"a key that is no number", `{NaN:2}`, fmt.Sprintf(notJSON, 1)},
		{"a word that only begins like a number that is none", `{"a":NaNa}`, fmt.Sprintf(notJSON, 5)},
		{"a number that is none with something before it", `{"a":1NaN}`, fmt.Sprintf(notJSON, 6)},
		{"half an object", `{"event_id":"a"`, "Its body is JSON that breaks off."},
		{"half a string", `{"event_id":"NaN`, "Its body is JSON that breaks off."},
		{"an object and more", `{"event_id":"a"} x`, "Its body has something after the JSON object."},
		{"two objects", `{"event_id":"a"}{"event_id":"b"}`, "Its body has something after the JSON object."},
		{"null", "null", "Its body is JSON, but not an object."},
		{"NaN alone", "NaN", "Its body is JSON, but not an object."},
		{"a list", `[{"event_id":"a"}]`, "Its body is JSON, but not an object."},
		{"a string", `"a"`, "Its body is JSON, but not an object."},
		{"a number", "1", "Its body is JSON, but not an object."},
		{"two byte order marks", "\ufeff\ufeff{}", fmt.Sprintf(notJSON, 0)},
		{"nested deeper than the parser goes", `{"event_id":"a","x":` + deep + `}`, fmt.Sprintf(notJSON, 10019)},
		{"NUL bytes", "\x00\x00", fmt.Sprintf(notJSON, 0)},
	} {
		cases = append(cases, decodeCase{c.name, c.body, "from-header", unreadable(c.body, c.reason), false})
	}
	return cases
}

func TestDecodeEvent(t *testing.T) {
	arrived := time.Unix(1772490000, 0)
	for _, tt := range decodeCases() {
		t.Run(tt.name, func(t *testing.T) {
			h := http.Header{headerAttempt: {"2"}}
			if tt.headerID != "" {
				h.Set(headerEventID, tt.headerID)
			}
			got, ok := decodeEvent(relay.RoleClient, h, []byte(tt.body), arrived)
			if ok != tt.ok {
				t.Fatalf("readable: got %v, want %v", ok, tt.ok)
			}
			if !got.OccurredAt.Equal(tt.want.OccurredAt) {
				t.Errorf("OccurredAt: got %v, want %v", got.OccurredAt, tt.want.OccurredAt)
			}
			if got.Role != relay.RoleClient || !got.ReceivedAt.Equal(arrived) || got.Attempt != 2 || string(got.Payload) != tt.body {
				t.Errorf("the delivery's own facts are wrong: %+v", got)
			}
			if got.ID != tt.want.ID || got.Type != tt.want.Type || got.Subject != tt.want.Subject ||
				got.Message != tt.want.Message || got.UserID != tt.want.UserID {
				t.Errorf("got %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

func TestAnEventIsKnownByItsBodyOnlyWithoutASignedID(t *testing.T) {
	for body, want := range map[string]string{
		`{"event_id":"a"}`:               "",
		`{"event_id":"../x"}`:            "",
		`{"event_id":5}`:                 "",
		`{"subject":"S"}`:                "body-" + shortHash([]byte(`{"subject":"S"}`)),
		`{"event_id":null}`:              "body-" + shortHash([]byte(`{"event_id":null}`)),
		"\ufeff{\"event_id\":\"\"}":      "body-" + shortHash([]byte("\ufeff{\"event_id\":\"\"}")),
		`{"event_id":NaN,"subject":"S"}`: "body-" + shortHash([]byte(`{"event_id":NaN,"subject":"S"}`)),
		`not JSON`:                       "",
	} {
		for _, header := range []string{"", "one", "two"} {
			h := http.Header{}
			if header != "" {
				h.Set(headerEventID, header)
			}
			ev, _ := decodeEvent(relay.RoleClient, h, []byte(body), time.Now())
			if ev.BodyID != want {
				t.Errorf("%s under header id %q: got BodyID %q, want %q", body, header, ev.BodyID, want)
			}
		}
	}
}

func TestAnUnsignedIDIsNeverThatOfASignedEvent(t *testing.T) {
	for _, id := range []string{"evt_1", "header-evt_1", "body-evt_1", "a/b", strings.Repeat("a", maxEventID)} {
		signed, _ := decodeEvent(relay.RoleClient, http.Header{}, []byte(`{"event_id":"`+id+`"}`), time.Now())
		for _, header := range []string{id, signed.ID, strings.TrimPrefix(signed.ID, "header-")} {
			replayed, _ := decodeEvent(relay.RoleClient, http.Header{headerEventID: {header}}, []byte(`{"subject":"S"}`), time.Now())
			if replayed.ID == signed.ID {
				t.Errorf("a body without an id, under header id %q, takes the id %q of another event", header, signed.ID)
			}
		}
	}
}

func TestAttemptOfIgnoresWhatIsNoCount(t *testing.T) {
	for value, want := range map[string]int{
		"1": 1, "17": 17, "": 0, "0": 0, "-1": 0, "x": 0, "1.5": 0, "1000000": 1000000, "1000001": 0, "99999999999999999999": 0,
	} {
		if got := attemptOf(http.Header{headerAttempt: {value}}); got != want {
			t.Errorf("%q: got %d, want %d", value, got, want)
		}
	}
}

func FuzzDecodeEvent(f *testing.F) {
	for _, tt := range decodeCases() {
		f.Add([]byte(tt.body), tt.headerID)
	}
	f.Fuzz(func(t *testing.T, body []byte, headerID string) {
		h := http.Header{}
		h.Set(headerEventID, headerID)
		ev, ok := decodeEvent(relay.RoleHost, h, body, time.Unix(0, 0))
		if !plainID(ev.ID) || ev.ID == "" {
			t.Errorf("id %q is not a plain one", ev.ID)
		}
		for _, text := range []string{ev.Type, ev.Subject, ev.Message} {
			if !utf8.ValidString(text) {
				t.Errorf("text %q is not valid UTF-8", text)
			}
		}
		var object map[string]json.RawMessage
		text := relay.WithoutMark(body)
		want := json.Unmarshal(text, &object) == nil && object != nil
		if finite, changed := relay.FiniteNumbers(text); !want && changed {
			want = json.Unmarshal(finite, &object) == nil && object != nil
		}
		if ok != want {
			t.Errorf("%q is an object: got %v, encoding/json says %v", body, ok, want)
		}
		if !ok && ev.Message == "" {
			t.Errorf("%q is unreadable, and nothing says why", body)
		}
		if !bytes.Equal(ev.Payload, body) {
			t.Error("the payload is not the body")
		}
		if _, err := ev.OccurredAt.MarshalJSON(); err != nil {
			t.Errorf("the time cannot be written: %v", err)
		}
		if !ok && !strings.HasPrefix(ev.ID, "body-") {
			t.Errorf("an unreadable delivery took the id %q", ev.ID)
		}
		again, _ := decodeEvent(relay.RoleHost, h, bytes.Clone(body), time.Unix(0, 0))
		if again.ID != ev.ID {
			t.Errorf("the same delivery got the ids %q and %q", ev.ID, again.ID)
		}
	})
}

func TestTextIsDecodedAsByEncodingJSON(t *testing.T) {
	for name, raw := range map[string]string{
		"nothing":                  `""`,
		"plain text":               `"Instance 4711 was outbid"`,
		"beyond ASCII":             `"Überboten → 現在"`,
		"an escape":                `"a\nb\u00e9\"c\\"`,
		"a byte that is not UTF-8": "\"a\xffb\"",
		"half a surrogate pair":    `"\ud800"`,
		"an encoded surrogate":     "\"\xed\xa0\x80\"",
		"DEL and other controls":   "\"\x7f\u0080\"",
	} {
		t.Run(name, func(t *testing.T) {
			var want string
			if err := json.Unmarshal([]byte(raw), &want); err != nil {
				t.Fatal(err)
			}
			if got := scalarOf(jsontext.Value(raw)); got != want {
				t.Errorf("scalarOf(%s) = %q, want %q", raw, got, want)
			}
		})
	}
}
