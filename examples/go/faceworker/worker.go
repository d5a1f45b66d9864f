// Package faceworker talks to face-worker with nothing but the standard library.
//
//	worker := faceworker.Start(faceworker.Options{Command: []string{"face-worker", "--data", "faces"}})
//	defer worker.Close(context.Background())
//	answer, err := worker.Do(ctx, faceworker.Request{Method: "identify", Attachments: []faceworker.Attachment{{Data: photo}}})
//
// A worker that dies is replaced: what it had in flight fails with the code sessionLost, later requests go to the next
// one. Every method may be called from any goroutine. The wire format is described in PROTOCOL.md.
package faceworker

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// grace is how long a request that was cancelled or has expired waits for the worker to say so itself.
const grace = time.Second

// maxFailures is how many workers may die without a single answer before no further one is started.
const maxFailures = 5

// Options say what to run. Everything but Command has a default.
type Options struct {
	Command     []string
	StartLimit  time.Duration         // how long a worker may take to become ready; 30 s
	MaxInFlight int                   // requests the worker has at a time; 64
	OnLog       func(line string)     // each line of the worker's log
	OnEvent     func(json.RawMessage) // events about the connection itself
}

// Ready is what the worker said of itself; JSON has all of it.
type Ready struct {
	Protocol int    `json:"protocol"`
	PID      int    `json:"pid"`
	BootID   string `json:"bootID"`
	Models   []struct {
		ID string `json:"id"`
	} `json:"models"`
	JSON json.RawMessage `json:"-"`
}

// Attachment is an image behind a request. Type, Width, Height and Stride describe raw pixels.
type Attachment struct {
	Data   []byte `json:"-"`
	Length int    `json:"length"` // filled in by Do
	Name   string `json:"name,omitempty"`
	Type   string `json:"type,omitempty"`
	Width  int    `json:"width,omitempty"`
	Height int    `json:"height,omitempty"`
	Stride int    `json:"stride,omitempty"`
}

// Request is what Do sends. The context's deadline becomes the request's.
type Request struct {
	Method      string
	Params      any
	Key         string
	Attachments []Attachment
	Events      chan<- json.RawMessage // gets the events, and is closed at the end; somebody must read it
}

// Answer is a result, and the bytes behind its frame.
type Answer struct {
	Result      json.RawMessage `json:"result"`
	Timing      json.RawMessage `json:"timing"`
	Generation  int64           `json:"generation"`
	Replayed    bool            `json:"replayed"`
	Attachments []byte          `json:"-"`
}

// Error is an error answer, or sessionLost when the worker died. Code is for programs; Retry is never, now or later.
type Error struct {
	Code         string          `json:"code"`
	Message      string          `json:"message"`
	Retry        string          `json:"retry"`
	RetryAfterMs *float64        `json:"retryAfterMs"`
	Details      json.RawMessage `json:"details"`
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Is makes errors.Is(err, context.Canceled) and context.DeadlineExceeded work, whoever noticed first.
func (e *Error) Is(target error) bool {
	return e.Code == "cancelled" && target == context.Canceled ||
		e.Code == "deadlineExceeded" && target == context.DeadlineExceeded
}

func parseError(message json.RawMessage) *Error {
	var answer struct{ Error Error }
	if err := json.Unmarshal(message, &answer); err != nil || answer.Error.Code == "" {
		return &Error{Code: "internal", Message: "the worker sent an error that cannot be read", Retry: "never"}
	}
	return &answer.Error
}

func gaveUp(ctx context.Context) *Error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &Error{Code: "deadlineExceeded", Message: "the deadline passed", Retry: "now"}
	}
	return &Error{Code: "cancelled", Message: "the request was cancelled", Retry: "now"}
}

// Worker keeps a face-worker process running.
type Worker struct {
	options Options
	slots   chan struct{}
	ids     atomic.Uint64
	stop    chan struct{} // closed by Close
	stopped sync.Once

	mu      sync.Mutex
	current *process
	dead    *Error // why no further worker is started
}

