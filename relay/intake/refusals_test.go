package intake

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/relay"
)

// refusing returns a receiver that logs into the buffer.
func refusing() (*Receiver, *bytes.Buffer) {
	logged := new(bytes.Buffer)
	v := NewVerifier()
	v.SecretLoaded(relay.RoleClient, relay.NewSecret(goodSecret))
	noTime := func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}
	handler := slog.NewTextHandler(logged, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: noTime})
	return NewReceiver(Options{Store: newIntake(), Verifier: v, Logger: slog.New(handler)}), logged
}

func TestRefusedRequestsAreLoggedTogetherOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rc, logged := refusing()
		send := func(n int, q request) {
			for range n {
				rc.ServeHTTP(httptest.NewRecorder(), q.build(t))
			}
		}
		want := func(when, line string) {
			t.Helper()
			if line != "" {
				line = "level=INFO msg=\"requests refused\" codes=\"" + line + "\"\n"
			}
			if got := logged.String(); got != line {
				t.Errorf("%s: logged %q, want %q", when, got, line)
			}
			logged.Reset()
		}
		send(1, request{secret: "wrong"})
		want("at first", "invalid_signature=1")
		send(500, request{secret: "wrong"})
		send(300, request{path: "/x"})
		time.Sleep(samplePeriod - time.Nanosecond)
		send(1, request{signature: "-"})
		want("within a minute", "")
		time.Sleep(time.Nanosecond)
		send(1, request{path: "/x"})
		want("after a minute", "invalid_signature=500 missing_signature=1 not_found=301")
		time.Sleep(time.Hour)
		want("without requests", "")
		send(1, request{path: "/x"})
		want("after an hour", "not_found=1")
		send(2, request{path: "/x"})
		rc.Stop()
		want("at the end", "not_found=2")
		rc.Stop()
		want("at the end once more", "")
	})
}

func TestTheLatestRefusedDeliveriesAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rc, _ := refusing()
		if got := rc.Refusals(); len(got) != 0 {
			t.Errorf("at first: got %+v", got)
		}
		rc.ServeHTTP(httptest.NewRecorder(), request{path: "/x"}.build(t)) // Not a delivery.
		rc.ServeHTTP(httptest.NewRecorder(), request{}.build(t))           // Accepted.
		for i := range 3*keptRefusals + 5 {
			q := request{secret: "wrong"}
			if i == 3*keptRefusals+4 {
				q = request{signature: "-"}
			}
			time.Sleep(time.Second)
			rc.ServeHTTP(httptest.NewRecorder(), q.build(t))
			if n := len(rc.Refusals()); n != min(i+1, keptRefusals) {
				t.Fatalf("%d are kept after %d", n, i+1)
			}
		}
		got := rc.Refusals()
		for i, r := range got {
			want := relay.Refusal{
				At: time.Now().Add(time.Duration(i+1-keptRefusals) * time.Second), Role: relay.RoleClient,
				Status: http.StatusUnauthorized, Code: relay.CodeInvalidSignature,
			}
			if i == keptRefusals-1 {
				want.Code = relay.CodeMissingSignature
			}
			if !r.At.Equal(want.At) || r.Role != want.Role || r.Status != want.Status || r.Code != want.Code {
				t.Fatalf("refusal %d: got %+v, want %+v", i, r, want)
			}
		}
		if text := fmt.Sprintf("%+v", got); strings.Contains(text, "event_id") {
			t.Error("something of what was sent is kept")
		}
	})
}
