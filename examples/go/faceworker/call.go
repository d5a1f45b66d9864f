package faceworker

import (
	"context"
	"encoding/json"
	"sync"
	"time"
)

// call is a request in flight: a mailbox without a limit, so that the goroutine that reads the pipe never waits for
// whoever reads the events of one request.
type call struct {
	id     uint64
	mu     sync.Mutex
	frames []frame
	signal chan struct{} // has room for one: "there is something"
}

func (c *call) put(f frame) {
	c.mu.Lock()
	c.frames = append(c.frames, f)
	c.mu.Unlock()
	select {
	case c.signal <- struct{}{}:
	default:
	}
}

func (c *call) take() []frame {
	c.mu.Lock()
	defer c.mu.Unlock()
	frames := c.frames
	c.frames = nil
	return frames
}

// encodeRequest puts the context's deadline into the request.
func encodeRequest(ctx context.Context, id uint64, request Request) ([][]byte, error) {
	message := struct {
		Method      string       `json:"method"`
		Params      any          `json:"params,omitempty"`
		DeadlineMs  int64        `json:"deadlineMs,omitempty"`
		Key         string       `json:"key,omitempty"`
		Attachments []Attachment `json:"attachments,omitempty"`
	}{Method: request.Method, Params: request.Params, Key: request.Key}
	if deadline, ok := ctx.Deadline(); ok {
		message.DeadlineMs = time.Until(deadline).Milliseconds() + 1
		if message.DeadlineMs < 1 {
			message.DeadlineMs = 1
		}
	}
	var blobs [][]byte
	for _, attachment := range request.Attachments {
		attachment.Length = len(attachment.Data)
		message.Attachments = append(message.Attachments, attachment)
		blobs = append(blobs, attachment.Data)
	}
	return encode(kindRequest, id, message, blobs)
}

// cancel tells the worker, without waiting for room in the pipe.
func (c *call) cancel(p *process) {
	if pieces, err := encode(kindCancel, c.id, struct{}{}, nil); err == nil {
		go p.send(pieces)
	}
}

// wait passes events on until the terminal frame comes, the worker is gone, or the context ends and the worker does not
// answer within the grace.
func (c *call) wait(ctx context.Context, p *process, events chan<- json.RawMessage) (*Answer, error) {
	canceled, patience := ctx.Done(), (<-chan time.Time)(nil)
	for gone := false; ; {
		for _, f := range c.take() {
			switch {
			case f.kind == kindError:
				return nil, parseError(f.json)
			case f.kind == kindResult:
				answer := &Answer{Attachments: f.blob}
				if err := json.Unmarshal(f.json, answer); err != nil {
					return nil, &Error{Code: "internal", Message: err.Error(), Retry: "never"}
				}
				return answer, nil
			case events != nil && canceled != nil: // nobody reads them after a cancel
				select {
				case events <- f.json:
				case <-canceled:
				}
			}
		}
		if gone {
			return nil, p.failure
		}
		select {
		case <-c.signal:
		case <-p.gone: // what it said before is in the mailbox
			gone = true
		case <-canceled:
			canceled, patience = nil, time.After(grace)
			if ctx.Err() == context.Canceled { // the worker watches deadlines itself
				c.cancel(p)
			}
		case <-patience:
			c.cancel(p)
			return nil, gaveUp(ctx)
		}
	}
}
