package tfmodule

import (
	"fmt"
	"regexp"
	"strings"
)

// Tables returns the module's requirements, inputs and outputs as Markdown tables, for a README.
func (m *Module) Tables() string {
	var b strings.Builder
	b.WriteString("| needs | from | version |\n| --- | --- | --- |\n")
	fmt.Fprintf(&b, "| Terraform | | `%s` |\n", m.Terraform)
	for _, p := range m.Providers {
		fmt.Fprintf(&b, "| provider %s | `%s` | `%s` |\n", p.Name, p.Source, p.Version)
	}
	b.WriteString("\n| input | type | default | what it is |\n| --- | --- | --- | --- |\n")
	for _, v := range m.Variables {
		value := code(v.DefaultText)
		if v.Required {
			value = "required"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", v.Name, code(v.TypeText), value, cell(v.Description)+secret(v.Sensitive))
	}
	b.WriteString("\n| output | what it is |\n| --- | --- |\n")
	for _, o := range m.Outputs {
		fmt.Fprintf(&b, "| `%s` | %s |\n", o.Name, cell(o.Description)+secret(o.Sensitive))
	}
	return b.String()
}

func secret(is bool) string {
	if is {
		return " Sensitive."
	}
	return ""
}

func code(text string) string { return "`" + cell(text) + "`" }

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

// Between returns the text between the two lines that mark the generated part of a README, and the
// README with that text replaced.
func Between(readme, replacement string) (old, updated string, err error) {
	marked := regexp.MustCompile(`(?s)(<!-- tables: made by go test [^\n]* -->\n)(.*?)(<!-- end of tables -->\n)`)
	parts := marked.FindStringSubmatch(readme)
	if parts == nil {
		return "", "", fmt.Errorf("no lines that mark the tables (%s)", marked)
	}
	return parts[2], strings.Replace(readme, parts[0], parts[1]+replacement+parts[3], 1), nil
}
