// Package tfmodule reads Terraform modules without Terraform: what they declare, whether their
// blocks agree with the providers' schemas, and which objects they would make from given inputs.
//
// It knows the part of the language that this project's modules use: variables with types, defaults
// and validations, locals, resources and data sources with count, for_each, dynamic blocks and
// conditions, outputs, and the functions of [functions]. Anything else is an error. It calls no
// provider and keeps no state; it invents what a provider would compute (see [Inputs]).
//
// The language is documented at https://developer.hashicorp.com/terraform/language.
//
// It is there for machines without providers, which Terraform needs even for its tests (terraform test takes their
// schemas, also for mocks). Where every machine that runs tests has them, [Module.Evaluate] and its functions can go, with
// the cases that hold conditions and values of the modules rewritten as runs in *.tftest.hcl; what decodes Kubernetes' objects
// and starts the service from them would then read terraform show -json of a plan. [Schemas.Check] would go for terraform
// validate. [Load] and [Module.Tables], which make the tables of the READMEs, stay. Whether a value is one that the provider
// takes is left to Terraform today: what it evaluates with providers is compared with this (go test ./deploy/terraform -mirror).
//
// tfmodule is for tests only and imports no other package of this module.
package tfmodule

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// Module is what the .tf files of one directory declare.
type Module struct {
	Dir       string
	Variables []*Variable // in the order of their files and lines
	Outputs   []*Output   // likewise
	Resources []*Resource // likewise; data sources too
	Providers []Provider  // by local name
	Calls     []*Call     // of other modules, in the order of files and lines
	Terraform string      // accepted versions of Terraform, such as ">= 1.9"

	locals map[string]hcl.Expression
}

// Call is a block "module" of one instance.
type Call struct {
	Name   string
	Source string // directory, relative to the caller's

	arguments hclsyntax.Attributes
}

// Provider is an entry of required_providers.
type Provider struct {
	Name    string // local name, such as "okta"
	Source  string // such as "okta/okta"
	Version string // constraint, such as "~> 4.12.0"
}

// Variable is a block "variable".
type Variable struct {
	Name        string
	Description string
	Type        cty.Type // any type: cty.DynamicPseudoType
	TypeText    string   // as it is written, on one line
	DefaultText string   // as it is written, on one line; empty where the variable is required
	Default     cty.Value
	Required    bool
	Sensitive   bool
	Nullable    bool

	optional    *typeexpr.Defaults
	validations []rule
}

// Output is a block "output".
type Output struct {
	Name        string
	Description string
	Sensitive   bool

	value hcl.Expression
}

// Resource is a block "resource" or "data".
type Resource struct {
	Data bool // a data source
	Type string
	Name string
	Line hcl.Range

	count, forEach hcl.Expression
	body           *hclsyntax.Body // without meta-arguments
	preconditions  []rule
	postconditions []rule
}

// Address is the resource's name in references, such as "data.okta_group.members".
func (r *Resource) Address() string {
	if r.Data {
		return "data." + r.Type + "." + r.Name
	}
	return r.Type + "." + r.Name
}

// rule is a block "validation", "precondition" or "postcondition".
type rule struct {
	condition hcl.Expression
	message   hcl.Expression
}

// Load reads the .tf files of the directory. The error lists every fault, by file and line.
func Load(dir string) (*Module, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.tf"))
	if err != nil {
		return nil, fmt.Errorf("list the files of module %q: %w", dir, err)
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("module %q: no .tf files", dir)
	}
	slices.Sort(paths)
	m := &Module{Dir: dir, locals: map[string]hcl.Expression{}}
	parser := hclparse.NewParser()
	var faults []error
	for _, path := range paths {
		file, diags := parser.ParseHCLFile(path)
		if diags.HasErrors() {
			faults = append(faults, diags)
			continue
		}
		body, ok := file.Body.(*hclsyntax.Body)
		if !ok {
			faults = append(faults, fmt.Errorf("%s: not in Terraform's own syntax", path))
			continue
		}
		text := source(file.Bytes)
		for _, block := range body.Blocks {
			if err := m.add(block, text); err != nil {
				faults = append(faults, fmt.Errorf("%s: %w", block.TypeRange, err))
			}
		}
	}
	return m, errors.Join(faults...)
}

// source is the text of a file.
type source []byte

// line returns what is in the range, on one line.
func (s source) line(r hcl.Range) string {
	return strings.Join(strings.Fields(string(r.SliceBytes(s))), " ")
}

func (m *Module) add(block *hclsyntax.Block, text source) error {
	switch block.Type {
	case "terraform":
		return m.addTerraform(block)
	case "variable":
		return m.addVariable(block, text)
	case "output":
		return m.addOutput(block)
	case "locals":
		for name, attr := range block.Body.Attributes {
			if _, twice := m.locals[name]; twice {
				return fmt.Errorf("local %q: declared twice", name)
			}
			m.locals[name] = attr.Expr
		}
		return nil
	case "resource", "data":
		return m.addResource(block)
	case "module":
		return m.addCall(block)
	case "provider", "import":
		return nil // belongs to a root module and does not reach other modules
	default:
		return fmt.Errorf("block %q: not known here", block.Type)
	}
}

func (m *Module) addTerraform(block *hclsyntax.Block) error {
	var err error
	if m.Terraform, err = literal(block.Body, "required_version"); err != nil {
		return err
	}
	for _, inner := range block.Body.Blocks {
		for name, attr := range inner.Body.Attributes {
			value, diags := attr.Expr.Value(nil)
			if diags.HasErrors() {
				return diags
			}
			fields := value.AsValueMap()
			m.Providers = append(m.Providers, Provider{Name: name, Source: fields["source"].AsString(), Version: fields["version"].AsString()})
		}
	}
	slices.SortFunc(m.Providers, func(a, b Provider) int { return strings.Compare(a.Name, b.Name) })
	return nil
}

