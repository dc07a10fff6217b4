package metrics

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"vastrelay/app/status"
)

// parsed reads metrics as Prometheus does.
func parsed(t *testing.T, text []byte) map[string]*dto.MetricFamily {
	t.Helper()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return families
}

// TestPrometheusReadsEveryMetric lets Prometheus's own parser and linter read them all.
func TestPrometheusReadsEveryMetric(t *testing.T) {
	all := collector{status: sampleStatus, lanes: lanes}.collect(t.Context())
	families := parsed(t, expose(all))
	for _, m := range all {
		f := families[prefix+m.name]
		if f == nil {
			t.Errorf("%s: got no samples, want some", m.name)
			continue
		}
		if got, want := strings.ToLower(f.GetType().String()), string(m.kind); got != want {
			t.Errorf("%s: got a %s, want a %s", m.name, got, want)
		}
		if got := f.GetHelp(); got != m.help {
			t.Errorf("%s: got help %q, want %q", m.name, got, m.help)
		}
	}
	if len(families) != len(all) {
		t.Errorf("got %d metrics, want each of the %d once", len(families), len(all))
	}
	problems, err := promlint.New(bytes.NewReader(expose(all))).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

func TestExposition(t *testing.T) {
	two := metric{name: "requests_total", kind: counter, help: `Of a "kind", \ and so on` + "\nto the end."}
	two.addCount(1<<53, label{"reason", "a \"quoted\" \\ and\na new line"}, label{"more", "ü"})
	two.addCount(2, label{"reason", ""}, label{"more", ""})
	tests := []struct {
		name string
		of   []metric
		want string
	}{
		{"nothing", nil, ""},
		{"a metric without samples is left out", []metric{{name: "clock_offset_seconds", kind: gauge, help: "h"}}, ""},
		{"a number", []metric{one("gap_seconds_total", counter, 0.25, "How long.")}, "# HELP vastrelay_gap_seconds_total How long.\n# TYPE vastrelay_gap_seconds_total counter\nvastrelay_gap_seconds_total 0.25\n"},
		{"characters that mean something", []metric{two}, `# HELP vastrelay_requests_total Of a "kind", \\ and so on\nto the end.` + "\n# TYPE vastrelay_requests_total counter\n" +
			`vastrelay_requests_total{reason="a \"quoted\" \\ and\na new line",more="ü"} 9.007199254740992e+15` + "\n" + `vastrelay_requests_total{reason="",more=""} 2` + "\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := expose(tt.of)
			if string(got) != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			parsed(t, got)
		})
	}
}

func TestHistogramOfCommits(t *testing.T) {
	h := parsed(t, expose(ofEvents(sampleStatus().Counters)))[prefix+"commit_duration_seconds"].GetMetric()[0].GetHistogram()
	if h.GetSampleCount() != 7 || h.GetSampleSum() != 1 || len(h.GetBucket()) != 2 {
		t.Errorf("got %v, want 7 commits of a second together, in the bucket of the sample and in that of all", h)
	}
}

// FuzzLabelValues looks whether Prometheus reads a value as it was.
func FuzzLabelValues(f *testing.F) {
	for _, value := range []string{"", "AAAA", `"`, `\`, `\n`, "\n", "\r", "}", "ü", "\x00"} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		value = strings.ToValidUTF8(value, "?") // The spaces of Google Chat are.
		m := metric{name: "lane_depth", kind: gauge, help: value}
		m.add(1, label{"space", value})
		got := parsed(t, expose([]metric{m}))["vastrelay_lane_depth"].GetMetric()[0].GetLabel()[0].GetValue()
		if got != value {
			t.Errorf("got %q, want %q", got, value)
		}
	})
}

func TestMetricsNameTheirFormat(t *testing.T) {
	s := &Server{o: Options{Status: sampleStatus}}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost/metrics", http.NoBody))
	if got := expfmt.ResponseFormat(w.Result().Header).FormatType(); got != expfmt.TypeTextPlain {
		t.Errorf("got %v for %q, want the text format", got, w.Header().Get("Content-Type"))
	}
}

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
			families := parsed(t, expose(c.collect(t.Context())))
			if got := len(families["vastrelay_clock_offset_seconds"].GetMetric()); got != tt.want {
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