// Start spawns the worker and returns at once; requests wait until it is ready.
func Start(options Options) *Worker {
	if options.StartLimit == 0 {
		options.StartLimit = 30 * time.Second
	}
	if options.MaxInFlight == 0 {
		options.MaxInFlight = 64
	}
	w := &Worker{options: options, slots: make(chan struct{}, options.MaxInFlight), stop: make(chan struct{})}
	w.current = start(options)
	go w.keepAlive(w.current)
	return w
}

// keepAlive replaces the worker when it dies.
func (w *Worker) keepAlive(p *process) {
	failures := 0
	for {
		<-p.gone
		if failures++; p.answered {
			failures = 1
		}
		var next *process
		var dead *Error
		if failures >= maxFailures {
			dead = &Error{Code: "sessionLost", Message: p.failure.Message, Retry: "never"}
		} else {
			select {
			case <-time.After(50 * time.Millisecond << failures):
				next = start(w.options)
			case <-w.stop:
				dead = &Error{Code: "sessionLost", Message: "the worker was closed", Retry: "never"}
			}
		}
		w.mu.Lock()
		w.dead = dead
		if next != nil {
			w.current = next
		}
		w.mu.Unlock()
		close(p.replaced)
		if dead != nil {
			return
		}
		p = next
	}
}

// await gives a worker that is ready.
func (w *Worker) await(ctx context.Context) (*process, error) {
	for {
		w.mu.Lock()
		p, dead := w.current, w.dead
		w.mu.Unlock()
		if dead != nil {
			return nil, dead
		}
		select {
		case <-p.ready:
			select {
			case <-p.gone:
			default:
				return p, nil
			}
		case <-p.gone:
		case <-ctx.Done():
			return nil, gaveUp(ctx)
		}
		select {
		case <-p.replaced:
		case <-ctx.Done():
			return nil, gaveUp(ctx)
		}
	}
}

// Ready waits for a worker that serves and gives what it said of itself.
func (w *Worker) Ready(ctx context.Context) (Ready, error) {
	p, err := w.await(ctx)
	if err != nil {
		return Ready{}, err
	}
	return p.info, nil
}

// Do sends a request and waits for its answer; call it from as many goroutines as you like. When the context ends the
// worker is told. Every failure is an *Error.
func (w *Worker) Do(ctx context.Context, request Request) (*Answer, error) {
	if request.Events != nil {
		defer close(request.Events)
	}
	select {
	case w.slots <- struct{}{}:
		defer func() { <-w.slots }()
	case <-ctx.Done():
		return nil, gaveUp(ctx)
	}
	p, err := w.await(ctx)
	if err != nil {
		return nil, err
	}
	id := w.ids.Add(1) // never used again, so that no answer can reach the wrong request
	pieces, err := encodeRequest(ctx, id, request)
	if err != nil {
		return nil, &Error{Code: "badParams", Message: err.Error(), Retry: "never"}
	}
	c := p.register(id)
	defer p.forget(id)
	select {
	case p.writes <- pieces:
	case <-p.gone:
		return nil, p.failure
	case <-ctx.Done():
		return nil, gaveUp(ctx)
	}
	return c.wait(ctx, p, request.Events)
}

// Close ends the worker's input, lets it finish what it has, and gives its exit status. When the context ends before
// that, the worker is killed. Requests made later fail.
func (w *Worker) Close(ctx context.Context) (int, error) {
	w.stopped.Do(func() { close(w.stop) })
	for {
		w.mu.Lock()
		p := w.current
		w.mu.Unlock()
		p.endOnce.Do(func() { close(p.endInput) })
		select {
		case <-p.gone:
		case <-ctx.Done():
			p.kill("the worker did not end in time")
			<-p.gone
		}
		<-p.replaced
		w.mu.Lock()
		last := w.current == p
		w.mu.Unlock()
		if last {
			return p.cmd.ProcessState.ExitCode(), nil
		}
	}
}
