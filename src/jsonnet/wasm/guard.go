package main

import (
	"runtime"
	"strings"
	"time"
	"unsafe"

	jsonnet "github.com/google/go-jsonnet"
	"github.com/google/go-jsonnet/ast"
)

const (
	// Bytes of Go stack between two unwindings of the WebAssembly stack.
	unwindEvery = 96 << 10
	// Nodes evaluated between two looks at the clock.
	nodesPerCheck = 1024
)

// guard watches an evaluation from inside, before each node.
type guard struct {
	deadline time.Time
	expired  bool
	// The node whose evaluation began last: the place of a timeout or crash.
	latest ast.Node
}

// location gives nothing inside the standard library, whose lines nobody can look at.
func (g *guard) location() *location {
	if g.latest == nil {
		return nil
	}
	at := locationOf(g.latest.Loc(), "")
	if at != nil && strings.HasPrefix(at.File, "<") {
		return nil
	}
	return at
}

// hookFields mirrors jsonnet.EvalHook, whose fields can't be set from outside its package (v0.22.0).
type hookFields struct {
	pre  func(interpreter unsafe.Pointer, node ast.Node)
	post func()
}

// A hook of another shape must not be overwritten: this fails to compile when its size changes.
var _ [unsafe.Sizeof(hookFields{})]struct{} = [unsafe.Sizeof(jsonnet.EvalHook{})]struct{}{}

// install does two things. Every unwindEvery bytes of Go stack it yields once: Go then unwinds the stack of the
// WebAssembly engine, which is far smaller than its own, and deep recursion can't overflow it. And after the deadline it
// ends the evaluation by a panic, which go-jsonnet recovers.
func (g *guard) install(vm *jsonnet.VM) {
	var nodes uint32
	var unwoundAt uintptr
	(*hookFields)(unsafe.Pointer(&vm.EvalHook)).pre = func(_ unsafe.Pointer, node ast.Node) {
		g.latest = node
		var mark byte
		stackPointer := uintptr(unsafe.Pointer(&mark))
		if stackPointer > unwoundAt {
			unwoundAt = stackPointer
		} else if unwoundAt-stackPointer > unwindEvery {
			runtime.Gosched()
			unwoundAt = uintptr(unsafe.Pointer(&mark))
		}
		nodes++
		if nodes%nodesPerCheck == 0 && time.Now().After(g.deadline) {
			g.expired = true
			panic("the deadline has passed")
		}
	}
}
