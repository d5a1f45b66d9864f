// The scenario that every host example passes: go run ./scenario PHOTOS -- WORKER OPTIONS...
// Each step prints one line; ../test_hosts.py compares them with those of the other languages.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"example.org/faceworker/faceworker"
)

type seen struct {
	Index int
	Error *faceworker.Error
	Faces []struct{ Identity *struct{ Subject string } }
}

// names says whom an answer or event names, the largest face first.
func names(message json.RawMessage) string {
	var answer seen
	check(json.Unmarshal(message, &answer))
	if answer.Error != nil {
		return answer.Error.Code
	}
	var all []string
	for _, face := range answer.Faces {
		if face.Identity == nil {
			all = append(all, "unknown")
		} else {
			all = append(all, face.Identity.Subject)
		}
	}
	return strings.Join(all, " and ")
}

func outcome(_ *faceworker.Answer, err error) string {
	var wire *faceworker.Error
	if errors.As(err, &wire) {
		return wire.Code + ", retry " + wire.Retry
	}
	return fmt.Sprint("no error, but ", err)
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "scenario:", err)
		os.Exit(1)
	}
}

func images(data ...[]byte) (attachments []faceworker.Attachment) {
	for _, each := range data {
		attachments = append(attachments, faceworker.Attachment{Data: each})
	}
	return attachments
}

func repeat(data []byte, count int) (attachments []faceworker.Attachment) {
	for i := 0; i < count; i++ {
		attachments = append(attachments, faceworker.Attachment{Data: data})
	}
	return attachments
}

func main() {
	if len(os.Args) < 4 || os.Args[2] != "--" {
		check(errors.New("usage: scenario PHOTOS -- WORKER OPTIONS"))
	}
	photo := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join(os.Args[1], name))
		check(err)
		return data
	}
	obama3, hopper, noImage := photo("obama3.jpg"), photo("grace_hopper.jpg"), []byte("This is no image.")
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	worker := faceworker.Start(faceworker.Options{Command: os.Args[3:]})

	enroll := func(subject string, photos ...[]byte) (result struct{ Added, Templates int }, replayed bool) {
		answer, err := worker.Do(ctx, faceworker.Request{
			Method: "enroll", Params: map[string]string{"subject": subject}, Key: "scenario-" + subject, Attachments: images(photos...),
		})
		check(err)
		check(json.Unmarshal(answer.Result, &result))
		return result, answer.Replayed
	}
	identify := func(image []byte) (*faceworker.Answer, error) {
		return worker.Do(ctx, faceworker.Request{Method: "identify", Attachments: images(image)})
	}
	identified := func(name string, image []byte) {
		answer, err := identify(image)
		check(err)
		fmt.Printf("identified %s: %s\n", name, names(answer.Result))
	}

	first, err := worker.Ready(ctx)
	check(err)
	var models []string
	for _, model := range first.Models {
		models = append(models, model.ID)
	}
	fmt.Printf("ready: protocol %d, %s\n", first.Protocol, strings.Join(models, ", "))
	for _, person := range []struct {
		subject string
		photos  [][]byte
	}{{"obama", [][]byte{photo("obama.jpg"), photo("obama2.jpg")}}, {"hopper", [][]byte{hopper}}} {
		result, _ := enroll(person.subject, person.photos...)
		fmt.Printf("enrolled %s: %d added, %d templates\n", person.subject, result.Added, result.Templates)
	}
	result, replayed := enroll("obama", photo("obama.jpg"), photo("obama2.jpg"))
	fmt.Printf("the same key again: replayed %v, %d templates\n", replayed, result.Templates)
	identified("obama3.jpg", obama3)
	identified("biden.jpg", photo("biden.jpg"))
	fmt.Println("a bad photo:", outcome(identify(noImage)))

	events, seenNames := make(chan json.RawMessage), make([]string, 3)
	done := make(chan *faceworker.Answer)
	go func() {
		answer, err := worker.Do(ctx, faceworker.Request{Method: "identify", Attachments: images(obama3, noImage, hopper), Events: events})
		check(err)
		done <- answer
	}()
	for event := range events {
		var one seen
		check(json.Unmarshal(event, &one))
		seenNames[one.Index] = names(event)
	}
	var counts struct{ Failed int }
	check(json.Unmarshal((<-done).Result, &counts))
	fmt.Printf("three photos: %s; %d failed\n", strings.Join(seenNames, ", "), counts.Failed)
	fmt.Println("an unknown method:", outcome(worker.Do(ctx, faceworker.Request{Method: "guess"})))
	soon, stopSoon := context.WithTimeout(ctx, time.Millisecond)
	fmt.Println("a deadline of 1 ms:", outcome(worker.Do(soon, faceworker.Request{Method: "identify", Attachments: images(obama3)})))
	stopSoon()

	// interrupt does something to a long request after its first event.
	interrupt := func(what func(cancel func())) string {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		events := make(chan json.RawMessage)
		go func() {
			<-events
			what(cancel)
			for range events {
			}
		}()
		return outcome(worker.Do(ctx, faceworker.Request{Method: "identify", Attachments: repeat(hopper, 24), Events: events}))
	}
	fmt.Println("cancelled after the first event:", interrupt(func(cancel func()) { cancel() }))

	var all sync.WaitGroup
	var answers atomic.Int32
	for i := 0; i < 300; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			gray := faceworker.Attachment{Data: make([]byte, 10_000), Type: "image/x-gray", Width: 100, Height: 100}
			answer, err := worker.Do(ctx, faceworker.Request{Method: "detect", Attachments: []faceworker.Attachment{gray}})
			check(err)
			if names(answer.Result) == "" {
				answers.Add(1)
			}
		}()
	}
	all.Wait()
	fmt.Printf("300 requests at once: %d answers\n", answers.Load())

	fmt.Println("killed in the middle:", interrupt(func(func()) { check(syscall.Kill(first.PID, syscall.SIGKILL)) }))
	second, err := worker.Ready(ctx)
	check(err)
	fmt.Printf("a new worker: %v\n", first.BootID != second.BootID)
	identified("obama3.jpg", obama3)
	result, replayed = enroll("hopper", hopper)
	fmt.Printf("the same key again: replayed %v, %d templates\n", replayed, result.Templates)
	fmt.Println("a bad photo:", outcome(identify(noImage)))
	identified("grace_hopper.jpg", hopper)
	status, err := worker.Close(ctx)
	check(err)
	fmt.Printf("closed: exit status %d\n", status)
}
