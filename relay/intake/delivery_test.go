package intake

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestEveryDeliveryHasItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d deadlines
		began := time.Now()
		for _, tt := range []struct{ at, end time.Duration }{
			{0, acceptDeadline},
			{deadlineStep / 2, acceptDeadline},
			{deadlineStep - 1, acceptDeadline},
			{deadlineStep, deadlineStep + acceptDeadline},
			{2*deadlineStep - 1, deadlineStep + acceptDeadline},
			{time.Minute, time.Minute + acceptDeadline},
		} {
			time.Sleep(tt.at - time.Since(began))
			ctx := d.next()
			if end, ok := ctx.Deadline(); !ok || end.Sub(began) != tt.end || ctx.Err() != nil {
				t.Errorf("at %v: ends at %v, %v, err %v; want %v", tt.at, end.Sub(began), ok, ctx.Err(), tt.end)
			}
		}
		last := d.next()
		<-last.Done()
		if took := time.Since(began); took != time.Minute+acceptDeadline {
			t.Errorf("the last one ended after %v, want its deadline", took)
		}
	})
}
