// Sends requests from standard input, one JSON object a line, and prints an answer for each, in their order:
//
//	echo '{"method": "identify", "files": ["party.jpg"]}' | go run ./ask -- face-worker --data faces
//
// Members: method, params, deadlineMs, key, files (attachments), cancelAfterEvents. A blank line waits for all answers.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"example.org/faceworker/faceworker"
)

type question struct {
	Method            string
	Params            json.RawMessage
	DeadlineMs        int64
	Key               string
	Files             []string
	CancelAfterEvents int
}

type reply struct {
	Events          []json.RawMessage `json:"events"`
	Result          json.RawMessage   `json:"result,omitempty"`
	Replayed        bool              `json:"replayed"`
	AttachmentBytes int               `json:"attachmentBytes"`
	Error           map[string]any    `json:"error,omitempty"`
}

func ask(worker *faceworker.Worker, q question) reply {
	ctx, cancel := context.WithCancel(context.Background())
	if q.DeadlineMs > 0 {
		ctx, cancel = context.WithTimeout(ctx, time.Duration(q.DeadlineMs)*time.Millisecond)
	}
	defer cancel()
	request := faceworker.Request{Method: q.Method, Key: q.Key}
	if q.Params != nil {
		request.Params = q.Params
	}
	for _, file := range q.Files {
		data, err := os.ReadFile(file)
		check(err)
		request.Attachments = append(request.Attachments, faceworker.Attachment{Data: data})
	}
	events, collected := make(chan json.RawMessage), make(chan []json.RawMessage)
	request.Events = events
	go func() {
		all := []json.RawMessage{}
		for event := range events {
			if all = append(all, event); len(all) == q.CancelAfterEvents {
				cancel()
			}
		}
		collected <- all
	}()
	answer, err := worker.Do(ctx, request)
	var wire *faceworker.Error
	if errors.As(err, &wire) {
		return reply{Events: <-collected, Error: map[string]any{"code": wire.Code, "retry": wire.Retry, "retryAfterMs": wire.RetryAfterMs}}
	}
	return reply{Events: <-collected, Result: answer.Result, Replayed: answer.Replayed, AttachmentBytes: len(answer.Attachments)}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "ask:", err)
		os.Exit(1)
	}
}

func main() {
	if len(os.Args) < 3 || os.Args[1] != "--" {
		check(errors.New("usage: ask -- WORKER OPTIONS"))
	}
	options := faceworker.Options{Command: os.Args[2:]}
	if ms, err := strconv.Atoi(os.Getenv("FACE_WORKER_START_MS")); err == nil {
		options.StartLimit = time.Duration(ms) * time.Millisecond
	}
	worker := faceworker.Start(options)
	var replies []chan reply
	flush := func() {
		for _, each := range replies {
			check(json.NewEncoder(os.Stdout).Encode(<-each))
		}
		replies = nil
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		if len(lines.Bytes()) == 0 {
			flush()
			continue
		}
		var q question
		check(json.Unmarshal(lines.Bytes(), &q))
		each := make(chan reply, 1)
		replies = append(replies, each)
		go func() { each <- ask(worker, q) }()
	}
	check(lines.Err())
	flush()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	status, err := worker.Close(ctx)
	check(err)
	check(json.NewEncoder(os.Stdout).Encode(map[string]any{"exitStatus": status}))
}
