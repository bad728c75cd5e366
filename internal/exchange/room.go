package exchange

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

// room bounds what the answers that are in use take of memory, whoever uses them. An answer that is large is read when no other
// large one is being read and there is room for it; the room it takes is free again when nobody holds a part of its text any
// more, which is for the garbage collector to find out.
type room struct {
	// most is how many bytes may be in use for another large answer to be read.
	most int64
	// turn is taken by whoever reads a large answer.
	turn chan struct{}
	held atomic.Int64
	// tries is how often, and pause how far apart, it is looked whether there is room again.
	tries int
	pause time.Duration

	// read is how many bytes of large answers were read since garbage was last collected because of them.
	read atomic.Int64

	mu sync.Mutex
	// waiting is how many wait for their turn, since when, and waited how long somebody did before that.
	waiting int
	since   time.Time
	waited  time.Duration
}

// smallest is the size from which an answer counts, largest the size from which it is large, in bytes.
const smallest, largest = 64 << 10, 1 << 20

// mostGarbage is how many bytes of large answers are read before garbage is collected.
const mostGarbage = 128 << 20

func newRoom(most int64) *room {
	return &room{most: most, turn: make(chan struct{}, 1), tries: 10, pause: 50 * time.Millisecond}
}

// largeAnswerError says that an answer is a large one, and that it is not this reader's turn.
type largeAnswerError struct{}

func (*largeAnswerError) Error() string { return "another large answer is being read" }

// noRoomError says that a large answer was not read.
type noRoomError struct{ held, most int64 }

func (e *noRoomError) Error() string {
	return fmt.Sprintf("not read, because it is larger than %d MB, and what is still in use of other answers takes %d MB of %d; have the system give smaller pages, or ask with a lower concurrency",
		largest>>20, e.held>>20, e.most>>20)
}

// try takes the turn when nobody has it and there is room.
func (r *room) try() bool {
	if r.held.Load() > r.most {
		return false
	}
	select {
	case r.turn <- struct{}{}:
		return true
	default:
		return false
	}
}

// enter takes the turn when it comes and there is room. forget lets go of answers that are only kept in case that somebody
// asks again.
func (r *room) enter(ctx context.Context, forget func()) error {
	r.wait(1)
	defer r.wait(-1)
	select {
	case r.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	for tries := 0; r.held.Load() > r.most; tries++ {
		if tries == r.tries {
			r.leave()
			return &noRoomError{held: r.held.Load(), most: r.most}
		}
		forget()
		runtime.GC()
		timer := time.NewTimer(r.pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			r.leave()
			return ctx.Err()
		}
	}
	return nil
}

func (r *room) leave() { <-r.turn }

func (r *room) wait(more int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.waiting == 0 {
		r.since = time.Now()
	}
	if r.waiting += more; r.waiting == 0 {
		r.waited += time.Since(r.since)
	}
}

// waitedFor is how long answers have waited for room so far.
func (r *room) waitedFor() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.waiting == 0 {
		return r.waited
	}
	return r.waited + time.Since(r.since)
}

// add counts an answer for as long as any part of its text is in use.
func (r *room) add(body string) {
	if len(body) < smallest {
		return
	}
	// A collector that waits until the heap has grown by its share would let garbage of several times all that is in use stand.
	if len(body) > largest && r.read.Add(int64(len(body))) > mostGarbage {
		r.read.Store(0)
		runtime.GC()
	}
	taken := weight(body)
	r.held.Add(taken)
	//nolint:gosec // nothing is read or written through the pointer: it names the text that all parts of it keep alive
	runtime.AddCleanup(unsafe.StringData(body), func(taken int64) { r.held.Add(-taken) }, taken)
}

// weight is about how many bytes of memory a text in JSON takes, and what is made of it when it is read (see fhir.MaxTree).
func weight(body string) int64 {
	const object, item, mostTree = 344, 64, 640 << 20
	tree := object*strings.Count(body, "{") + item*(strings.Count(body, ",")+strings.Count(body, "["))
	return int64(len(body)) + int64(min(tree, mostTree))
}
