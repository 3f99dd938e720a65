package main

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// host serves imports and native functions. Either call may take long; an error ends the evaluation with its text.
type host interface {
	Import(from, path string) (contents []byte, foundAt string, err error)
	Native(name string, args []byte) (result []byte, err error)
}

type nativeSpec struct {
	Name   string   `json:"name"`
	Params []string `json:"params"`
}

type requestMessage struct {
	// "evaluate", "closure" or "inspect".
	Operation string `json:"operation"`
	// Path of the file, which the host serves like an import from "".
	Entrypoint string `json:"entrypoint"`
	// Paths of the files to inspect, served alike.
	Files []string `json:"files"`
	// Jsonnet calls that may be open at once.
	MaxStack       int          `json:"maxStack"`
	DeadlineMillis int64        `json:"deadlineMillis"`
	Natives        []nativeSpec `json:"natives"`
}

// responseMessage is what an evaluation says beside its value, which follows as raw JSON in the field "value".
type responseMessage struct {
	// What std.trace printed.
	Trace    string           `json:"trace"`
	Error    *evaluationError `json:"error,omitempty"`
	Warnings []missingImport  `json:"warnings,omitempty"`
	// One for each of the files to inspect.
	Inspections []inspection `json:"inspections,omitempty"`
}

// handleRequest answers one request; a panic of Go becomes an error of kind "crash".
func handleRequest(message []byte, host host) []byte {
	var response responseMessage
	var value string
	func() {
		defer func() {
			if cause := recover(); cause != nil {
				response.Error = &evaluationError{Kind: kindCrash, Message: fmt.Sprint(cause)}
			}
		}()
		var request requestMessage
		if err := json.Unmarshal(message, &request); err != nil {
			panic(err)
		}
		session := newSession(&request, host)
		switch request.Operation {
		case "closure":
			response.Warnings, response.Error = session.closure()
		case "inspect":
			response.Inspections = session.inspect()
		default:
			value, response.Error = session.evaluate()
		}
		response.Trace = session.trace.String()
	}()
	return encodeResponse(&response, value)
}

// encodeResponse appends the value, which is JSON already and may be large, without encoding it once more.
func encodeResponse(response *responseMessage, value string) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(response); err != nil {
		panic(err)
	}
	if response.Error == nil && value != "" {
		out.Truncate(bytes.LastIndexByte(out.Bytes(), '}'))
		out.WriteString(`,"value":`)
		out.WriteString(value)
		out.WriteByte('}')
	}
	return out.Bytes()
}
