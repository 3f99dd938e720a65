package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	jsonnet "github.com/google/go-jsonnet"
	"github.com/google/go-jsonnet/ast"
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

// Fields of std that the linter of go-jsonnet v0.22.0 has never heard of. A test holds this list against std itself.
var unknownToLinter = []string{
	"atan2", "deepJoin", "deg2rad", "equals", "escapeStringXML", "flattenDeepArray", "hypot", "id", "log10", "log2",
	"manifestToml", "pi", "rad2deg", "resolvePath",
}

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
	findings.lines = strings.Split(code, "\n")
	linter.LintSnippet(vm, io.Discard, []linter.Snippet{{FileName: path, Code: code}})
}

// findingCollector is an ErrorFormatter that keeps what the linter reports instead of making text of it.
type findingCollector struct {
	collected []finding
	// Those of the file that is linted.
	lines []string
}

func (c *findingCollector) add(kind, message string, site location) {
	c.collected = append(c.collected, finding{kind, message, site})
}

func (c *findingCollector) Format(err error) string {
	if cause, ok := err.(located); ok {
		place := cause.Loc()
		message := strings.TrimSpace(strings.TrimPrefix(cause.Error(), place.String()))
		if c.isStdField(message, &place) {
			return err.Error()
		}
		c.add(kindLint, message, *orNowhere(locationOf(&place, "")))
	} else {
		c.add(kindLint, err.Error(), location{})
	}
	return err.Error()
}
func (*findingCollector) SetMaxStackTraceSize(int)                 {}
func (*findingCollector) SetColorFormatter(jsonnet.ColorFormatter) {}

// isStdField recognises the complaint that std has no field of a name when it has.
func (c *findingCollector) isStdField(message string, place *ast.LocationRange) bool {
	name, found := strings.CutPrefix(message, "Indexed object has no field ")
	if !found {
		return false
	}
	if place.Begin.Line < 1 || place.Begin.Line > len(c.lines) || place.Begin.Column < 1 {
		return false
	}
	line := c.lines[place.Begin.Line-1]
	if place.Begin.Column > len(line) || !strings.HasPrefix(line[place.Begin.Column-1:], "std") {
		return false
	}
	return slices.ContainsFunc(unknownToLinter, func(field string) bool { return name == strconv.Quote(field) })
}
