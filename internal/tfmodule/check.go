package tfmodule

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Check compares every resource and data source of the modules with the schemas, even if the inputs
// would create none. It finds types, attributes and blocks that do not exist, attributes that may
// not be set, missing required attributes, and too few or too many blocks. It returns one line for
// each fault, with file and line.
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

// unwrap returns the name and the body of a block, or of the blocks that a block "dynamic" makes.
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

// Used returns the part of the schemas on which the modules depend: the types that they name, with
// all of their top-level attributes, and within blocks the attributes and blocks that they set or
// would have to set.
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

// hasTimeouts reports whether the block is for the provider's own timeouts, which do not describe
// the object.
func hasTimeouts(name string) bool { return name == "timeouts" }

// add adds the block to part, unless it is there, with its required attributes.
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
