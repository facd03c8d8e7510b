package tfmodule

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Check compares every resource and data source of the modules with the schemas, whether or not the inputs would
// make one: types, attributes and blocks that do not exist, attributes that may not be set, required ones that are
// missing, too few or too many blocks. It returns one line for each fault, with file and line.
func (s *Schemas) Check(modules ...*Module) []string {
	c := checker{}
	for _, m := range modules {
		for _, r := range m.Resources {
			schema, ok := s.of(r)
			if !ok {
				c.fault(r.Line, "%s: no such type", r.Address())
				continue
			}
			c.block(r.Address(), r.Line, schema, r.body)
		}
	}
	return c.faults
}

type checker struct{ faults []string }

func (c *checker) fault(at hcl.Range, format string, args ...any) {
	c.faults = append(c.faults, at.String()+": "+fmt.Sprintf(format, args...))
}

func (c *checker) block(path string, at hcl.Range, schema *Block, body *hclsyntax.Body) {
	for name, attr := range body.Attributes {
		a, ok := schema.Attributes[name]
		switch {
		case !ok:
			c.fault(attr.NameRange, "%s: no attribute %q", path, name)
		case !a.Required && !a.Optional:
			c.fault(attr.NameRange, "%s: attribute %q is the provider's to set", path, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(schema.Attributes)) {
		if _, set := body.Attributes[name]; schema.Attributes[name].Required && !set {
			c.fault(at, "%s: required attribute %q is missing", path, name)
		}
	}
	number, some := map[string]int{}, map[string]bool{}
	for _, b := range body.Blocks {
		name, content, dynamic := unwrap(b)
		nested, ok := schema.Blocks[name]
		if !ok {
			c.fault(b.TypeRange, "%s: no block %q", path, name)
			continue
		}
		if dynamic {
			some[name] = true // any number
		} else {
			number[name]++
		}
		c.block(path+"."+name, b.TypeRange, &nested.Block, content)
	}
	for _, name := range slices.Sorted(maps.Keys(schema.Blocks)) {
		nested, n := schema.Blocks[name], number[name]
		if n < nested.Min && !some[name] {
			c.fault(at, "%s: %d blocks %q, at least %d are required", path, n, name, nested.Min)
		}
		if nested.Max > 0 && n > nested.Max || nested.Mode == "single" && n > 1 {
			c.fault(at, "%s: %d blocks %q, at most %d are allowed", path, n, name, max(nested.Max, 1))
		}
	}
}

// unwrap is the name and the body of a block, or of the blocks that a block "dynamic" makes.
func unwrap(b *hclsyntax.Block) (name string, body *hclsyntax.Body, dynamic bool) {
	if b.Type != "dynamic" || len(b.Labels) != 1 {
		return b.Type, b.Body, false
	}
	for _, inner := range b.Body.Blocks {
		if inner.Type == "content" {
			return b.Labels[0], inner.Body, true
		}
	}
	return b.Labels[0], &hclsyntax.Body{}, true
}

// Used is the part of the schemas that the modules rely on: the types that they name, with all of their top-level
// attributes, and inside of blocks the attributes and blocks that they set or would have to.
func (s *Schemas) Used(modules ...*Module) *Schemas {
	used := &Schemas{Resources: map[string]*Block{}, DataSources: map[string]*Block{}}
	for _, m := range modules {
		for _, r := range m.Resources {
			schema, ok := s.of(r)
			if !ok {
				continue
			}
			table := used.Resources
			if r.Data {
				table = used.DataSources
			}
			if table[r.Type] == nil {
				table[r.Type] = &Block{Attributes: schema.Attributes, Blocks: map[string]*Nested{}}
			}
			use(table[r.Type], schema, r.body)
		}
	}
	return used
}

// use adds to part what the body sets of the schema.
func use(part, schema *Block, body *hclsyntax.Body) {
	for name, nested := range schema.Blocks {
		if nested.Min > 0 || nested.Mode == "single" && len(nested.Attributes) > 0 && !hasTimeouts(name) {
			add(part, name, nested)
		}
	}
	for _, b := range body.Blocks {
		name, content, _ := unwrap(b)
		if nested, ok := schema.Blocks[name]; ok {
			use(&add(part, name, nested).Block, &nested.Block, content)
		}
	}
	for name, attr := range schema.Attributes {
		if _, set := body.Attributes[name]; set || attr.Required {
			part.Attributes[name] = attr
		}
	}
}

// hasTimeouts reports whether the block is the one for the provider's own patience, which says nothing of the object.
func hasTimeouts(name string) bool { return name == "timeouts" }

// add makes sure that part has the block, with the attributes that it cannot do without.
func add(part *Block, name string, nested *Nested) *Nested {
	if part.Blocks == nil {
		part.Blocks = map[string]*Nested{}
	}
	if part.Blocks[name] == nil {
		n := &Nested{Mode: nested.Mode, Min: nested.Min, Max: nested.Max, Block: Block{Attributes: map[string]Attribute{}}}
		if nested.Mode == "single" {
			n.Attributes = maps.Clone(nested.Attributes) // read as a whole: a data source's result
		}
		part.Blocks[name] = n
	}
	return part.Blocks[name]
}

// Differences compares these facts with the schemas of providers: one line for each type, attribute or block among the
// facts that is another there, or is not there. Types that the others do not have at all are returned apart: the
// others may be a part of what the providers say.
func (s *Schemas) Differences(others *Schemas) (faults, absent []string) {
	c := checker{}
	for _, table := range []struct {
		prefix        string
		facts, others map[string]*Block
	}{{"", s.Resources, others.Resources}, {"data.", s.DataSources, others.DataSources}} {
		for _, name := range slices.Sorted(maps.Keys(table.facts)) {
			if table.others[name] == nil {
				absent = append(absent, table.prefix+name)
				continue
			}
			c.differ(table.prefix+name, table.facts[name], table.others[name])
		}
	}
	return c.faults, absent
}

func (c *checker) differ(path string, facts, other *Block) {
	for _, name := range slices.Sorted(maps.Keys(facts.Attributes)) {
		a, ok := other.Attributes[name]
		if !ok {
			c.faults = append(c.faults, fmt.Sprintf("%s: no attribute %q", path, name))
		} else if got, want := a.String(), facts.Attributes[name].String(); got != want {
			c.faults = append(c.faults, fmt.Sprintf("%s: attribute %q is %s, not %s", path, name, got, want))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(facts.Blocks)) {
		want, got := facts.Blocks[name], other.Blocks[name]
		switch {
		case got == nil:
			c.faults = append(c.faults, fmt.Sprintf("%s: no block %q", path, name))
		case got.Mode != want.Mode || got.Min != want.Min || got.Max != want.Max:
			c.faults = append(c.faults, fmt.Sprintf("%s: block %q is %s %d..%d, not %s %d..%d", path, name, got.Mode, got.Min, got.Max, want.Mode, want.Min, want.Max))
		default:
			c.differ(path+"."+name, &want.Block, &got.Block)
		}
	}
	// A required attribute that the facts do not know of is one that the modules do not set.
	for _, name := range slices.Sorted(maps.Keys(other.Attributes)) {
		if _, ok := facts.Attributes[name]; other.Attributes[name].Required && !ok {
			c.faults = append(c.faults, fmt.Sprintf("%s: required attribute %q is not among the facts", path, name))
		}
	}
}
