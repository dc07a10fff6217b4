package app

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"vastrelay/relay"
	"vastrelay/vastapi"
)

// TestVendorTextIsCleanedLikeEventText compares the two places that take control
// sequences out of text: relay.CleanLine, and the messages of the API client,
// which knows nothing of the relay.
func TestVendorTextIsCleanedLikeEventText(t *testing.T) {
	for _, text := range []string{
		"plain words",
		"\x1b[31;1mred\x1b[0m",
		"\u009b1mbold\u009bm",
		"\x1b[2 qcursor",
		"\x1b[ word",
		"\x1b]0;title\x07after",
		"\x1b]8;;https://a.example\x1b\\link\x1b]8;;\x1b\\",
		"\u009dtitle\u009cafter",
		"\x1bPdevice\x1b\\after",
		"\x1b^private\x1b\\after \x1b_app\x1b\\after \x1bXstring\x1b\\after",
		"\x1b(Bcharset",
		"\x1b]broken off",
		"\x1b",
		"two\r\nlines",
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusTeapot)
			_, _ = w.Write([]byte("begin " + text + " end"))
		}))
		client, err := vastapi.New(vastapi.Options{BaseURL: server.URL, Key: vastapi.NewKey("0123456789abcdef"), Gap: -1})
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.WhoAmI(t.Context())
		server.Close()
		failure, ok := errors.AsType[*vastapi.Error](err)
		if !ok {
			t.Fatalf("got %v, want an *Error", err)
		}
		if want := relay.CleanLine("begin " + text + " end"); failure.Message != want {
			t.Errorf("%q: the client says %q, want %q", text, failure.Message, want)
		}
	}
}
