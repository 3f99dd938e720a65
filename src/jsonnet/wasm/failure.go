package main

import (
	"strings"

	jsonnet "github.com/google/go-jsonnet"
	"github.com/google/go-jsonnet/ast"
)

const (
	kindStatic  = "static"
	kindRuntime = "runtime"
	kindTimeout = "timeout"
	kindCrash   = "crash"
	// Innermost and outermost frames of a trace that are kept.
	framesPerEnd = 10
)

// location is a place in a file; Column counts bytes, both start at 1.
type location struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	// "function <f>", "object <anonymous>" …, or empty.
	Name string `json:"name,omitempty"`
}

type evaluationError struct {
	Kind     string    `json:"kind"`
	Message  string    `json:"message"`
	Location *location `json:"location,omitempty"`
	// Innermost first. Skipped frames stand between the two halves.
	Frames  []location `json:"frames,omitempty"`
	Skipped int        `json:"skipped,omitempty"`
	// How the files that were evaluated came in.
	Imports []importSite `json:"imports,omitempty"`
}

type importSite struct {
	FoundAt string   `json:"foundAt"`
	Site    location `json:"site"`
}

// located is the error of go-jsonnet's parser and static analysis, as it is seen from outside its module.
type located interface {
	error
	Loc() ast.LocationRange
}

// errorCapture is an ErrorFormatter that keeps the error as it is instead of making text of it.
type errorCapture struct{ last error }

func (c *errorCapture) Format(err error) string {
	c.last = err
	return err.Error()
}
func (*errorCapture) SetMaxStackTraceSize(int)                 {}
func (*errorCapture) SetColorFormatter(jsonnet.ColorFormatter) {}

func (c *errorCapture) failure(err error) *evaluationError {
	if c.last != nil {
		err = c.last
	}
	switch cause := err.(type) {
	case jsonnet.RuntimeError:
		return runtimeFailure(cause)
	case located:
		place := cause.Loc()
		at := locationOf(&place, "")
		return &evaluationError{
			Kind:     kindStatic,
			Message:  strings.TrimSpace(strings.TrimPrefix(cause.Error(), place.String())),
			Location: at,
		}
	default:
		// go-jsonnet recovers its own panics: a line with the cause, then the stack of Go.
		if cause, crashed := strings.CutPrefix(err.Error(), "(CRASH) "); crashed {
			cause, _, _ = strings.Cut(cause, "\n")
			return &evaluationError{Kind: kindCrash, Message: cause}
		}
		return &evaluationError{Kind: kindRuntime, Message: err.Error()}
	}
}

// runtimeFailure turns the trace around (go-jsonnet has the innermost frame last) and leaves out frames without a place.
func runtimeFailure(cause jsonnet.RuntimeError) *evaluationError {
	failure := &evaluationError{Kind: kindRuntime, Message: cause.Msg}
	var frames []location
	for i := len(cause.StackTrace) - 1; i >= 0; i-- {
		frame := cause.StackTrace[i]
		at := locationOf(&frame.Loc, frame.Name)
		if at == nil {
			continue
		}
		frames = append(frames, *at)
		if failure.Location == nil && !strings.HasPrefix(at.File, "<") {
			failure.Location = at
		}
	}
	failure.Frames = frames
	if skipped := len(frames) - 2*framesPerEnd; skipped > 0 {
		failure.Frames = append(append([]location{}, frames[:framesPerEnd]...), frames[framesPerEnd+skipped:]...)
		failure.Skipped = skipped
	}
	return failure
}

func locationOf(place *ast.LocationRange, name string) *location {
	if place == nil || place.Begin.Line == 0 {
		return nil
	}
	file := place.FileName
	if place.File != nil && place.File.DiagnosticFileName != "" {
		file = string(place.File.DiagnosticFileName)
	}
	return &location{File: file, Line: place.Begin.Line, Column: place.Begin.Column, Name: name}
}

// explain turns the error of the outermost evaluation into what the host is told.
func (s *session) explain(capture *errorCapture, err error) *evaluationError {
	failure := s.syntaxFailure(capture.failure(err))
	if s.guard.expired {
		failure = &evaluationError{Kind: kindTimeout, Message: "the deadline has passed"}
	}
	if failure.Location == nil {
		failure.Location = s.guard.location()
	}
	failure.Imports = s.importSites()
	return failure
}

// syntaxFailure recognises the error of a file that was imported but can't be parsed. go-jsonnet reports it at the place
// of the import, with the real place in its text; parsing the file again gives that place.
func (s *session) syntaxFailure(failure *evaluationError) *evaluationError {
	if failure.Kind != kindRuntime {
		return failure
	}
	for path, contents := range s.importer.contents {
		if !strings.HasPrefix(failure.Message, path+":") {
			continue
		}
		if _, err := jsonnet.SnippetToAST(path, contents.String()); err != nil && err.Error() == failure.Message {
			syntax := (&errorCapture{}).failure(err)
			syntax.Frames, syntax.Skipped = failure.Frames, failure.Skipped
			return syntax
		}
	}
	return failure
}
