package faceworker

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// process is one life of the worker. Its channels close when it is ready, when it is gone, and when there is a next one
// (or there will be none).
type process struct {
	cmd      *exec.Cmd
	stdin    io.WriteCloser
	writes   chan [][]byte // whole frames; one goroutine writes, so that a full pipe holds up no reader
	endInput chan struct{} // closed by Close
	endOnce  sync.Once
	ready    chan struct{}
	gone     chan struct{}
	replaced chan struct{}
	info     Ready  // once ready is closed
	failure  *Error // why it is gone; once gone is closed
	answered bool   // whether it answered any request; once gone is closed

	mu     sync.Mutex
	reason string // why it is not trusted any more, where we know better than its exit status
	calls  map[uint64]*call
}

// start spawns a worker and reads both of its outputs until they end. It never fails: a program that cannot be
// started is a process that is gone at once.
func start(options Options) *process {
	p := &process{
		cmd: exec.Command(options.Command[0], options.Command[1:]...), writes: make(chan [][]byte),
		endInput: make(chan struct{}), ready: make(chan struct{}), gone: make(chan struct{}), replaced: make(chan struct{}),
		calls: map[uint64]*call{},
	}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // Ctrl-C is for us; the worker ends when its input does
	stdin, err1 := p.cmd.StdinPipe()
	stdout, err2 := p.cmd.StdoutPipe()
	stderr, err3 := p.cmd.StderrPipe()
	for _, err := range []error{err1, err2, err3, p.cmd.Start()} {
		if err != nil {
			p.end(err.Error())
			return p
		}
	}
	p.stdin = stdin
	limit := time.AfterFunc(options.StartLimit, func() {
		p.kill(fmt.Sprintf("the worker was not ready after %v", options.StartLimit))
	})
	var readers sync.WaitGroup
	readers.Add(2)
	go func() {
		defer readers.Done()
		p.readFrames(bufio.NewReaderSize(stdout, 1<<16), options, limit)
		// Without output the worker is of no use, even if it should live on.
		time.AfterFunc(5*time.Second, func() { p.kill("the worker closed its output") })
	}()
	go func() {
		defer readers.Done()
		lines := bufio.NewScanner(stderr)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			if options.OnLog != nil {
				options.OnLog(lines.Text())
			}
		}
		_, _ = io.Copy(io.Discard, stderr) // after a line that is too long
	}()
	go p.writeFrames()
	go func() {
		readers.Wait() // Wait closes the pipes, so it must come last
		_ = p.cmd.Wait()
		limit.Stop()
		p.end(fmt.Sprintf("the worker ended: %v", p.cmd.ProcessState))
	}()
	return p
}

// end tells everybody that the worker is gone.
func (p *process) end(reason string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reason == "" {
		p.reason = reason
	}
	p.failure = &Error{Code: "sessionLost", Message: p.reason, Retry: "later"}
	close(p.gone)
}

// kill ends a worker that is not trusted any more.
func (p *process) kill(reason string) {
	p.mu.Lock()
	if p.reason == "" {
		p.reason = reason
	}
	p.mu.Unlock()
	if p.cmd.Process != nil {
		_ = p.cmd.Process.Kill()
	}
}

func (p *process) register(id uint64) *call {
	c := &call{id: id, signal: make(chan struct{}, 1)}
	p.mu.Lock()
	p.calls[id] = c
	p.mu.Unlock()
	return c
}

func (p *process) forget(id uint64) {
	p.mu.Lock()
	delete(p.calls, id)
	p.mu.Unlock()
}

// send gives a frame to the writer, or drops it with the worker.
func (p *process) send(pieces [][]byte) {
	select {
	case p.writes <- pieces:
	case <-p.gone:
	}
}

func (p *process) writeFrames() {
	defer p.stdin.Close()
	for {
		select {
		case pieces := <-p.writes:
			for _, piece := range pieces {
				if _, err := p.stdin.Write(piece); err != nil {
					return // a broken pipe: the exit tells more
				}
			}
		case <-p.endInput:
			return
		case <-p.gone:
			return
		}
	}
}

func (p *process) readFrames(r io.Reader, options Options, limit *time.Timer) {
	for {
		f, err := readFrame(r)
		if err == io.EOF {
			return
		}
		if err != nil {
			p.kill(err.Error())
			_, _ = io.Copy(io.Discard, r)
			return
		}
		p.receive(f, options, limit)
	}
}

// receive hands a frame to the call it belongs to. It never waits.
func (p *process) receive(f frame, options Options, limit *time.Timer) {
	p.mu.Lock()
	c := p.calls[f.id]
	if f.kind == kindResult || f.kind == kindError {
		delete(p.calls, f.id)
		p.answered = p.answered || f.id != 0
	}
	p.mu.Unlock()
	switch {
	case f.id == 0 && f.kind == kindReady:
		if limit.Stop(); json.Unmarshal(f.json, &p.info) == nil && p.info.JSON == nil {
			p.info.JSON = f.json
			close(p.ready)
		}
	case f.id == 0 && f.kind == kindError:
		p.mu.Lock()
		p.reason = parseError(f.json).Error()
		p.mu.Unlock()
	case f.id == 0 && f.kind == kindEvent && options.OnEvent != nil:
		options.OnEvent(f.json)
	case c != nil && f.kind >= kindEvent && f.kind <= kindError:
		c.put(f)
	} // kinds of later versions, and answers nobody waits for any more, are dropped
}