func (m *Module) addVariable(block *hclsyntax.Block, text source) error {
	v := &Variable{Name: block.Labels[0], Type: cty.DynamicPseudoType, Required: true}
	if slices.ContainsFunc(m.Variables, func(other *Variable) bool { return other.Name == v.Name }) {
		return fmt.Errorf("variable %q: declared twice", v.Name)
	}
	var err error
	if v.Description, err = literal(block.Body, "description"); err != nil {
		return err
	}
	if v.Sensitive, err = boolean(block.Body, "sensitive", false); err != nil {
		return err
	}
	if v.Nullable, err = boolean(block.Body, "nullable", true); err != nil {
		return err
	}
	if attr, ok := block.Body.Attributes["type"]; ok {
		var diags hcl.Diagnostics
		v.TypeText = text.line(attr.Expr.Range())
		if v.Type, v.optional, diags = typeexpr.TypeConstraintWithDefaults(attr.Expr); diags.HasErrors() {
			return diags
		}
	}
	v.validations = rules(block.Body, "validation")
	if attr, ok := block.Body.Attributes["default"]; ok {
		value, diags := attr.Expr.Value(nil)
		if diags.HasErrors() {
			return diags
		}
		v.Required, v.DefaultText = false, text.line(attr.Expr.Range())
		if v.Default, err = v.convert(value); err != nil {
			return fmt.Errorf("default: %w", err)
		}
	}
	m.Variables = append(m.Variables, v)
	return nil
}

func (m *Module) addOutput(block *hclsyntax.Block) error {
	o := &Output{Name: block.Labels[0]}
	var err error
	if o.Description, err = literal(block.Body, "description"); err != nil {
		return err
	}
	if o.Sensitive, err = boolean(block.Body, "sensitive", false); err != nil {
		return err
	}
	attr, ok := block.Body.Attributes["value"]
	if !ok {
		return fmt.Errorf("output %q: no value", o.Name)
	}
	o.value = attr.Expr
	m.Outputs = append(m.Outputs, o)
	return nil
}

func (m *Module) addCall(block *hclsyntax.Block) error {
	c := &Call{Name: block.Labels[0], arguments: hclsyntax.Attributes{}}
	var err error
	if c.Source, err = literal(block.Body, "source"); err != nil {
		return err
	}
	for name, attr := range block.Body.Attributes {
		switch {
		case slices.Contains([]string{"count", "for_each", "providers"}, name):
			return fmt.Errorf("module %q: %s is not known here", c.Name, name)
		case name != "source" && name != "version" && name != "depends_on":
			c.arguments[name] = attr
		}
	}
	m.Calls = append(m.Calls, c)
	return nil
}

// metaArguments belong to Terraform, not to the provider.
func metaArguments() []string {
	return []string{"count", "for_each", "depends_on", "provider", "lifecycle"}
}

func (m *Module) addResource(block *hclsyntax.Block) error {
	r := &Resource{Data: block.Type == "data", Type: block.Labels[0], Name: block.Labels[1], Line: block.TypeRange}
	if slices.ContainsFunc(m.Resources, func(other *Resource) bool { return other.Address() == r.Address() }) {
		return fmt.Errorf("%s: declared twice", r.Address())
	}
	body := *block.Body
	body.Attributes = hclsyntax.Attributes{}
	for name, attr := range block.Body.Attributes {
		switch {
		case name == "count":
			r.count = attr.Expr
		case name == "for_each":
			r.forEach = attr.Expr
		case !slices.Contains(metaArguments(), name):
			body.Attributes[name] = attr
		}
	}
	body.Blocks = nil
	for _, inner := range block.Body.Blocks {
		if inner.Type != "lifecycle" {
			body.Blocks = append(body.Blocks, inner)
			continue
		}
		r.preconditions = append(r.preconditions, rules(inner.Body, "precondition")...)
		r.postconditions = append(r.postconditions, rules(inner.Body, "postcondition")...)
	}
	r.body = &body
	m.Resources = append(m.Resources, r)
	return nil
}

// rules returns the blocks of the body that hold a condition and a message.
func rules(body *hclsyntax.Body, kind string) []rule {
	var found []rule
	for _, block := range body.Blocks {
		if block.Type == kind {
			found = append(found, rule{condition: expression(block.Body, "condition"), message: expression(block.Body, "error_message")})
		}
	}
	return found
}

// expression returns the attribute's expression, or null if there is none.
func expression(body *hclsyntax.Body, name string) hcl.Expression {
	if attr, ok := body.Attributes[name]; ok {
		return attr.Expr
	}
	return hcl.StaticExpr(cty.NullVal(cty.DynamicPseudoType), body.SrcRange)
}

// literal returns the string of the attribute; empty if there is none.
func literal(body *hclsyntax.Body, name string) (string, error) {
	value, diags := expression(body, name).Value(nil)
	switch {
	case diags.HasErrors():
		return "", diags
	case value.IsNull():
		return "", nil
	case value.Type() != cty.String:
		return "", fmt.Errorf("%s: not a string", name)
	}
	return value.AsString(), nil
}

// boolean returns the value of the attribute, or otherwise if there is none.
func boolean(body *hclsyntax.Body, name string, otherwise bool) (bool, error) {
	value, diags := expression(body, name).Value(nil)
	switch {
	case diags.HasErrors():
		return false, diags
	case value.IsNull():
		return otherwise, nil
	case value.Type() != cty.Bool:
		return false, fmt.Errorf("%s: not a boolean", name)
	}
	return value.True(), nil
}
