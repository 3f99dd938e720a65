package main

import (
	jsonnet "github.com/google/go-jsonnet"
	"github.com/google/go-jsonnet/ast"
	"github.com/google/go-jsonnet/toolutils"
)

// missingImport is a file of the closure that can't be had: not found, or not Jsonnet.
type missingImport struct {
	Kind    string   `json:"kind"`
	Message string   `json:"message"`
	Site    location `json:"site"`
}

const kindImport = "import"

// closure imports every file that the entrypoint may ever import, whichever branches an evaluation takes. What can't be
// had is a warning; only an entrypoint that can't be had is an error.
func (s *session) closure() ([]missingImport, *evaluationError) {
	vm := jsonnet.MakeVM()
	vm.Importer(s.importer)
	capture := &errorCapture{}
	node, path, err := vm.ImportAST("", s.request.Entrypoint)
	if err != nil {
		return nil, s.explain(capture, err)
	}
	var warnings []missingImport
	seen := map[string]bool{path: true}
	var visit func(path string, node ast.Node)
	visit = func(path string, node ast.Node) {
		forEachImport(node, func(imported string, isCode bool, site *ast.LocationRange) {
			contents, foundAt, err := s.importer.Import(path, imported)
			if err != nil {
				warnings = append(warnings, missingImport{kindImport, err.Error(), *orNowhere(locationOf(site, ""))})
				return
			}
			if !isCode || seen[foundAt] {
				return
			}
			seen[foundAt] = true
			child, err := jsonnet.SnippetToAST(foundAt, contents.String())
			if err != nil {
				failure := capture.failure(err)
				warnings = append(warnings, missingImport{failure.Kind, failure.Message, *orNowhere(failure.Location)})
				return
			}
			visit(foundAt, child)
		})
	}
	visit(path, node)
	return warnings, nil
}

// importSites tells for every file that came in the first place that imported it.
func (s *session) importSites() []importSite {
	var sites []importSite
	known := map[string]bool{}
	parsed := map[string]ast.Node{}
	for _, key := range s.importer.order {
		foundAt := s.importer.foundAt[key]
		contents, importerKnown := s.importer.contents[key.from]
		if known[foundAt] || !importerKnown {
			continue
		}
		known[foundAt] = true
		if _, done := parsed[key.from]; !done {
			// What can't be parsed (a nil node) imports nothing.
			parsed[key.from], _ = jsonnet.SnippetToAST(key.from, contents.String())
		}
		if at := siteOf(parsed[key.from], key.path); at != nil {
			sites = append(sites, importSite{foundAt, *at})
		}
	}
	return sites
}

func siteOf(node ast.Node, path string) *location {
	var first *location
	forEachImport(node, func(imported string, _ bool, site *ast.LocationRange) {
		if imported == path && first == nil {
			first = locationOf(site, "")
		}
	})
	return first
}

func forEachImport(node ast.Node, visit func(path string, isCode bool, site *ast.LocationRange)) {
	switch found := node.(type) {
	case nil:
		return
	case *ast.Import:
		visit(found.File.Value, true, found.Loc())
	case *ast.ImportStr:
		visit(found.File.Value, false, found.Loc())
	case *ast.ImportBin:
		visit(found.File.Value, false, found.Loc())
	default:
		for _, child := range toolutils.Children(node) {
			forEachImport(child, visit)
		}
	}
}

func orNowhere(at *location) *location {
	if at == nil {
		return &location{}
	}
	return at
}
