package config

import (
	"fmt"
	"strings"
)

const exampleHead = `# Environment of pschook, one NAME=value a line, for EnvironmentFile= of systemd and --env-file of Docker and
# Podman. What is commented out shows an example or the default. An empty variable counts as not set.
`

// Example is a commented environment file that loads as soon as the variables are set that must be: an org of
// nobody's would look as if it were. All are commented out but the hook secret. The hook secret in it is secret, which should be freshly drawn for each file.
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
