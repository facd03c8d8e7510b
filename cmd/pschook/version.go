package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is set by the linker for a release (-X main.version=v1.2.3).
var version string

// build says from what this program was built. Its JSON is a contract.
type build struct {
	Version  string `json:"version"`          // "v1.2.3"; "unknown" when it is not known
	Commit   string `json:"commit,omitempty"` // whole hash
	Time     string `json:"time,omitempty"`   // of the commit, RFC 3339
	Modified bool   `json:"modified"`         // the work tree differed from the commit
	Go       string `json:"go"`               // "go1.26.1"
	Platform string `json:"platform"`         // "linux/amd64"
}

// thisBuild returns the build of the running program.
func thisBuild() build {
	info, _ := debug.ReadBuildInfo()
	return newBuild(version, info)
}

// newBuild takes the version from the first of these that has one: the linker, the module version (go install), the
// commit. linked is the linker's value; info may be nil.
func newBuild(linked string, info *debug.BuildInfo) build {
	b := build{Version: linked, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if info == nil {
		info = &debug.BuildInfo{}
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.time":
			b.Time = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	if b.Version == "" && info.Main.Version != "(devel)" {
		b.Version = info.Main.Version
	}
	if b.Version == "" {
		b.Version = b.Commit
	}
	if b.Version == "" {
		b.Version = "unknown"
	}
	return b
}

// String returns the build in one line.
func (b build) String() string {
	s := "pschook " + b.Version
	if b.Commit != "" && b.Commit != b.Version {
		s += ", commit " + b.Commit
	}
	if b.Modified {
		s += " with changes"
	}
	if b.Time != "" {
		s += " of " + b.Time
	}
	return s + ", " + b.Go + " " + b.Platform
}

func (a *app) versionCommand() *cobra.Command {
	format := "text"
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Long: `Print the version: what the release was given, else the module version, else the commit.

The JSON form has the members version, commit, time, modified, go and platform.`,
		PreRunE: func(*cobra.Command, []string) error { return oneOf("format", format, "text", "json") },
		RunE: func(*cobra.Command, []string) error {
			b := thisBuild()
			if format == "json" {
				return json.NewEncoder(a.io.out).Encode(b)
			}
			_, err := fmt.Fprintln(a.io.out, b)
			return err
		},
	}
	cmd.Flags().StringVar(&format, "format", format, "text or json")
	return cmd
}
