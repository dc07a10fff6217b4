package passes

import (
	"errors"
	"testing"
)

func TestAPassIsAskedForAllThatWasAskedSinceTheLast(t *testing.T) {
	lost := errors.New("a test got lost")
	tests := []struct {
		name  string
		ask   func(r *Requests)
		want  Request
		asked bool // Asked
		ends  bool // the pass under way
	}{
		{"nothing", func(*Requests) {}, Request{}, false, false},
		{"a look alone", (*Requests).Wake, Request{}, false, false},
		{"a start over", (*Requests).Restart, Request{Restart: true, Mended: true}, true, true},
		{
			"a sleep, and then a change", func(r *Requests) { r.RestartAfterSleep(); r.Restart() },
			Request{Restart: true, Slept: true, Reconnect: true, Mended: true},
			true, true,
		},
		{"a clock that is right again", (*Requests).RestartByClock, Request{Restart: true, ClockRight: true}, true, true},
		{
			"a check that disputes the status is no try that a person asked for", func(r *Requests) { r.CheckAgain(nil) },
			Request{Restart: true, Disputed: true},
			false, true,
		},
		{
			"a test that got lost, and another check", func(r *Requests) { r.CheckAgain(lost); r.CheckAgain(nil) },
			Request{Restart: true, Disputed: true, Undelivered: lost},
			false, true,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, ended := New(), false
			r.Begin(func() { ended = true })
			tt.ask(r)
			if got := r.Begin(func() {}); got != tt.want || got.Asked() != tt.asked || ended != tt.ends {
				t.Errorf("got %+v, asked %t, the pass under way ended %t, want %+v, %t, %t", got, got.Asked(), ended, tt.want, tt.asked, tt.ends)
			}
			if got := r.Begin(func() {}); got != (Request{}) {
				t.Errorf("got %+v for the pass after, want nothing twice", got)
			}
		})
	}
}

func TestTheLoopIsWokenOnceForAll(t *testing.T) {
	r := New()
	r.Wake()
	r.Restart()
	<-r.Woken()
	select {
	case <-r.Woken():
		t.Error("woken twice, want once for what one pass does")
	default:
	}
	r.Restart()
	select {
	case <-r.Woken():
	default:
		t.Error("not woken by a restart alone")
	}
}
