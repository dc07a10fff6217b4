package checks

import (
	"errors"
	"testing"

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
