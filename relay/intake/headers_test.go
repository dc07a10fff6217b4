package intake

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"vastrelay/relay"
)

func TestHeadersThatAreKept(t *testing.T) {
	for name, tt := range map[string]struct {
		headers http.Header
		want    []relay.Header
	}{
		"those of Vast.ai and what says what the body is, by name": {
			http.Header{"X-Vast-Event-Id": {"e"}, "User-Agent": {"Vast"}, "Content-Type": {"application/json"}},
			[]relay.Header{{Name: "Content-Type", Value: "application/json"}, {Name: "User-Agent", Value: "Vast"}, {Name: "X-Vast-Event-Id", Value: "e"}},
		},
		"the signature is not": {http.Header{"X-Vast-Signature-256": {"sha256=1"}, "X-Vast-Timestamp": {"1"}}, []relay.Header{{Name: "X-Vast-Timestamp", Value: "1"}}},
		"nor what may be a secret, or tells of the way": {http.Header{
			"Authorization": {"Bearer x"}, "Cookie": {"a=b"}, "X-Forwarded-For": {"192.0.2.1"}, "X-Api-Key": {"x"},
		}, nil},
		"of one that is given twice the first": {http.Header{"X-Vast-A": {"1", "2"}}, []relay.Header{{Name: "X-Vast-A", Value: "1"}}},
		"a value in one line, as plain text":   {http.Header{"X-Vast-A": {"a\x1b[31m\tb\u200b"}}, []relay.Header{{Name: "X-Vast-A", Value: "a b"}}},
		"a long value is cut":                  {http.Header{"X-Vast-A": {strings.Repeat("x", 999)}}, []relay.Header{{Name: "X-Vast-A", Value: strings.Repeat("x", maxHeaderValue) + "…"}}},
		"one without a value is passed over":   {http.Header{"X-Vast-A": {}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if got := headersOf(tt.headers); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestHeadersAreBounded(t *testing.T) {
	many := http.Header{}
	for n := range 500 {
		many.Set(fmt.Sprintf("X-Vast-%03d", n), "x")
	}
	if got := headersOf(many); len(got) != maxHeaders {
		t.Errorf("%d headers are kept, want %d", len(got), maxHeaders)
	}
}
