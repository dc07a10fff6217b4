package checks

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"vastrelay/app/health"
	"vastrelay/app/words"
)

// check is a check named by its code that finds err.
func check(code string, err error, needs ...string) Check {
	return Check{Code: code, Name: words.Verbatim(strings.ToUpper(code)), Needs: needs, Run: func(context.Context, func(health.Step)) (words.Sentence, error) {
		return words.Verbatim(code + " is well of ada@example.net."), err
	}}
}

func TestRunAll(t *testing.T) {
	broken := health.New(health.VastKeyRefused)
	tests := []struct {
		name    string
		all     []Check
		want    string // the states in order
		verdict string
	}{
		{"nothing to check", nil, "", "Everything works."},
		{"all is well", []Check{check("a", nil), check("b", nil, "a")}, "a passed, b passed", "Everything works."},
		{"one fails", []Check{check("a", nil), check("b", broken)}, "a passed, b failed", "B: " + broken.Headline.String() + "."},
		{"what needs it is not checked", []Check{check("a", broken), check("b", nil, "a"), check("c", nil)}, "a failed, b skipped, c passed", "A: " + broken.Headline.String() + "."},
		{"nor what needs that", []Check{check("a", broken), check("b", nil, "a"), check("c", nil, "b")}, "a failed, b skipped, c skipped", "A: " + broken.Headline.String() + "."},
		{"of two that fail the first is named", []Check{check("a", nil), check("b", broken), check("c", errors.New("else"))}, "a passed, b failed, c failed", "B: " + broken.Headline.String() + "."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var steps []string
			r, err := RunAll(t.Context(), tt.all, func(s health.Step) { steps = append(steps, s.Name.String()+" "+string(s.State)) })
			if err != nil {
				t.Fatal(err)
			}
			var got, over []string
			for _, f := range r.Findings {
				got = append(got, f.Code+" "+string(f.State))
				over = append(over, strings.ToUpper(f.Code)+" "+strings.Replace(string(f.State), "passed", "done", 1))
			}
			if got := strings.Join(got, ", "); got != tt.want || r.Verdict().String() != tt.verdict {
				t.Errorf("got %q and %q, want %q and %q", got, r.Verdict(), tt.want, tt.verdict)
			}
			steps = slices.DeleteFunc(steps, func(s string) bool { return strings.HasSuffix(s, "running") })
			if !slices.Equal(steps, over) {
				t.Errorf("reported %q, want %q", steps, over)
			}
		})
	}
}

func TestRunAllEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	quits := Check{Code: "b", Run: func(context.Context, func(health.Step)) (words.Sentence, error) {
		cancel()
		return words.Sentence{}, errors.New("cut short")
	}}
	r, err := RunAll(ctx, []Check{check("a", nil), quits, check("c", nil)}, func(health.Step) {})
	if !errors.Is(err, context.Canceled) || len(r.Findings) != 1 {
		t.Errorf("got %+v and %v, want what was found until then", r.Findings, err)
	}
}

func TestTextNamesWhatFailsAndNobody(t *testing.T) {
	broken := health.New(health.WebhookGone).With("404")
	r, err := RunAll(t.Context(), []Check{check("key", nil), check("webhooks", broken)}, func(health.Step) {})
	if err != nil {
		t.Fatal(err)
	}
	text := r.Text("Vast Relay 1.0.0 on linux/amd64")
	for _, want := range []string{"Vast Relay 1.0.0 on linux/amd64", "passed   KEY", "failed   WEBHOOKS", broken.Headline.String(), broken.Cause.String(), broken.Next.String(), "404"} {
		if !strings.Contains(text, want) {
			t.Errorf("got\n%s\nwant %q in it", text, want)
		}
	}
	if strings.Contains(text, "ada@example.net") {
		t.Errorf("got\n%s\nwant nobody named", text)
	}
	if got := fmt.Sprint(r.Failing()); !strings.Contains(got, "webhooks") {
		t.Errorf("got %s", got)
	}
}
