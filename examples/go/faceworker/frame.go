package faceworker

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
)

const (
	maxFrame = 67_108_864
	header   = 16 // bytes of a frame between its length and its JSON
	magic    = 0xFA
	version  = 1

	kindRequest, kindCancel                     = 1, 2
	kindReady, kindEvent, kindResult, kindError = 16, 17, 18, 19
)

// frame is one message: the id is that of the request it belongs to, or 0 for the connection itself.
type frame struct {
	kind byte
	id   uint64
	json json.RawMessage
	blob []byte
}

// encode gives the bytes of a frame in pieces, so that attachments are not copied.
func encode(kind byte, id uint64, message any, blobs [][]byte) ([][]byte, error) {
	body, err := json.Marshal(message)
	if err != nil {
		return nil, err
	}
	length := header + len(body)
	for _, blob := range blobs {
		length += len(blob)
	}
	if length > maxFrame {
		return nil, fmt.Errorf("the request needs %d bytes, a frame holds %d", length, maxFrame)
	}
	head := make([]byte, 4+header, 4+header+len(body))
	binary.BigEndian.PutUint32(head, uint32(length))
	head[4], head[5], head[6] = magic, version, kind
	binary.BigEndian.PutUint64(head[8:], id)
	binary.BigEndian.PutUint32(head[16:], uint32(len(body)))
	return append([][]byte{append(head, body...)}, blobs...), nil
}

// readFrame gives the next frame, io.EOF at a clean end, and another error when the bytes are no frame.
func readFrame(r io.Reader) (frame, error) {
	var head [4 + header]byte
	if _, err := io.ReadFull(r, head[:4]); err != nil {
		return frame{}, err
	}
	length := binary.BigEndian.Uint32(head[:])
	if length < header || length > maxFrame {
		return frame{}, fmt.Errorf("the worker sent something that is no frame: %q", head[:4])
	}
	if _, err := io.ReadFull(r, head[4:]); err != nil {
		return frame{}, fmt.Errorf("the worker's output ended inside a frame: %w", err)
	}
	jsonLength := binary.BigEndian.Uint32(head[16:])
	if head[4] != magic || head[5] != version || head[7] != 0 || jsonLength > length-header {
		return frame{}, fmt.Errorf("the worker sent a frame with a wrong header: %x", head)
	}
	payload := make([]byte, length-header)
	if _, err := io.ReadFull(r, payload); err != nil {
		return frame{}, fmt.Errorf("the worker's output ended inside a frame: %w", err)
	}
	f := frame{head[6], binary.BigEndian.Uint64(head[8:]), payload[:jsonLength], payload[jsonLength:]}
	if !json.Valid(f.json) {
		return frame{}, fmt.Errorf("the worker sent JSON that cannot be read")
	}
	return f, nil
}
