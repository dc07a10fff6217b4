package app

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"

	"vastrelay/app/demo"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// DemoControls start a demo, and show and drive the one that runs. Errors are a
// health.Problem. They are safe for concurrent use.
type DemoControls struct {
	demo *demo.Demo // nil: this run is no demo
}

// StartDemo starts the program once more, as a demo with a folder of its own.
// It goes on when this one ends.
func (d *DemoControls) StartDemo() error {
	path, err := os.Executable()
	if err != nil {
		return health.Problem{Headline: words.New("start.no_demo.failed"), Cause: words.New("start.no_demo.not_found"), Next: words.New("start.no_demo.by_hand"), Details: err.Error()}
	}
	cmd := exec.CommandContext(context.Background(), path, "--demo") //nolint:gosec // The program itself; it outlives this one on purpose.
	if err := cmd.Start(); err != nil {
		return health.Problem{Headline: words.New("start.no_demo.failed"), Next: words.New("start.no_demo.by_hand"), Details: err.Error()}
	}
	go func() { _ = cmd.Wait() }() // so that no zombie process stays; ends with this program at the latest
	return nil
}

// DemoSpace returns the messages of the demo's Chat space; nil outside it.
func (d *DemoControls) DemoSpace() []status.DemoMessage {
	if d.demo == nil {
		return nil
	}
	return d.demo.Messages()
}

// SendDemoEvent makes the demo's Vast.ai send one event.
func (d *DemoControls) SendDemoEvent(ctx context.Context) error {
	if d.demo == nil {
		return health.Problem{Headline: words.New("start.no_demo.none")}
	}
	return d.demo.Send(ctx)
}

// announcer prints each event as it is relayed: what the demo without a window
// has to show. It is safe for concurrent use.
type announcer struct {
	mu  *sync.Mutex
	out io.Writer // nil: silent
}

func newAnnouncer(out io.Writer) announcer { return announcer{mu: &sync.Mutex{}, out: out} }

// announcerFor returns the announcer of a run: that of a demo without a window prints.
func announcerFor(f flags, in Invocation) announcer {
	if f.demo && f.headless {
		return newAnnouncer(in.Stdout)
	}
	return newAnnouncer(nil)
}

func (a announcer) say(what string, e relay.Event) {
	if a.out == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	_, _ = fmt.Fprintf(a.out, "%-9s %s\n", what, relay.CleanLine(e.Title()))
}

// delivery announces new events.
func (a announcer) delivery(d relay.Delivery) {
	if d.Fresh && d.Verdict == relay.Accepted {
		a.say("accepted", d.Event)
	}
}

// post announces the events that are now in the space.
func (a announcer) post(p relay.Progress) {
	if !p.Result.Outcome.Delivered() {
		return
	}
	for _, e := range p.Post.Events {
		a.say("posted", e)
	}
}
