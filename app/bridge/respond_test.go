package bridge

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/app/status"
)

// TestRespond asks a bridge that works, one whose snapshot waits for another part
// for ever, and one whose pass does not end.
func TestRespond(t *testing.T) {
	t.Run("one that works", func(t *testing.T) {
		play(t, nil, func(t *testing.T, r *rig) {
			r.link(online())
			r.wantPhase(t, status.Relaying, "")
			for range 3 {
				if err := r.Reports.Respond(); err != nil {
					t.Error(err)
				}
				time.Sleep(time.Hour)
			}
		})
	})
	t.Run("one whose snapshot hangs", func(t *testing.T) {
		play(t, nil, func(t *testing.T, r *rig) {
			r.link(online())
			released := make(chan struct{})
			r.do(func() { r.counting = released })
			answered := make(chan error, 1)
			go func() { answered <- r.Reports.Respond() }()
			synctest.Wait()
			select {
			case err := <-answered:
				t.Errorf("got an answer: %v", err)
			default:
			}
			close(released)
			if err := <-answered; err != nil {
				t.Errorf("got %v once it goes on", err)
			}
		})
	})
	t.Run("one whose pass hangs", func(t *testing.T) {
		play(t, nil, func(t *testing.T, r *rig) {
			r.link(online())
			released := make(chan struct{})
			r.do(func() { r.reading = func(context.Context) error { <-released; return nil } })
			r.ApplySettings()
			time.Sleep(passLimit - time.Minute)
			if err := r.Reports.Respond(); err != nil {
				t.Errorf("got %v of a pass that takes its time", err)
			}
			time.Sleep(2 * time.Minute)
			if err := r.Reports.Respond(); err == nil {
				t.Error("got no error of a pass that hangs")
			}
			close(released)
			synctest.Wait()
			if err := r.Reports.Respond(); err != nil {
				t.Errorf("got %v once it has ended", err)
			}
		})
	})
}
