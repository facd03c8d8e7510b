// Command sbom lists the parts of a Go program: the modules that the Go linker noted in it, as CycloneDX 1.5 JSON
// (ECMA-424) on standard output, or the texts of their licences.
//
//	go run ./cmd/sbom PROGRAM >PROGRAM.cdx.json
//	go run ./cmd/sbom -notices PROGRAM >THIRD-PARTY-NOTICES
//
// It reads the program (package debug/buildinfo), so it names what is linked, not what go.mod merely mentions. It reads
// the texts from the module cache, where the build has put them. The bill of materials needs only the program.
package main

import (
	"context"
	"debug/buildinfo"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"

	"pschook/internal/sbom"
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
	return out.Encode(sbom.New(info))
}
