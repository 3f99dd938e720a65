//go:build wasip1

// Jsonnet as a WebAssembly reactor: the host writes a request into memory, calls `handle`, and reads the response.
// While a request runs, imports and native functions are asked of the host, which may take its time: the host
// suspends the WebAssembly stack until it has the answer. One request at a time.
package main

import (
	"errors"
	"runtime"
	"runtime/debug"
	"unsafe"
)

// The host keeps the reply to its last question. A question returns the reply's length, or -1-length when the reply
// is the text of an error.

//go:wasmimport jsonnet ask_import
func hostAskImport(from, path string) int32

//go:wasmimport jsonnet ask_native
func hostAskNative(name string, args unsafe.Pointer, size uint32) int32

// The path at which the last import was found becomes the reply.
//
//go:wasmimport jsonnet import_path
func hostImportPath() int32

//go:wasmimport jsonnet take_reply
func hostTakeReply(target unsafe.Pointer)

// A soft limit well below the hard one of the module's memory: the collector works harder before memory runs out.
const softMemoryLimit = 384 << 20

var request, response []byte

//go:wasmexport allocate
func allocate(size uint32) unsafe.Pointer {
	request = make([]byte, size)
	return unsafe.Pointer(unsafe.SliceData(request))
}

// handle answers the request and returns address<<32 | length of the response, valid until `release`.
//
//go:wasmexport handle
func handle() uint64 {
	bytes := request
	request = nil
	response = handleRequest(bytes, wasmHost{})
	return uint64(uintptr(unsafe.Pointer(unsafe.SliceData(response))))<<32 | uint64(len(response))
}

//go:wasmexport release
func release() { response = nil }

//go:wasmexport collect
func collect() { runtime.GC() }

func init() {
	debug.SetMemoryLimit(softMemoryLimit)
	patchStd()
}

func main() {}

type wasmHost struct{}

func (wasmHost) Import(from, path string) ([]byte, string, error) {
	contents, err := takeReply(hostAskImport(from, path))
	if err != nil {
		return nil, "", err
	}
	foundAt, err := takeReply(hostImportPath())
	return contents, string(foundAt), err
}

func (wasmHost) Native(name string, args []byte) ([]byte, error) {
	size := hostAskNative(name, unsafe.Pointer(unsafe.SliceData(args)), uint32(len(args)))
	runtime.KeepAlive(args)
	return takeReply(size)
}

func takeReply(size int32) ([]byte, error) {
	failed := size < 0
	if failed {
		size = -1 - size
	}
	reply := make([]byte, size)
	if size > 0 {
		hostTakeReply(unsafe.Pointer(unsafe.SliceData(reply)))
	}
	if failed {
		return nil, errors.New(string(reply))
	}
	return reply, nil
}
