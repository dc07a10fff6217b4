package commands

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"vastrelay/app/health"
	"vastrelay/app/words"
)

func TestDoctor(t *testing.T) {
	refused := health.New(health.VastKeyRefused)
	d := &deeds{
		steps: []health.Step{
			{Name: words.Verbatim("Disk"), State: health.StepRunning},
			{Name: words.Verbatim("Disk"), State: health.StepDone, Took: 4 * time.Millisecond, Text: words.Verbatim("Events can be written to disk.")},
			{Name: words.Verbatim("Vast.ai key"), State: health.StepFailed, Text: words.Verbatim(refused.Error())},
			{Name: words.Verbatim("Webhooks"), State: health.StepSkipped, Text: words.Verbatim("Not checked: “Vast.ai key” must work first.")},
		},
		found: health.Report{At: time.Now(), Findings: []health.Finding{
			{Code: "disk", Name: words.Verbatim("Disk"), State: health.Passed, Text: words.Verbatim("Events can be written to disk.")},
			{Code: "key", Name: words.Verbatim("Vast.ai key"), State: health.Failed, Text: refused.Headline, Problem: refused},
			{Code: "webhooks", Name: words.Verbatim("Webhooks"), State: health.Skipped},
		}},
	}
	dir := serve(t, doing(d, &history{}))
	r := run(t, []string{dir}, "doctor")
	want := "✓ Disk: Events can be written to disk (4 ms)\n✗ Vast.ai key\n– Webhooks: Not checked: “Vast.ai key” must work first\n\n" +
		"Vast.ai key: The Vast.ai API key was refused.\n" + health.Sentences(refused.Cause.String(), refused.Next.String()) + "\n\n" +
		"This can be sent to somebody who helps; it holds no secret:\n\nthe report\n  of all checks\n"
	if r.code != ExitFailed || r.errors != "" || r.out != want {
		t.Errorf("got %+v, want code 1 and\n%s", r, want)
	}
	if r := run(t, []string{dir}, "doctor", "--report"); r.code != ExitFailed || r.out != "the report\n  of all checks\n" {
		t.Errorf("got %+v, want the report alone", r)
	}
	got := decode[doctorAnswer](t, run(t, []string{dir}, "doctor", "--json"), ExitFailed)
	if got.Failing != "key" || len(got.Checks) != 3 || got.Checks[1].Problem == nil || got.Checks[1].Problem.Code != string(health.VastKeyRefused) || got.Checks[0].Problem != nil {
		t.Errorf("got %+v, want the checks, and the problem of the one that failed", got)
	}
	d.found.Findings = d.found.Findings[:1]
	d.steps = d.steps[:2]
	r = run(t, []string{dir}, "doctor")
	r.want(t, ExitDone, "✓ Disk", "\n\nEverything works.\n")
	if strings.Contains(r.out, "report") {
		t.Errorf("got %q, want no report where all is well", r.out)
	}
}

func TestDoctorWhereNoCopyRuns(t *testing.T) {
	found := health.Report{At: time.Now(), Findings: []health.Finding{{Code: "disk", Name: words.Verbatim("Disk"), State: health.Passed}}}
	examined := 0
	run := func(err error, args ...string) result {
		var out, errs bytes.Buffer
		code := Run(t.Context(), Invocation{
			Args: append([]string{"doctor"}, args...), Flags: programFlags(), Folders: func() ([]string, error) { return []string{folder(t)}, nil },
			Examine: func(_ context.Context, report func(health.Step)) (health.Report, string, error) {
				examined++
				report(health.Step{Name: words.Verbatim("Disk"), State: health.StepDone, Text: words.Verbatim("Events can be written to disk.")})
				return found, "the report\n", err
			},
			Stdout: &out, Stderr: &errs,
		})
		return result{code, out.String(), errs.String()}
	}
	run(nil).want(t, ExitDone, "No copy of Vast Relay runs", "✓ Disk: Events can be written to disk\n", "Everything works.")
	if got := decode[doctorAnswer](t, run(nil, "--json"), ExitDone); got.Verdict != "Everything works." || len(got.Checks) != 1 {
		t.Errorf("got %+v", got)
	}
	if r := run(nil, "--report"); r.out != "the report\n" {
		t.Errorf("got %q, want the report alone", r.out)
	}
	if r := run(health.New(health.DiskRefuses)); r.code != ExitFailed || !strings.Contains(r.errors, health.New(health.DiskRefuses).Headline.String()) {
		t.Errorf("got %+v, want why no copy can be started", r)
	}
	if examined != 4 {
		t.Errorf("the checks were made %d times, want once for each command", examined)
	}
}
