package health

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"vastrelay/app/words"
)

// FindingState says what became of a check.
type FindingState string

// What can become of a check.
const (
	Passed  FindingState = "passed"
	Failed  FindingState = "failed"
	Skipped FindingState = "skipped" // it needs one that failed
)

// Finding is what a check has found.
type Finding struct {
	Code    string         `json:"check"`
	Name    words.Sentence `json:"-"` // in words
	State   FindingState   `json:"state"`
	Took    time.Duration  `json:"took_ns"`
	Text    words.Sentence `json:"text"` // one sentence: what was found, or the headline of what is wrong
	Problem Problem        `json:"-"`    // what is wrong; zero unless it failed
}

// Report is what all checks have found, in their order.
type Report struct {
	At       time.Time `json:"at"`
	Findings []Finding `json:"findings"`
}

// Failing returns the first check that failed; ok is false when all passed.
func (r Report) Failing() (f Finding, ok bool) {
	i := slices.IndexFunc(r.Findings, func(f Finding) bool { return f.State == Failed })
	if i < 0 {
		return Finding{}, false
	}
	return r.Findings[i], true
}

// Verdict is the sentence that the report comes to.
func (r Report) Verdict() words.Sentence {
	f, failed := r.Failing()
	if !failed {
		return words.New("doctor.all_well")
	}
	return words.New("doctor.fails", words.Args{"Name": f.Name, "Headline": f.Text})
}

// Text is the report to be copied to somebody who helps: what failed and why, and
// of what passed only that it did, since that may name people and addresses. It is
// in English, whatever the window speaks: whoever helps may speak another language.
// about says which program on which system, in one line.
func (r Report) Text(about string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n\n", about, r.At.UTC().Format("2006-01-02 15:04:05 UTC"))
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "%-8s %-24s %s\n", f.State, f.Name, f.Took.Round(time.Millisecond))
		if f.State != Failed {
			continue
		}
		for _, line := range []string{f.Problem.Headline.String(), f.Problem.Cause.String(), f.Problem.Next.String(), f.Problem.Details} {
			if line != "" {
				fmt.Fprintf(&b, "         %s\n", line)
			}
		}
	}
	fmt.Fprintf(&b, "\n%s\n", r.Verdict())
	return b.String()
}
