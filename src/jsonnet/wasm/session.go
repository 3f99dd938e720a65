package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	jsonnet "github.com/google/go-jsonnet"
	"github.com/google/go-jsonnet/ast"
)

const (
	// How deep `render` may nest: each level has the whole stack for itself.
	maxRenderDepth = 4
	traceLimit     = 1 << 20
)

// session is one request: everything that its evaluation, and evaluations nested by `render`, share.
type session struct {
	request  *requestMessage
	host     host
	importer *sessionImporter
	trace    boundedText
	guard    guard
	depth    int
}

func newSession(request *requestMessage, host host) *session {
	return &session{
		request:  request,
		host:     host,
		importer: newSessionImporter(host),
		guard:    guard{deadline: time.Now().Add(time.Duration(request.DeadlineMillis) * time.Millisecond)},
	}
}

func (s *session) evaluate() (string, *evaluationError) {
	vm, capture := s.newVM()
	value, err := vm.EvaluateFile(s.request.Entrypoint)
	if err != nil {
		return "", s.explain(capture, err)
	}
	return value, nil
}

// newVM makes an interpreter of its own: its caches of values must not outlive one evaluation.
func (s *session) newVM() (*jsonnet.VM, *errorCapture) {
	vm := jsonnet.MakeVM()
	vm.MaxStack = s.request.MaxStack
	vm.Importer(s.importer)
	vm.SetTraceOut(&s.trace)
	capture := &errorCapture{}
	vm.ErrorFormatter = capture
	registerFormat(vm)
	for _, spec := range s.request.Natives {
		vm.NativeFunction(s.native(spec))
	}
	s.guard.install(vm)
	return vm, capture
}

func (s *session) native(spec nativeSpec) *jsonnet.NativeFunction {
	params := make(ast.Identifiers, len(spec.Params))
	for i, param := range spec.Params {
		params[i] = ast.Identifier(param)
	}
	ask := func(args []any) (any, error) { return s.askHost(spec.Name, args) }
	if spec.Name == "render" {
		ask = s.render
	}
	return &jsonnet.NativeFunction{Name: spec.Name, Params: params, Func: ask}
}

func (s *session) askHost(name string, args []any) (any, error) {
	encoded, err := json.Marshal(args)
	if err != nil {
		return nil, err
	}
	reply, err := s.host.Native(name, encoded)
	if err != nil {
		return nil, err
	}
	var value any
	err = json.Unmarshal(reply, &value)
	return value, err
}

// render is the native function of that name: it evaluates text as Jsonnet, with the same natives and imports, right
// here on top of the evaluation that asked. (The host could not: an instance serves one evaluation at a time.)
func (s *session) render(args []any) (any, error) {
	code, ok := args[0].(string)
	if !ok {
		return nil, errors.New("render expects a string")
	}
	if s.depth >= maxRenderDepth {
		return nil, fmt.Errorf("render is nested more than %d deep", maxRenderDepth)
	}
	s.depth++
	defer func() { s.depth-- }()
	vm, capture := s.newVM()
	//lint:ignore SA1019 the host resolves the imports of this name, which EvaluateAnonymousSnippet would not pass on
	text, err := vm.EvaluateSnippet("<render>", code)
	if err != nil {
		failure := capture.failure(err)
		place := "the rendered text"
		if failure.Location != nil {
			place = fmt.Sprintf("%s:%d:%d", place, failure.Location.Line, failure.Location.Column)
		}
		return nil, fmt.Errorf("%s: %s", place, failure.Message)
	}
	var value any
	err = json.Unmarshal([]byte(text), &value)
	return value, err
}

// sessionImporter asks the host once for every pair of importing file and import path.
type sessionImporter struct {
	host    host
	foundAt map[importKey]string
	// go-jsonnet insists on the same Contents for the same found path.
	contents map[string]jsonnet.Contents
	order    []importKey
}

type importKey struct{ from, path string }

func newSessionImporter(host host) *sessionImporter {
	return &sessionImporter{host: host, foundAt: map[importKey]string{}, contents: map[string]jsonnet.Contents{}}
}

// Import implements jsonnet.Importer.
func (i *sessionImporter) Import(from, path string) (jsonnet.Contents, string, error) {
	key := importKey{from, path}
	if foundAt, known := i.foundAt[key]; known {
		return i.contents[foundAt], foundAt, nil
	}
	bytes, foundAt, err := i.host.Import(from, path)
	if err != nil {
		return jsonnet.Contents{}, "", err
	}
	if _, known := i.contents[foundAt]; !known {
		i.contents[foundAt] = jsonnet.MakeContentsRaw(bytes)
	}
	i.foundAt[key] = foundAt
	i.order = append(i.order, key)
	return i.contents[foundAt], foundAt, nil
}

// boundedText keeps the first traceLimit bytes that are written to it.
type boundedText struct{ text []byte }

func (b *boundedText) Write(bytes []byte) (int, error) {
	room := traceLimit - len(b.text)
	b.text = append(b.text, bytes[:min(room, len(bytes))]...)
	return len(bytes), nil
}

func (b *boundedText) String() string { return string(b.text) }
