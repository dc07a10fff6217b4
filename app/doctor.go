package app

import (
	"context"
	"errors"
	"io"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"vastrelay/app/bridge"
	"vastrelay/app/build"
	"vastrelay/app/checks"
	"vastrelay/app/health"
	"vastrelay/app/status"
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

	last atomic.Pointer[health.Report] // of this run; nil: there is none
}

// Last returns the report of the last checks of this run; nil: there were none.
func (d *Doctor) Last() *health.Report { return d.last.Load() }

// Examine makes all checks and reports each as a step. Its error is that ctx
// ended.
func (d *Doctor) Examine(ctx context.Context, report func(health.Step)) (health.Report, error) {
	disk := checks.Check{
		Code: "disk", Name: words.New("doctor.name.disk"),
		Run: func(ctx context.Context, _ func(health.Step)) (words.Sentence, error) { return d.disk(ctx) },
	}
	all := slices.Insert(bridge.Checks(d.bridge), 1, disk)
	found, err := checks.RunAll(ctx, all, report)
	if err == nil {
		d.last.Store(&found)
	}
	return found, err
}

// disk writes a little where events are kept.
func (d *Doctor) disk(ctx context.Context) (words.Sentence, error) {
	err := store.TryWrite(ctx, d.store)
	if err == nil {
		return words.New("doctor.found.disk"), nil
	}
	if refused, ok := errors.AsType[*store.UnavailableError](err); ok {
		return words.Sentence{}, health.New(health.DiskTrouble, words.Args{"Reason": diskSentence(refused.Reason)})
	}
	return words.Sentence{}, err
}

// Text is the report to be copied to somebody who helps. It holds no secret.
func (d *Doctor) Text(r health.Report) string {
	about := words.English().Text("doctor.about", words.Args{"Version": build.Current().Version, "System": runtime.GOOS + "/" + runtime.GOARCH})
	return d.redactor.Redact(r.Text(about))
}

// settles is how long a program that was started for the checks may take to come up
// before they are made all the same.
const settles = 45 * time.Second

// examineAlone starts the program, without a window, for as long as the checks take,
// and returns the report and its text. What keeps it from starting is a
// health.Problem.
func examineAlone(ctx context.Context, f flags, in Invocation, report func(health.Step)) (health.Report, string, error) {
	f.headless = true
	in.Stdout, in.Stderr = io.Discard, io.Discard // the log goes to its file alone
	p, err := wire(ctx, f, in)
	if err != nil {
		problem, _ := refusal(err)
		return health.Report{}, "", problem
	}
	defer p.close()
	running, cancel := context.WithCancelCause(ctx)
	wait := p.start(running, cancel)
	defer wait()
	defer cancel(nil)
	p.awaitSettled(running)
	found, err := p.desktop.Support.Doctor.Examine(running, report)
	return found, p.desktop.Support.Doctor.Text(found), err
}

// awaitSettled returns once the program relays, or cannot before a person acts, or
// after settles.
func (p *Program) awaitSettled(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, settles)
	defer cancel()
	settled := make(chan struct{}, 1)
	look := func(status.Change) {
		s := p.desktop.Bridge.Status()
		_, stuck := needsPerson(s)
		if s.Receives() || stuck {
			select {
			case settled <- struct{}{}:
			default:
			}
		}
	}
	stop := p.desktop.Bridge.Watch(look)
	defer stop()
	look(status.Everything)
	select {
	case <-settled:
	case <-ctx.Done():
	}
}
