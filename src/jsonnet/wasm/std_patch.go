package main

import (
	jsonnet "github.com/google/go-jsonnet"
	"github.com/google/go-jsonnet/ast"
	"github.com/google/go-jsonnet/astgen"
)

// go-jsonnet writes std.format (and with it the operator %) in Jsonnet, character by character: milliseconds for each
// use in WebAssembly. This body asks the functions of format.go instead. Fields of an object that the format does not
// name stay unevaluated, as they do in the original.
const formatBody = `function(str, vals)
  if std.isObject(vals) then
    std.native('$formatObject')(str, [
      if std.objectHasAll(vals, key) then vals[key] else error 'No such field: ' + key
      for key in std.native('$formatKeys')(str)
    ])
  else std.native('$formatArray')(str, if std.isArray(vals) then vals else [vals])`

// patchStd replaces the body of std.format in the syntax tree that all interpreters of this process share. It panics
// when the tree is not as expected, which a test notices at once when go-jsonnet is updated.
func patchStd() {
	replacement, err := jsonnet.SnippetToAST("<std>", formatBody)
	if err != nil {
		panic(err)
	}
	function(stdField("format")).Body = replacement.(*ast.Function).Body
}

func stdField(name string) ast.Node {
	for _, field := range astgen.StdAst.Fields {
		if literal, ok := field.Name.(*ast.LiteralString); ok && literal.Value == name {
			return field.Body
		}
	}
	panic("std has no " + name)
}

// function gives the function below the locals that desugaring puts around it.
func function(node ast.Node) *ast.Function {
	for {
		switch inner := node.(type) {
		case *ast.Function:
			return inner
		case *ast.Local:
			node = inner.Body
		default:
			panic("not a function")
		}
	}
}

// registerFormat gives an interpreter the functions that formatBody asks.
func registerFormat(vm *jsonnet.VM) {
	for name, format := range map[string]func(format string, values []any) (any, error){
		"$formatArray":  func(format string, values []any) (any, error) { return formatArray(format, values) },
		"$formatObject": func(format string, values []any) (any, error) { return formatObject(format, values) },
	} {
		vm.NativeFunction(&jsonnet.NativeFunction{
			Name:   name,
			Params: ast.Identifiers{"str", "vals"},
			Func: func(args []any) (any, error) {
				text, values, err := formatArguments(args)
				if err != nil {
					return nil, err
				}
				return format(text, values)
			},
		})
	}
	vm.NativeFunction(&jsonnet.NativeFunction{
		Name:   "$formatKeys",
		Params: ast.Identifiers{"str"},
		Func: func(args []any) (any, error) {
			text, _, err := formatArguments([]any{args[0], []any{}})
			if err != nil {
				return nil, err
			}
			return formatKeys(text)
		},
	})
}
