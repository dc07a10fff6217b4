package checks

import (
	"context"
	"slices"
	"time"

	"vastrelay/app/health"
	"vastrelay/app/kinds"
	"vastrelay/app/webhooks"
	"vastrelay/app/words"
)

// checkDeadline bounds one check. The longest follows a test of each webhook to
// Google Chat.
const checkDeadline = 2 * time.Minute

// Check is one thing that can be proven by itself.
type Check struct {
	Code  string         // its name for programs
	Name  words.Sentence // what is looked at, in words
	Needs []string       // the codes of checks without which it would prove nothing

	// Run proves it, calling outside with a deadline of its own or none, and says
	// what was found as a sentence. What it finds wrong is a health.Problem, or an
	// error that Explain makes one of. report takes the steps of a check that has
	// several.
	Run func(ctx context.Context, report func(health.Step)) (found words.Sentence, err error)
}

// RunAll makes the checks in order, one after the other, and reports each as a step.
// It ends early only with ctx, whose end is the error.
func RunAll(ctx context.Context, all []Check, report func(health.Step)) (health.Report, error) {
	r := health.Report{At: time.Now()}
	for _, c := range all {
		f := c.look(ctx, r, report)
		if err := ctx.Err(); err != nil {
			return r, err
		}
		r.Findings = append(r.Findings, f)
	}
	return r, nil
}

// look makes the check, unless one that it needs has not passed.
func (c Check) look(ctx context.Context, r health.Report, report func(health.Step)) health.Finding {
	f := health.Finding{Code: c.Code, Name: c.Name}
	for _, needed := range c.Needs {
		i := slices.IndexFunc(r.Findings, func(f health.Finding) bool { return f.Code == needed })
		if i >= 0 && r.Findings[i].State != health.Passed {
			f.State, f.Text = health.Skipped, words.New("doctor.skipped", words.Args{"Name": r.Findings[i].Name})
			report(health.Step{Name: c.Name, State: health.StepSkipped, Text: f.Text})
			return f
		}
	}
	report(health.Step{Name: c.Name, State: health.StepRunning})
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, checkDeadline)
	defer cancel()
	found, err := c.Run(ctx, report)
	f.Took = time.Since(began)
	if err != nil {
		f.State, f.Problem = health.Failed, Explain(err)
		f.Text = f.Problem.Headline
		report(health.Step{Name: c.Name, State: health.StepFailed, Took: f.Took, Text: f.Problem.Short()})
		return f
	}
	f.State, f.Text = health.Passed, found
	report(health.Step{Name: c.Name, State: health.StepDone, Took: f.Took, Text: found})
	return f
}

// Channels proves that no type of the webhooks is switched off for webhooks in the
// preferences of the account with that id: subscribed, it still would not arrive.
// Its error is the API's, or the health.Problem that names the types.
func Channels(ctx context.Context, api API, owner int64, results []webhooks.Result) error {
	prefs, err := api.Preferences(ctx, owner)
	if err != nil {
		return err
	}
	off := webhooks.ChannelsOff(prefs, results)
	if len(off) == 0 {
		return nil
	}
	return health.New(health.ChannelsOff, words.Args{"Types": kinds.NamesOfKeys(off)})
}
