// Command sbom says what a Go program is made of: the modules that the Go linker noted in it, as CycloneDX 1.5 JSON
// (ECMA-424) on standard output, or the texts of their licences.
//
//	go run ./cmd/sbom PROGRAM >PROGRAM.cdx.json
//	go run ./cmd/sbom -notices PROGRAM >THIRD-PARTY-NOTICES
//
// It goes by the program (package debug/buildinfo), so it names what is linked, not what go.mod merely mentions. The texts
// are read from the module cache, in which they are since the program was built; the bill of materials needs nothing
// but the program.
package main

import (
	"context"
	"debug/buildinfo"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1) // the only exit in the program
	}
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("sbom", flag.ContinueOnError)
	notices := flags.Bool("notices", false, "write the texts of the licences instead")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		return fmt.Errorf("got %d arguments, wanted the path of a Go program", flags.NArg())
	}
	info, err := buildinfo.ReadFile(flags.Arg(0))
	if err != nil {
		return err
	}
	if *notices {
		all, err := licenses(ctx, info)
		if err != nil {
			return err
		}
		return writeNotices(stdout, all)
	}
	out := json.NewEncoder(stdout)
	out.SetIndent("", "  ")
	return out.Encode(newBOM(info))
}

// bom is a CycloneDX document. It has neither serial number nor time, so that the
// same program gives the same document.
type bom struct {
	Format     string      `json:"bomFormat"`
	Spec       string      `json:"specVersion"`
	Version    int         `json:"version"`
	Metadata   metadata    `json:"metadata"`
	Components []component `json:"components"`
}

type metadata struct {
	Component component `json:"component"`
}

type component struct {
	Type       string     `json:"type"`
	Ref        string     `json:"bom-ref"`
	Name       string     `json:"name"`
	Version    string     `json:"version"`
	PURL       string     `json:"purl"`
	Properties []property `json:"properties,omitempty"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// newBOM lists what was linked: the standard library first, then the modules in
// the order of the build info, which is by path. A replaced module is what took its place.
func newBOM(info *debug.BuildInfo) bom {
	program := newComponent("application", info.Main.Path, info.Main.Version, "")
	for _, s := range info.Settings {
		if strings.HasPrefix(s.Key, "vcs.") || s.Key == "GOOS" || s.Key == "GOARCH" || s.Key == "CGO_ENABLED" {
			program.Properties = append(program.Properties, property{"go:build:" + s.Key, s.Value})
		}
	}
	b := bom{Format: "CycloneDX", Spec: "1.5", Version: 1, Metadata: metadata{program}}
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
func newComponent(kind, path, version, sum string) component {
	purl := "pkg:golang/" + strings.ToLower(path)
	if version != "" {
		purl += "@" + strings.ReplaceAll(version, "+", "%2B")
	}
	c := component{Type: kind, Ref: purl, Name: path, Version: version, PURL: purl}
	if sum != "" {
		c.Properties = []property{{"go:sum", sum}}
	}
	return c
}
