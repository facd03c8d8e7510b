// Package sbom lists the parts of a Go program: the modules that the Go linker noted in it, as
// CycloneDX 1.5 JSON (ECMA-424).
//
// sbom imports no other package of this module.
package sbom

import (
	"runtime/debug"
	"strings"
)

// BOM is a CycloneDX document. It has neither serial number nor time, so that the
// same program gives the same document.
type BOM struct {
	Format     string      `json:"bomFormat"`
	Spec       string      `json:"specVersion"`
	Version    int         `json:"version"`
	Metadata   Metadata    `json:"metadata"`
	Components []Component `json:"components"`
}

// Metadata names the program that the document is about.
type Metadata struct {
	Component Component `json:"component"`
}

// Component is the program or a module in it.
type Component struct {
	Type       string     `json:"type"`
	Ref        string     `json:"bom-ref"`
	Name       string     `json:"name"`
	Version    string     `json:"version"`
	PURL       string     `json:"purl"`
	Properties []Property `json:"properties,omitempty"`
}

// Property is a name and a value for which CycloneDX has no member.
type Property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// New lists what was linked: the standard library first, then the modules in the order of the build
// info, which is by path. A replaced module is listed as its replacement.
func New(info *debug.BuildInfo) BOM {
	program := newComponent("application", info.Main.Path, info.Main.Version, "")
	for _, s := range info.Settings {
		if strings.HasPrefix(s.Key, "vcs.") || s.Key == "GOOS" || s.Key == "GOARCH" || s.Key == "CGO_ENABLED" {
			program.Properties = append(program.Properties, Property{"go:build:" + s.Key, s.Value})
		}
	}
	b := BOM{Format: "CycloneDX", Spec: "1.5", Version: 1, Metadata: Metadata{program}}
	b.Components = append(b.Components, newComponent("library", "std", strings.TrimPrefix(info.GoVersion, "go"), ""))
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		b.Components = append(b.Components, newComponent("library", m.Path, m.Version, m.Sum))
	}
	return b
}

// newComponent names a module by package URL, type golang, which is in lower case.
// sum is the hash of go.sum.
func newComponent(kind, path, version, sum string) Component {
	purl := "pkg:golang/" + strings.ToLower(path)
	if version != "" {
		purl += "@" + strings.ReplaceAll(version, "+", "%2B")
	}
	c := Component{Type: kind, Ref: purl, Name: path, Version: version, PURL: purl}
	if sum != "" {
		c.Properties = []Property{{"go:sum", sum}}
	}
	return c
}
