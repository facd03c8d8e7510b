// Package shipped builds the service as releases do, for the programs that measure it and try to
// break it.
//
// It imports no other package of this module.
package shipped

import (
	"context"
	"fmt"
	"os/exec"
)

// Tags are the build tags of the service. A test checks that the Makefile and the releases use
// them. They leave out code that calls methods by names that are known only at run time; for such
// code the linker keeps every exported method of every type. The code is the request pages of
// golang.org/x/net/trace in gRPC, and the rule validateFn of validator, which no configuration
// uses.
const Tags = "grpcnotrace,validator_novalidatefn"

// Build builds the service into the file to. dir is in the module. Releases use the linkerFlags "-s
// -w".
func Build(ctx context.Context, dir, to, linkerFlags string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-tags", Tags, "-ldflags", linkerFlags, "-o", to, "pschook/cmd/pschook") //nolint:gosec // flags of our own programs
	cmd.Dir, cmd.Env = dir, append(cmd.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build cmd/pschook: %w: %s", err, out)
	}
	return nil
}
