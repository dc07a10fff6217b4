package commands

import (
	"context"
	"testing"
	"time"

	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/relay"
)

// gapsOf are gaps, and what fetching their events comes to.
type gapsOf struct {
	*deeds
	gaps status.Gaps
	came status.CatchUp
}

func (g gapsOf) Gaps() status.Gaps {
	if g.gaps.Last == nil {
		g.gaps.Last = []status.Gap{}
	}
	return g.gaps
}

func (g gapsOf) CatchUp(context.Context) (status.CatchUp, error) { return g.came, g.did("catch up") }

// with is a program with these gaps.
func (g gapsOf) with() Program {
	p := quiet()
	p.Gaps = g
	return p
}

func TestGaps(t *testing.T) {
	now := time.Now()
	slept := status.DescribeGap(relay.Gap{Start: now.Add(-time.Hour), End: now.Add(-30 * time.Minute), Cause: relay.GapSleep, MayLose: true}, now)
	full := status.DescribeGap(relay.Gap{Start: now.Add(-2 * time.Hour), End: now.Add(-90 * time.Minute), Cause: relay.GapDisk}, now)
	open := status.DescribeGap(relay.Gap{Start: now.Add(-time.Minute), Cause: relay.GapTunnel, MayLose: true}, now)
	tests := []struct {
		name string
		gaps status.Gaps
		want []string
	}{
		{"none", status.Gaps{}, []string{"Deliveries could always arrive"}},
		{"some that have ended, newest first", status.Gaps{Last: []status.Gap{slept, full}}, []string{slept.Text.String() + " Events may be lost.\n" + full.Text.String() + "\n"}},
		{"one that is open", status.Gaps{Open: &open}, []string{"Not reachable since"}},
		{"some whose events can be fetched", status.Gaps{Last: []status.Gap{slept}, ByHand: true}, []string{"vastrelay catch-up"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := serve(t, gapsOf{deeds: &deeds{}, gaps: tt.gaps}.with())
			run(t, []string{dir}, "gaps").want(t, ExitDone, tt.want...)
			got := decode[status.Gaps](t, run(t, []string{dir}, "gaps", "--json"), ExitDone)
			if len(got.Last) != len(tt.gaps.Last) || (got.Open == nil) != (tt.gaps.Open == nil) {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestCatchUp(t *testing.T) {
	t.Run("says what came of it", func(t *testing.T) {
		g := gapsOf{deeds: &deeds{}, came: status.CatchUp{Found: 3, Relayed: 2}}
		dir := serve(t, g.with())
		run(t, []string{dir}, "catch-up").want(t, ExitDone, "2 events were fetched from Vast.ai's inbox.")
		if got := decode[catchUpAnswer](t, run(t, []string{dir}, "catch-up", "--json"), ExitDone); got.Found != 3 || got.Relayed != 2 || len(g.done) != 2 {
			t.Errorf("got %+v after %q", got, g.done)
		}
	})
	t.Run("says why it could not be done", func(t *testing.T) {
		g := gapsOf{deeds: &deeds{err: health.New(health.VastInboxUnusable)}}
		run(t, []string{serve(t, g.with())}, "catch-up").want(t, ExitFailed, health.New(health.VastInboxUnusable).Headline.String())
	})
}
