package launch

import (
	"time"

	"vastrelay/app/health"
	"vastrelay/app/words"
)

// errDisplayLost is why the program stops when its display ends under it: the
// person logged out, or the display server crashed.
func errDisplayLost() error {
	return health.Problem{Headline: words.New("start.display.gone"), Cause: words.New("start.display.window_gone"), Next: words.New("start.display.again")}
}

// exitPatience is how long a goroutine that can do nothing useful any more
// waits for the end of the process. It is longer than any stop takes.
const exitPatience = 10 * time.Second

// monitorTitle is the title of the hidden window through which the toolkit
// learns that the system wants the program to quit: from the task manager of Windows,
// from the macOS dock, or because a Wayland compositor is gone. On X11 there is none;
// see busTray.
const monitorTitle = "SystrayMonitor"

// stopPatience is how long the windows wait for the rest of the program to stop, which
// takes no longer.
const stopPatience = 5 * time.Second

// quit ends the session. The rest of the program is told first: the toolkit can
// wait for itself for ever while it ends, because its event queue hands work to
// a main loop that may be over. The windows show what is still finished.
func (s *session) quit() {
	s.stop(nil)
	if s.stopped == nil {
		s.quitToolkit()
		return
	}
	if s.quitting {
		return
	}
	s.quitting = true
	s.stopping()
	s.work.Go(s.quitOnceStopped)
}

// endWithSession stops the program when the system ends the session of the person,
// and returns once the rest of the program has stopped: the system may end the process
// then.
func (s *session) endWithSession() {
	s.stop(nil)
	s.loop.post(s.quit)
	if s.stopped != nil {
		s.awaitStopped()
	}
}

// quitOnceStopped ends the toolkit when the rest of the program has stopped.
func (s *session) quitOnceStopped() {
	s.awaitStopped()
	s.loop.post(s.quitToolkit)
}

// awaitStopped waits for the rest of the program to stop.
func (s *session) awaitStopped() {
	select {
	case <-s.stopped:
	case <-time.After(stopPatience):
	}
}

// quitToolkit ends the toolkit's loop. What is still queued for it is dropped:
// the tray, for one, panics once it has begun to quit.
func (s *session) quitToolkit() {
	s.loop.end()
	s.app.Quit()
}

// interceptSystemQuit makes the system's wish to quit go through quit as well.
// Call it once the tray has been opened, which makes the monitor window.
func (s *session) interceptSystemQuit() {
	for _, w := range s.app.Driver().AllWindows() {
		if w.Title() == monitorTitle {
			w.SetCloseIntercept(s.quit)
		}
	}
}

// displayLost is called on the main goroutine when the connection to the
// display broke. There is no way back from it: Xlib ends the process when it
// returns. So it waits until the rest of the program has stopped, which then
// ends the process.
func displayLost(stop func(cause error)) {
	stop(errDisplayLost())
	waitForExit()
}

// waitForExit blocks for as long as a stop may take.
func waitForExit() { time.Sleep(exitPatience) }
