package intake

import (
	"container/list"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// MaxBody is the size in bytes up to which a delivery is read.
const MaxBody = 1 << 20

// What bodies may take up before their signatures can be checked. Anybody can
// send a header that looks signed, so memory is given for bytes that have
// arrived, never for bytes that are promised, and is bounded in total.
const (
	// smallBody is the size in bytes up to which a body never waits for others.
	// Every delivery that Vast.ai is known to send is a few hundred bytes long.
	smallBody = 16 << 10
	// smallTotal bounds the incomplete small bodies together. When it is
	// reached, the one that has kept the server waiting longest is refused.
	smallTotal = 2 << 20

	// largeTotal bounds all larger bodies together, until they are answered.
	largeTotal = 4 << 20
	// largeWait is how long a larger body waits for room.
	largeWait = 2 * time.Second
	// largeWaiting is how many larger bodies may wait. The tunnel keeps for each
	// what its sender has sent already.
	largeWaiting = 16
	// arriveWithin is how long a larger body may take to arrive once it has room,
	// and for how long net/http looks for the end of a body that has none.
	arriveWithin = 5 * time.Second

	// largeStep is the first room for a larger body; each further step doubles it.
	largeStep = 64 << 10

	// usualBody is the size in bytes up to which room for a small body is made
	// at once.
	usualBody = 4 << 10
	// spareRoom is what a buffer has beyond a body, to see the body's end.
	spareRoom = 512
)

var (
	errTooLarge   = errors.New("the body is too large")
	errOverloaded = errors.New("too many bodies are arriving")
)

// bodyReader reads the bodies of deliveries and bounds the memory that all of
// them take up together. It is safe for concurrent use.
type bodyReader struct {
	large   *semaphore.Weighted
	waiting atomic.Int32 // larger bodies that wait for room

	mu         sync.Mutex // guards all below
	small      *list.List // of *smallArrival: incomplete small bodies, oldest first
	smallBytes int
}

func newBodyReader() *bodyReader {
	return &bodyReader{large: semaphore.NewWeighted(largeTotal), small: list.New()}
}

// body is a request's body in memory. free must be called once the request is
// answered.
type body struct {
	bytes []byte
	free  func()
}

// read reads at most MaxBody bytes of r's body. Its error is errTooLarge,
// errOverloaded, or that of the connection.
//
// A body without room is left unread, and net/http closes its connection: the
// tunnel keeps up to 256 KiB for each open connection, whether the rest of it is
// read or not.
func (b *bodyReader) read(w http.ResponseWriter, r *http.Request) (whole body, err error) {
	if r.ContentLength > smallBody {
		whole, err = b.readLarge(w, r, nil)
	} else {
		whole, err = b.readSmall(w, r)
	}
	if errors.Is(err, errOverloaded) {
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(arriveWithin))
	}
	return whole, err
}

// smallArrival is a small body that is not complete yet.
type smallArrival struct {
	control *http.ResponseController
	bytes   int // of its buffer
	refused bool
}

// readSmall reads a body that may be small. One that turns out not to be goes on
// as a larger one.
func (b *bodyReader) readSmall(w http.ResponseWriter, r *http.Request) (body, error) {
	begun, whole, err := b.beginBody(w, r)
	if err != nil || whole {
		return body{bytes: begun, free: func() {}}, err
	}
	return b.readLarge(w, r, begun)
}

// beginBody reads up to smallBody bytes. whole is false when there is more.
func (b *bodyReader) beginBody(w http.ResponseWriter, r *http.Request) (begun []byte, whole bool, err error) {
	a := &smallArrival{control: http.NewResponseController(w)}
	defer b.removeSmall(b.addSmall(a))
	size := usualBody
	if r.ContentLength >= 0 {
		size = min(size, int(r.ContentLength))
	}
	buffer := b.growSmall(a, nil, size+spareRoom)
	for {
		n, err := r.Body.Read(buffer[len(buffer):cap(buffer)])
		buffer = buffer[:len(buffer)+n]
		switch {
		case errors.Is(err, io.EOF):
			return buffer, len(buffer) <= smallBody, nil
		case errors.Is(err, os.ErrDeadlineExceeded) && b.wasRefused(a):
			return nil, false, errOverloaded
		case err != nil:
			return nil, false, err
		case len(buffer) > smallBody:
			return buffer, false, nil
		case len(buffer) == cap(buffer):
			buffer = b.growSmall(a, buffer, smallBody+spareRoom)
		}
	}
}

