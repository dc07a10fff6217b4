package metrics

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"vastrelay/app/status"

	"github.com/prometheus/client_golang/prometheus"
)

func TestTheClockIsToldOnceItIsMeasured(t *testing.T) {
	none := time.Duration(0)
	for _, tt := range []struct {
		name   string
		offset *time.Duration
		want   int
	}{
		{"not measured yet", nil, 0},
		{"measured, and right", &none, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			measured := status.Status{ClockOffset: tt.offset}
			c := collector{status: func() status.Status { return measured }}
			r := prometheus.NewPedanticRegistry()
			r.MustRegister(c)
			families, err := r.Gather()
			if err != nil {
				t.Fatal(err)
			}
			got := 0
			for _, f := range families {
				if f.GetName() == "vastrelay_clock_offset_seconds" {
					got += len(f.GetMetric())
				}
			}
			if got != tt.want {
				t.Errorf("got %d samples, want %d", got, tt.want)
			}
			text, err := json.Marshal(measured)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Count(string(text), "clock_offset_ns"); got != tt.want {
				t.Errorf("the status names the offset %d times, want %d", got, tt.want)
			}
		})
	}
}
