package intake

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// slowBody yields what it is given, and then nothing until its deadline.
type slowBody struct {
	first    io.Reader
	deadline chan time.Time
	read     atomic.Int64
}

func (s *slowBody) Read(p []byte) (int, error) {
	if n, err := s.first.Read(p); err == nil {
		s.read.Add(int64(n))
		return n, nil
	}
	for at := <-s.deadline; ; {
		select {
		case at = <-s.deadline:
		case <-time.After(time.Until(at)):
			return 0, os.ErrDeadlineExceeded
		}
	}
}

// deadlined is a recorder whose read deadline reaches a slowBody.
type deadlined struct {
	*httptest.ResponseRecorder
	body *slowBody
}

func (d deadlined) SetReadDeadline(t time.Time) error {
	if t.IsZero() {
		t = time.Now().Add(time.Hour)
	}
	d.body.deadline <- t
	return nil
}

// stall sends a forged delivery whose body never ends after size bytes, and
// returns what it is answered.
func stall(t *testing.T, rc *Receiver, size int, chunked bool) (answered func() int, body *slowBody) {
	body = &slowBody{first: strings.NewReader(strings.Repeat("x", size)), deadline: make(chan time.Time, 8)}
	body.deadline <- time.Now().Add(30 * time.Second) // the server's own
	r := request{chunked: chunked, body: strings.Repeat("x", size+10)}.build(t)
	r.Body = io.NopCloser(body)
	w := deadlined{httptest.NewRecorder(), body}
	done := make(chan struct{})
	go func() { defer close(done); rc.ServeHTTP(w, r) }()
	return func() int { <-done; return w.Code }, body
}

func TestBodiesInFlightAreBounded(t *testing.T) {
	tests := []struct {
		name    string
		size    int
		chunked bool
		count   int
	}{
		{"large ones that stall", MaxBody - 10, false, 500},
		{"large ones without a length that stall", MaxBody - 10, true, 500},
		{"small ones that stall", smallBody - 10, false, 500},
		{"small ones without a length that stall", smallBody - 10, true, 500},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rc := situation{}.receiver(newIntake(), nil)
				var answers []func() int
				for range tt.count {
					answer, _ := stall(t, rc, tt.size, tt.chunked)
					answers = append(answers, answer)
				}
				synctest.Wait()
				if got := rc.bodies.smallBytes; got > smallTotal {
					t.Errorf("got %d bytes kept of small bodies, want at most %d", got, smallTotal)
				}
				if got := int(rc.bodies.waiting.Load()); got > largeWaiting {
					t.Errorf("got %d larger bodies waiting, want at most %d", got, largeWaiting)
				}
				began := time.Now()
				w := httptest.NewRecorder()
				rc.ServeHTTP(w, request{}.build(t))
				if took := time.Since(began); w.Code != http.StatusNoContent || took > 0 {
					t.Errorf("a delivery was answered %d after %v, want 204 at once", w.Code, took)
				}
				for _, answer := range answers {
					if got := answer(); got != http.StatusServiceUnavailable && got != http.StatusRequestTimeout {
						t.Fatalf("a body that stalled was answered %d, want 503 or 408", got)
					}
				}
				if got := rc.bodies.smallBytes; got != 0 || !rc.bodies.large.TryAcquire(largeTotal) {
					t.Errorf("got %d bytes of small bodies, or some of larger ones, still reserved after all were answered", got)
				}
			})
		})
	}
}

func TestALargeDeliveryBesideStalledOnes(t *testing.T) {
	large := request{body: strings.Repeat(" ", 200_000) + goodBody}
	tests := []struct {
		name    string
		stalled int
		want    int
		most    time.Duration // until the answer
	}{
		{"is taken at once while there is room", largeTotal/MaxBody - 1, 204, 0},
		// As many as have room: if one of them waited too, it could be given up at
		// the moment at which the delivery is, and leave its room to it.
		{"waits for room, and is then asked to come again", largeTotal / MaxBody, 503, largeWait + arriveWithin},
		{"is asked to come again where many wait already", 100, 503, largeWait + arriveWithin},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rc := situation{}.receiver(newIntake(), nil)
				for range tt.stalled {
					stall(t, rc, MaxBody-10, false)
				}
				synctest.Wait()
				began := time.Now()
				w := httptest.NewRecorder()
				rc.ServeHTTP(w, large.build(t))
				if took := time.Since(began); w.Code != tt.want || took > tt.most {
					t.Errorf("got %d after %v, want %d within %v", w.Code, took, tt.want, tt.most)
				}
				time.Sleep(time.Minute)
				again := httptest.NewRecorder()
				rc.ServeHTTP(again, large.build(t))
				if again.Code != http.StatusNoContent {
					t.Errorf("got %d once the others were given up, want 204", again.Code)
				}
			})
		})
	}
}

func TestABodyWithoutRoomIsRefusedUnread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rc := situation{}.receiver(newIntake(), nil)
		for range largeTotal/MaxBody + largeWaiting { // which take the room, and wait for it
			stall(t, rc, MaxBody-10, false)
		}
		synctest.Wait()
		began := time.Now()
		answer, last := stall(t, rc, MaxBody-10, false)
		if got := answer(); got != http.StatusServiceUnavailable || time.Since(began) > 0 {
			t.Errorf("got %d after %v, want 503 at once: the tunnel keeps what it has received for an open connection", got, time.Since(began))
		}
		if got := last.read.Load(); got != 0 {
			t.Errorf("got %d bytes read, want none", got)
		}
		time.Sleep(time.Minute)
	})
}

func TestMoreThanTheHeaderSays(t *testing.T) {
	rc := situation{}.receiver(newIntake(), nil)
	r := request{body: strings.Repeat(" ", smallBody+1)}.build(t)
	r.Body = io.NopCloser(new(endless))
	_, err := rc.bodies.read(httptest.NewRecorder(), r)
	if !errors.Is(err, errTooLarge) {
		t.Errorf("got %v, want the body refused", err)
	}
}