// addSmall enters a as the newest incomplete small body.
func (b *bodyReader) addSmall(a *smallArrival) *list.Element {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.small.PushBack(a)
}

// removeSmall takes back what addSmall and growSmall have entered.
func (b *bodyReader) removeSmall(entry *list.Element) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if a, ok := b.small.Remove(entry).(*smallArrival); ok {
		b.smallBytes -= a.bytes
	}
}

// growSmall returns a buffer of the given capacity that holds what buffer does.
// Where that is more than smallTotal allows, the oldest bodies are refused:
// their connections get a read deadline that has passed. A body that arrives in
// one piece, as deliveries do, is never among them.
func (b *bodyReader) growSmall(a *smallArrival, buffer []byte, size int) []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.smallBytes += size - a.bytes
	a.bytes = size
	over := b.smallBytes - smallTotal
	for e := b.small.Front(); e != nil && over > 0; e = e.Next() {
		oldest, ok := e.Value.(*smallArrival)
		if !ok || oldest == a {
			break
		}
		over -= oldest.bytes
		if !oldest.refused {
			// Under the lock, so that the request's goroutine cannot end before.
			oldest.refused = oldest.control.SetReadDeadline(time.Now()) == nil
		}
	}
	return append(make([]byte, 0, size), buffer...)
}

func (b *bodyReader) wasRefused(a *smallArrival) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return a.refused
}

// readLarge reads on where begun ends.
func (b *bodyReader) readLarge(w http.ResponseWriter, r *http.Request, begun []byte) (whole body, err error) {
	var reserved int64
	free := func() { b.large.Release(reserved) }
	defer func() {
		if err != nil {
			free()
		}
	}()
	control := http.NewResponseController(w)
	most := MaxBody + spareRoom
	if r.ContentLength >= 0 {
		most = int(r.ContentLength) + spareRoom
	}
	buffer := begun
	for size := largeStep; ; size *= 2 {
		size = min(size, most)
		if int64(size) == reserved { // more than its header says
			return body{}, errTooLarge
		}
		if err := b.reserve(r.Context(), int64(size)-reserved); err != nil {
			return body{}, err
		}
		if reserved == 0 {
			// Without support for deadlines, as in tests, the server's own applies.
			_ = control.SetReadDeadline(time.Now().Add(arriveWithin))
		}
		reserved = int64(size)
		buffer = append(make([]byte, 0, size), buffer...)
		for len(buffer) < cap(buffer) {
			n, err := r.Body.Read(buffer[len(buffer):min(cap(buffer), MaxBody+1)])
			buffer = buffer[:len(buffer)+n]
			switch {
			case len(buffer) > MaxBody:
				return body{}, errTooLarge
			case errors.Is(err, io.EOF):
				_ = control.SetReadDeadline(time.Time{})
				return body{buffer, free}, nil
			case err != nil:
				return body{}, err
			}
		}
	}
}

// reserve waits until there is room for n more bytes of larger bodies.
func (b *bodyReader) reserve(ctx context.Context, n int64) error {
	if b.large.TryAcquire(n) {
		return nil
	}
	defer b.waiting.Add(-1)
	if b.waiting.Add(1) > largeWaiting {
		return errOverloaded
	}
	ctx, cancel := context.WithTimeout(ctx, largeWait)
	defer cancel()
	if b.large.Acquire(ctx, n) != nil {
		return errOverloaded
	}
	return nil
}
