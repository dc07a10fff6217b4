package app_test

import (
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"vastrelay/app/status"
	"vastrelay/vastapi"
	"vastrelay/vastapi/vasttest"
)

// TestKilledAroundACallThatMakesASecret kills the program while Vast.ai's
// answer is out: the call may have been carried out or not, and the secret that
// it made is lost. The next start must hear every event, through one webhook.
func TestKilledAroundACallThatMakesASecret(t *testing.T) {
	t.Parallel()
	create := vasttest.Fault{Method: http.MethodPost, Route: "/webhooks/"}
	rotate := vasttest.Fault{Method: http.MethodPost, Route: "/webhooks/{id}/rotate-secret/"}
	tests := []struct {
		name      string
		fault     vasttest.Fault
		performed bool
	}{
		{"before a create is carried out", create, false},
		{"after a create is carried out", create, true},
		{"before a rotate is carried out", rotate, false},
		{"after a rotate is carried out", rotate, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			foreign := w.vast.SeedWebhook(w.account, vastapi.NewWebhook{URL: "https://other.example.net/hook", EventTypes: []string{"client:outbid"}, Name: "theirs"})
			theirs := w.hook(t, foreign)
			secret := w.vast.Secret(foreign)
			if tt.fault.Route == rotate.Route {
				w.prepareRotate(t)
			}
			w.vast.ForgetCalls()
			tt.fault.Perform, tt.fault.Hold = tt.performed, make(chan struct{})
			lift := w.vast.Inject(tt.fault)
			before := len(w.hooks())
			c := w.start(t, nil)
			eventually(t, "the call is out", func() bool { return w.vast.CountCalls(tt.fault.Method, tt.fault.Route) == 1 })
			if tt.performed && tt.fault.Route == create.Route {
				eventually(t, "the webhook is made", func() bool { return len(w.hooks()) == before+1 })
			}
			c.kill()
			lift()

			w.start(t, nil).reach(status.Relaying)
			if got := w.hooks(); len(got) != 2 {
				t.Fatalf("got webhooks %+v, want theirs and one of ours", got)
			}
			if got := w.hook(t, foreign); !reflect.DeepEqual(got, theirs) || w.vast.Secret(foreign) != secret {
				t.Errorf("got their webhook %+v, want it untouched: %+v", got, theirs)
			}
			w.vast.RemoveWebhook(foreign) // its address leads nowhere
			w.emit(t, vasttest.Emission{Subject: "after the crash"})
			eventually(t, "an event stands in Chat", func() bool { return w.count("after the crash") == 1 })
		})
	}
}

// prepareRotate makes the next start need a new secret.
func (w *world) prepareRotate(t *testing.T) {
	t.Helper()
	first := w.start(t, nil)
	first.reach(status.Relaying)
	first.stop()
	if err := os.Remove(filepath.Join(w.dir, "secrets.sealed")); err != nil {
		t.Fatal(err)
	}
}

// hook returns the webhook with that id.
func (w *world) hook(t *testing.T, id int64) vastapi.Webhook {
	t.Helper()
	for _, h := range w.hooks() {
		if h.ID == id {
			return h
		}
	}
	t.Fatalf("webhook %d is gone", id)
	return vastapi.Webhook{}
}
