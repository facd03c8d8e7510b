package tfmodule

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// Schemas are what providers say about their resources and data sources, by type.
type Schemas struct {
	Resources   map[string]*Block `json:"resources"`
	DataSources map[string]*Block `json:"data_sources"`
}

// Block is the schema of a resource, a data source or a block inside one.
type Block struct {
	Attributes map[string]Attribute `json:"attributes,omitempty"`
	Blocks     map[string]*Nested   `json:"blocks,omitempty"`
}

// Nested is the schema of a block in a block.
type Nested struct {
	Mode string `json:"mode"`          // "list", "set" or "single"
	Min  int    `json:"min,omitempty"` // least number of such blocks
	Max  int    `json:"max,omitempty"` // most; 0: any number
	Block
}

// Attribute is the schema of one attribute. Its JSON form is its type and its properties, such as
// "list(string) optional computed".
type Attribute struct {
	Type                                    cty.Type
	Required, Optional, Computed, Sensitive bool
}

// MarshalText implements [encoding.TextMarshaler].
func (a Attribute) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// String returns the attribute in its JSON form. Its type must be set.
func (a Attribute) String() string {
	words := []string{typeexpr.TypeString(a.Type)}
	for word, is := range a.words() {
		if *is {
			words = append(words, word)
		}
	}
	slices.Sort(words[1:])
	return strings.Join(words, " ")
}

// UnmarshalText implements [encoding.TextUnmarshaler].
func (a *Attribute) UnmarshalText(text []byte) error {
	*a = Attribute{}
	rest := string(text)
	for {
		head, word, found := cutLast(rest)
		flag, known := a.words()[word]
		if !found || !known {
			break
		}
		*flag, rest = true, head
	}
	switch rest { // almost all attributes: to read these as expressions would take most of a test's time
	case "string":
		a.Type = cty.String
		return nil
	case "bool":
		a.Type = cty.Bool
		return nil
	case "number":
		a.Type = cty.Number
		return nil
	}
	expr, diags := hclsyntax.ParseExpression([]byte(rest), "type", hcl.InitialPos)
	if diags.HasErrors() {
		return diags
	}
	a.Type, diags = typeexpr.TypeConstraint(expr)
	if diags.HasErrors() {
		return fmt.Errorf("attribute %q: %w", text, diags)
	}
	return nil
}

func (a *Attribute) words() map[string]*bool {
	return map[string]*bool{"required": &a.Required, "optional": &a.Optional, "computed": &a.Computed, "sensitive": &a.Sensitive}
}

func cutLast(s string) (head, last string, found bool) {
	i := strings.LastIndexByte(s, ' ')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// ParseSchemas reads schemas in this package's own form.
func ParseSchemas(text []byte) (*Schemas, error) {
	var s Schemas
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, fmt.Errorf("provider schemas: %w", err)
	}
	return &s, nil
}

// ParseProviderSchemas reads the output of `terraform providers schema -json`, or a part of it. It
// skips descriptions.
func ParseProviderSchemas(text []byte) (*Schemas, error) {
	var doc struct {
		Providers map[string]struct {
			Resources   map[string]rawSchema `json:"resource_schemas"`
			DataSources map[string]rawSchema `json:"data_source_schemas"`
		} `json:"provider_schemas"`
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("provider schemas: %w", err)
	}
	s := &Schemas{Resources: map[string]*Block{}, DataSources: map[string]*Block{}}
	for _, provider := range doc.Providers {
		for name, raw := range provider.Resources {
			s.Resources[name] = raw.Block.block()
		}
		for name, raw := range provider.DataSources {
			s.DataSources[name] = raw.Block.block()
		}
	}
	return s, nil
}

type rawSchema struct {
	Block rawBlock `json:"block"`
}

type rawBlock struct {
	Attributes map[string]struct {
		Type      rawType `json:"type"`
		Required  bool    `json:"required"`
		Optional  bool    `json:"optional"`
		Computed  bool    `json:"computed"`
		Sensitive bool    `json:"sensitive"`
	} `json:"attributes"`
	Blocks map[string]struct {
		Mode  string   `json:"nesting_mode"`
		Min   int      `json:"min_items"`
		Max   int      `json:"max_items"`
		Block rawBlock `json:"block"`
	} `json:"block_types"`
}

// rawType reads a type as Terraform writes it: "string", ["list","string"], …
type rawType struct{ cty.Type }

func (t *rawType) UnmarshalJSON(text []byte) error {
	var err error
	t.Type, err = ctyjson.UnmarshalType(text)
	if err != nil {
		return fmt.Errorf("type %s: %w", text, err)
	}
	return nil
}

func (r rawBlock) block() *Block {
	b := &Block{Attributes: map[string]Attribute{}, Blocks: map[string]*Nested{}}
	for name, a := range r.Attributes {
		b.Attributes[name] = Attribute{Type: a.Type.Type, Required: a.Required, Optional: a.Optional, Computed: a.Computed, Sensitive: a.Sensitive}
	}
	for name, n := range r.Blocks {
		b.Blocks[name] = &Nested{Mode: n.Mode, Min: n.Min, Max: n.Max, Block: *n.Block.block()}
	}
	return b
}

// of returns the schema of the resource.
func (s *Schemas) of(r *Resource) (*Block, bool) {
	table := s.Resources
	if r.Data {
		table = s.DataSources
	}
	b, ok := table[r.Type]
	return b, ok
}
