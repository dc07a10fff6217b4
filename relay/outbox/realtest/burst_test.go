package realtest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/googlechat"
	"vastrelay/relay/googlechat/chattest"
	"vastrelay/relay/intake"
	"vastrelay/relay/outbox"
	"vastrelay/relay/store"
)

const (
	slowEnv     = "VASTRELAY_SLOW" // set to 1 to run what takes minutes
	wholeBurst  = 10_000           // then; a few digests otherwise
	shortBurst  = 150
	connections = 64
	hookSecret  = "stub-secret-0001"
)

// deliver posts one event as Vast.ai does and returns the status.
func deliver(ctx context.Context, client *http.Client, base string, i int, slug string) (int, error) {
	at := time.Now()
	body := fmt.Appendf(nil, `{"event_id":"%032x","user_id":4711,"notif_type":%q,"subject":"Your Instance #%d Has News","message":"Something happened.","timestamp":%d.5}`,
		i, slug, 100_000+i, at.Unix())
	stamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(hookSecret))
	mac.Write([]byte(stamp + "." + string(body)))
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+relay.RoleClient.Path(), bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("X-Vast-Timestamp", stamp)
	req.Header.Set("X-Vast-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	res, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	return res.StatusCode, err
}

// TestABurstOverTheRealParts sends a burst, by default a short one, of signed deliveries over real
// connections to the receiver, through the event store on disk and the sender
// to a space that refuses more than one message a second, and reads there what
// people would.
func TestABurstOverTheRealParts(t *testing.T) {
	burst := shortBurst
	if os.Getenv(slowEnv) == "1" {
		burst = wholeBurst
	}
	quiet := slog.New(slog.DiscardHandler)
	chat := chattest.New(chattest.Options{Pace: true})
	defer chat.Close()
	u, err := googlechat.ParseURL(chat.SpaceURL("AAAAspace"), googlechat.ParseOptions{ExtraHosts: []string{chat.Host()}})
	if err != nil {
		t.Fatal(err)
	}
	sender := googlechat.New(googlechat.Options{Logger: quiet, Location: time.UTC})
	defer sender.Close()
	sender.SetURL(u)

	memory, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "events.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := memory.Close(); err != nil {
			t.Error(err)
		}
	}()
	outbox := outbox.New(outbox.Options{Store: memory, Sender: sender, Logger: quiet})
	if _, err := outbox.AddDestination(t.Context(), u.Space(), ""); err != nil {
		t.Fatal(err)
	}
	verifier := intake.NewVerifier()
	verifier.AddSecret(relay.RoleClient, relay.NewSecret(hookSecret))
	receiver := intake.NewReceiver(intake.Options{Store: outbox, Verifier: verifier, Logger: quiet})
	server := httptest.NewServer(receiver)
	defer server.Close()

	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := outbox.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	defer running.Wait()
	defer stop()

	began := time.Now()
	sendBurst(t, server.URL, burst)
	t.Logf("%d events were accepted within %v", burst, time.Since(began).Round(time.Millisecond))
	for {
		b, err := outbox.Backlog(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if b.Count == 0 {
			break
		}
		if took := time.Since(began); took > 120*time.Second {
			t.Fatalf("%d posts still wait after %v", b.Count, took)
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Logf("all left within %v", time.Since(began).Round(time.Millisecond))
	wantNamedOnce(t, chat.Messages("AAAAspace"), burst)
	if n := outbox.Counters().Posts[relay.Posted]; int(n) != chat.Requests() { //nolint:gosec // Small.
		t.Errorf("%d requests for %d messages: the pace was refused", chat.Requests(), n)
	}
}

// sendBurst delivers all events over many connections; each must get its 204.
func sendBurst(t *testing.T, base string, burst int) {
	t.Helper()
	slugs := []string{"outbid", "instance_started", "idle_gpu", "low_credit", "near_end_date", "error_msgs", "payment_receipt"}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections}}
	defer client.CloseIdleConnections()
	var senders sync.WaitGroup
	for c := range connections {
		senders.Go(func() {
			for i := c; i < burst; i += connections {
				if status, err := deliver(t.Context(), client, base, i, slugs[i%len(slugs)]); status != http.StatusNoContent || err != nil {
					t.Errorf("event %d: %d %v", i, status, err)
				}
			}
		})
	}
	senders.Wait()
}

// wantNamedOnce looks for the number of every event in what stands in the
// space: in a digest's card, or as the text of a message of its own.
func wantNamedOnce(t *testing.T, messages []chattest.StoredMessage, burst int) {
	t.Helper()
	seen := make(map[string]int)
	for _, m := range messages {
		shown := m.Text
		if strings.Contains(m.CardTitle, "notifications") {
			shown = strings.Join(lines(t, m.Body), "\n")
		}
		for _, part := range strings.Split(shown, "#")[1:] {
			number, _, _ := strings.Cut(part, " ")
			seen[number]++
		}
	}
	for i := range burst {
		if n := seen[strconv.Itoa(100_000+i)]; n != 1 {
			t.Errorf("event %d is named %d times", i, n)
		}
	}
	t.Logf("%d messages name %d events", len(messages), len(seen))
}
