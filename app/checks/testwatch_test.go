package checks

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"vastrelay/app/health"
	"vastrelay/relay"
	"vastrelay/vastapi"
)

func TestWhatATestIsBlamedOn(t *testing.T) {
	forged := relay.Delivery{Role: relay.RoleClient, Status: 401, Code: relay.CodeInvalidSignature}
	unsettled := relay.Delivery{Role: relay.RoleClient, Status: 503, Code: relay.CodeUnsettledSignature}
	ofHost := relay.Delivery{Role: relay.RoleHost, Status: 401, Code: relay.CodeInvalidSignature}
	late := relay.Delivery{Role: relay.RoleClient, Event: relay.Event{Type: relay.TestType}, Status: 503, Code: relay.CodeClockUnmeasured, OffTime: true}
	notKept := relay.Delivery{Role: relay.RoleClient, Event: relay.Event{Type: "outbid"}, Status: 503, Code: relay.CodeStoreUnavailable}
	refused := &vastapi.Error{Class: vastapi.NotDeliverable}
	failed := &vastapi.Error{Class: vastapi.DeliveryFailed}
	limited := &vastapi.Error{Class: vastapi.RateLimited}
	unreachable := &vastapi.Error{Class: vastapi.Unreachable}
	unclear := &vastapi.Error{Class: vastapi.Unreachable, Unclear: true}
	for _, tt := range []struct {
		name string
		came []relay.Delivery
		err  error // of Vast.ai
		want error
	}{
		{"nothing came", nil, refused, refused},
		{"the test, with a secret that is not known here", []relay.Delivery{forged}, refused, health.New(health.TestSignatureWrong).With(relay.CodeInvalidSignature)},
		{"the same, while the secret is suspected", []relay.Delivery{unsettled}, failed, health.New(health.TestSignatureWrong).With(relay.CodeInvalidSignature)},
		{"the same, and the published answer to any refusal", []relay.Delivery{unsettled}, refused, health.New(health.TestSignatureWrong).With(relay.CodeInvalidSignature)},
		{"the test, and the answer to the call was lost", []relay.Delivery{forged}, unclear, health.New(health.TestSignatureWrong).With(relay.CodeInvalidSignature)},
		{"the test, off time", []relay.Delivery{late}, failed, health.New(health.TestOffTime).With(relay.CodeStaleTimestamp)},
		{"the test, off time, and then a stranger's delivery", []relay.Delivery{late, forged}, failed, health.New(health.TestOffTime).With(relay.CodeStaleTimestamp)},
		{"a stranger's delivery, and then the test, off time", []relay.Delivery{unsettled, late}, failed, health.New(health.TestOffTime).With(relay.CodeStaleTimestamp)},
		{"a stranger's delivery, while Vast.ai saw another answer", []relay.Delivery{forged}, failed, failed},
		{"a stranger's delivery, while Vast.ai sent no test", []relay.Delivery{forged}, limited, limited},
		{"a stranger's delivery, while Vast.ai was not reached", []relay.Delivery{forged}, unreachable, unreachable},
		{"a delivery to the other webhook", []relay.Delivery{ofHost}, refused, refused},
		{"a notification that could not be kept", []relay.Delivery{notKept}, refused, refused},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var watch TestWatch
			run := watch.Begin(relay.RoleClient, true)
			defer run.Close()
			for _, d := range tt.came {
				watch.Delivered(d)
			}
			if got := run.Blame(tt.err); !errors.Is(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// arrival is a test that was taken.
func arrival(role relay.Role, id string, verdict relay.Verdict) relay.Delivery {
	return relay.Delivery{
		Role: role, Status: http.StatusNoContent, Verdict: verdict, Arrived: time.Unix(100, 0),
		Event: relay.Event{ID: id, Role: role, Type: relay.TestType},
	}
}

func TestWhichEventsAreRecordedAlone(t *testing.T) {
	var watch TestWatch
	test := relay.Event{ID: "test-1", Type: relay.TestType}
	if watch.RecordOnly(test) {
		t.Error("a test that nobody asked for is not posted")
	}
	posted := watch.Begin(relay.RoleClient, false)
	defer posted.Close()
	if watch.RecordOnly(test) {
		t.Error("a person's test is not posted")
	}
	own := watch.Begin(relay.RoleClient, true)
	if !watch.RecordOnly(test) || watch.RecordOnly(relay.Event{ID: "ev-1", Type: "outbid"}) {
		t.Error("want the test alone recorded")
	}
	watch.Delivered(arrival(relay.RoleClient, "test-1", relay.Recorded))
	if !watch.RecordOnly(test) || watch.RecordOnly(relay.Event{ID: "test-2", Type: relay.TestType}) {
		t.Error("want the test that arrived recorded when it is delivered again, and no other")
	}
	own.Close()
	if watch.RecordOnly(test) {
		t.Error("a run that is closed has tests recorded")
	}
}

func TestARunFollowsItsOwnTest(t *testing.T) {
	var watch TestWatch
	waiting, client := watch.Begin(relay.RoleHost, false), watch.Begin(relay.RoleClient, false)
	defer waiting.Close()
	defer client.Close()
	watch.Delivered(arrival(relay.RoleClient, "test-1", relay.Recorded)) // one of the program's own
	if _, here := client.Arrived(); here {
		t.Error("a person's test is taken for arrived by one that is not posted")
	}
	watch.Delivered(arrival(relay.RoleClient, "test-2", relay.Accepted))
	watch.Delivered(arrival(relay.RoleClient, "test-3", relay.Accepted))
	if d, here := client.Arrived(); !here || d.Event.ID != "test-2" {
		t.Errorf("got %+v, want the first that arrived", d)
	}
	watch.Posted(relay.Progress{Post: relay.Post{Events: []relay.Event{{ID: "test-2"}}}, Result: relay.Result{Outcome: relay.Posted}})
	if r, there := client.posted(); !there || r.Outcome != relay.Posted {
		t.Errorf("got %+v, want its post seen beside a run that still waits", r)
	}
	if _, here := waiting.Arrived(); here {
		t.Error("the run for the other role has arrived")
	}
	if got := watch.LastDelivery(relay.RoleHost, relay.RoleClient); !got.Equal(time.Unix(100, 0)) {
		t.Errorf("got the last delivery at %v", got)
	}
	if got := watch.LastDelivery(relay.RoleHost); !got.IsZero() {
		t.Errorf("got a delivery for hosts at %v", got)
	}
}
