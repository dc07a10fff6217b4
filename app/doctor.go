package app

import (
	"context"
	"errors"
	"runtime"
	"slices"

	"vastrelay/app/bridge"
	"vastrelay/app/build"
	"vastrelay/app/checks"
	"vastrelay/app/health"
	"vastrelay/app/words"
	"vastrelay/relay/redact"
	"vastrelay/relay/store"
)

// Doctor checks everything, one hop after the other. It is safe for concurrent
// use; tests that it sends wait for no other.
type Doctor struct {
	bridge   *bridge.Bridge
	store    *store.Store
	redactor *redact.Redactor
}

// Examine makes all checks and reports each as a step. Its error is that ctx
// ended.
func (d *Doctor) Examine(ctx context.Context, report func(health.Step)) (health.Report, error) {
	disk := checks.Check{
		Code: "disk", Name: words.Text("doctor.name.disk"),
		Run: func(ctx context.Context, _ func(health.Step)) (string, error) { return d.disk(ctx) },
	}
	all := slices.Insert(bridge.Checks(d.bridge), 1, disk)
	return checks.RunAll(ctx, all, report)
}

// disk writes a little where events are kept.
func (d *Doctor) disk(ctx context.Context) (string, error) {
	err := store.TryWrite(ctx, d.store)
	if err == nil {
		return words.Text("doctor.found.disk"), nil
	}
	if refused, ok := errors.AsType[*store.UnavailableError](err); ok {
		return "", health.New(health.DiskTrouble, words.Args{"Reason": refused.Reason.Sentence()})
	}
	return "", err
}

// Text is the report to be copied to somebody who helps. It holds no secret.
func (d *Doctor) Text(r health.Report) string {
	about := words.Text("doctor.about", words.Args{"Version": build.Current().Version, "System": runtime.GOOS + "/" + runtime.GOARCH})
	return d.redactor.Redact(r.Text(about))
}
