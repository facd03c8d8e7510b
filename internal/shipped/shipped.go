// Package shipped builds the service as it is shipped, for the programs that measure it and try to break it.
//
// It imports no other package of this module.
package shipped

import (
	"context"
	"fmt"
	"os/exec"
)

// Tags are the build tags of the service; a test holds the Makefile and the releases to them. They leave out what would
// call methods by names known only when it runs, for which the linker keeps every exported method of every type: the
// request pages of golang.org/x/net/trace in gRPC, and the rule validateFn of validator, which no configuration uses.
const Tags = "grpcnotrace,validator_novalidatefn"

// Build builds the service into the file to. dir lies in the module; linkerFlags of what is shipped are "-s -w".
func Build(ctx context.Context, dir, to, linkerFlags string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-tags", Tags, "-ldflags", linkerFlags, "-o", to, "pschook/cmd/pschook") //nolint:gosec // flags of our own programs
	cmd.Dir, cmd.Env = dir, append(cmd.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build cmd/pschook: %w: %s", err, out)
	}
	return nil
}
