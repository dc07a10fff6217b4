package cloudflared

import (
	"os/exec"
	"runtime"
	"sync"
	"time"
)

// outputGrace is how long to wait for the end of a child's output once the child
// has ended: something that it started may hold the output open.
const outputGrace = 500 * time.Millisecond

// child is a process that cannot outlive this program.
type child struct {
	ended chan struct{} // closed once the process has ended
	err   error         // how it ended; to be read after ended

	mu    sync.Mutex // guards guard
	guard *guard     // nil once the process has ended
}

// guardError says that the process could not be tied to the life of this program,
// which is no fault of its file.
type guardError struct{ error }

// startChild starts cmd. What cmd.Stderr gets is complete when ended is closed.
func startChild(cmd *exec.Cmd) (*child, error) {
	cmd.WaitDelay = outputGrace
	guard, err := newGuard(cmd)
	if err != nil {
		return nil, guardError{err}
	}
	c := &child{guard: guard, ended: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		defer close(c.ended)
		// Linux sends the parent death signal when the thread ends that started the
		// child, so this goroutine keeps its thread until the child has ended:
		// https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html .
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer c.release()
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		if err := guard.bind(cmd.Process); err != nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			started <- guardError{err}
			return
		}
		started <- nil
		c.err = cmd.Wait()
	}()
	if err := <-started; err != nil {
		<-c.ended
		return nil, err
	}
	return c, nil
}

// stop asks the process to end, kills it after grace at the latest and waits until
// it has ended.
func (c *child) stop(grace time.Duration) {
	c.signal(func(g *guard) { grace = g.terminate(grace) })
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-c.ended:
		return
	case <-timer.C:
	}
	c.signal((*guard).kill)
	<-c.ended
}

// signal calls send unless the process has ended: its id may be another's by then.
func (c *child) signal(send func(*guard)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.guard != nil {
		send(c.guard)
	}
}

// release gives up the guard of a process that has ended.
func (c *child) release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.guard.release()
	c.guard = nil
}
