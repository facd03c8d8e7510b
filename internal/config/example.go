package config

import (
	"fmt"
	"strings"
)

const exampleHead = `# Environment of pschook, one NAME=value a line, for EnvironmentFile= of systemd and --env-file of Docker and
# Podman. What is commented out shows an example or the default. An empty variable counts as not set.
`

// Example returns a commented environment file. It loads as soon as the required variables are set.
// All variables are commented out except the hook secret, because an org that nobody owns would
// look like a real one. secret becomes the hook secret; draw a new one for each file.
func Example(secret string) string {
	var b strings.Builder
	b.WriteString(exampleHead)
	group := ""
	for _, v := range Variables() {
		if v.Group != group {
			group = v.Group
			fmt.Fprintf(&b, "\n### %s\n", group)
		}
		fmt.Fprintf(&b, "\n# %s\n# Wanted: %s.\n", v.English, v.Wanted)
		switch {
		case v.Name == secretsName:
			fmt.Fprintf(&b, "# This one was drawn at random for this file; %s makes another.\n%s=%s\n", v.Example, v.Name, secret)
		case v.Secret:
			fmt.Fprintf(&b, "# %s_FILE may name a file that holds it instead.\n# %s=\n", v.Name, v.Name)
		case v.Required:
			fmt.Fprintf(&b, "# Must be set: this is an example.\n# %s=%s\n", v.Name, v.Example)
		case v.Default != "":
			fmt.Fprintf(&b, "# %s=%s\n", v.Name, v.Default)
		default:
			fmt.Fprintf(&b, "# %s=%s\n", v.Name, v.Example)
		}
	}
	return b.String()
}
