package main

import (
	"fmt"
	"io"
	"strings"

	jsonnet "github.com/google/go-jsonnet"
	"github.com/google/go-jsonnet/formatter"
	"github.com/google/go-jsonnet/linter"
)

// inspection is what can be said of a file without evaluating it.
type inspection struct {
	File     string    `json:"file"`
	Findings []finding `json:"findings"`
	// The file as the formatter would write it; left out when it is so already or can't be parsed.
	Formatted *string `json:"formatted,omitempty"`
}

type finding struct {
	// "import" (the file can't be had), "static" (not Jsonnet), "lint" or "crash" (of the linter or formatter).
	Kind    string   `json:"kind"`
	Message string   `json:"message"`
	Site    location `json:"site"`
}

const kindLint = "lint"

// inspect looks at several files, which share one interpreter: what many of them import is read and parsed once.
func (s *session) inspect() []inspection {
	vm := jsonnet.MakeVM()
	vm.Importer(s.importer)
	findings := &findingCollector{}
	vm.ErrorFormatter = findings
	inspections := make([]inspection, 0, len(s.request.Files))
	for _, path := range s.request.Files {
		findings.collected = []finding{}
		found := inspection{File: path}
		s.inspectFile(vm, path, &found, findings)
		found.Findings = findings.collected
		inspections = append(inspections, found)
	}
	return inspections
}

// inspectFile keeps a panic of the linter or formatter from hiding what it and other files have.
func (s *session) inspectFile(vm *jsonnet.VM, path string, found *inspection, findings *findingCollector) {
	defer func() {
		if cause := recover(); cause != nil {
			findings.add(kindCrash, fmt.Sprint(cause), location{File: path})
		}
	}()
	contents, _, err := s.importer.Import("", path)
	if err != nil {
		findings.add(kindImport, err.Error(), location{File: path})
		return
	}
	code := contents.String()
	if _, err := jsonnet.SnippetToAST(path, code); err != nil {
		failure := (&errorCapture{}).failure(err)
		findings.add(failure.Kind, failure.Message, *orNowhere(failure.Location))
		return
	}
	if formatted, err := formatter.Format(path, code, formatter.DefaultOptions()); err != nil {
		findings.add(kindCrash, err.Error(), location{File: path})
	} else if formatted != code {
		found.Formatted = &formatted
	}
	linter.LintSnippet(vm, io.Discard, []linter.Snippet{{FileName: path, Code: code}})
}

// findingCollector is an ErrorFormatter that keeps what the linter reports instead of making text of it.
type findingCollector struct{ collected []finding }

func (c *findingCollector) add(kind, message string, site location) {
	c.collected = append(c.collected, finding{kind, message, site})
}

func (c *findingCollector) Format(err error) string {
	if cause, ok := err.(located); ok {
		place := cause.Loc()
		message := strings.TrimSpace(strings.TrimPrefix(cause.Error(), place.String()))
		c.add(kindLint, message, *orNowhere(locationOf(&place, "")))
	} else {
		c.add(kindLint, err.Error(), location{})
	}
	return err.Error()
}
func (*findingCollector) SetMaxStackTraceSize(int)                 {}
func (*findingCollector) SetColorFormatter(jsonnet.ColorFormatter) {}
