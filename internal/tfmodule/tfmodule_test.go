package tfmodule_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"pschook/internal/tfmodule"
)

// things are the schemas of these tests.
const things = `{
  "resources": {
    "thing": {
      "attributes": {"id": "string computed", "name": "string required", "size": "number optional", "tags": "map(string) optional", "kind": "string computed optional"},
      "blocks": {"part": {"mode": "list", "max": 2, "attributes": {"color": "string required"}, "blocks": {"screw": {"mode": "set", "min": 1, "attributes": {"length": "number optional"}}}}}
    }
  },
  "data_sources": {"shop": {"attributes": {"name": "string required", "city": "string computed", "open": "bool computed"}}}
}`

func schemas(t *testing.T) *tfmodule.Schemas {
	t.Helper()
	s, err := tfmodule.ParseSchemas([]byte(things))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// module writes the text as a module and loads it.
func module(t *testing.T, text string) *tfmodule.Module {
	t.Helper()
	m, err := loadText(t, text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func loadText(t *testing.T, text string) (*tfmodule.Module, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return tfmodule.Load(dir) //nolint:wrapcheck // the error is what is tested
}

// TestCheck spoils a good resource at one place at a time.
func TestCheck(t *testing.T) {
	t.Parallel()
	const good = "resource \"thing\" \"a\" {\n  name = \"x\"\n  part {\n    color = \"red\"\n    screw {}\n  }\n}\n"
	tests := []struct {
		name     string
		old, now string
		want     []string // ends of the faults; none: no fault
	}{
		{name: "good"},
		{name: "type", old: `"thing"`, now: `"thong"`, want: []string{"thong.a: no such type"}},
		{name: "data_source_of_a_resource", old: "resource", now: "data", want: []string{"data.thing.a: no such type"}},
		{name: "attribute", old: "name =", now: "nome =", want: []string{`thing.a: no attribute "nome"`, `thing.a: required attribute "name" is missing`}},
		{name: "computed", old: "name =", now: "id = \"1\"\n  name =", want: []string{`thing.a: attribute "id" is the provider's to set`}},
		{name: "optional_and_computed", old: "name =", now: "kind = \"1\"\n  name ="},
		{name: "block", old: "part {", now: "port {", want: []string{`thing.a: no block "port"`}},
		{name: "attribute_in_a_block", old: "color =", now: "colour =", want: []string{`thing.a.part: no attribute "colour"`, `thing.a.part: required attribute "color" is missing`}},
		{name: "too_few", old: "    screw {}\n", now: "", want: []string{`thing.a.part: 0 blocks "screw", at least 1 are required`}},
		{name: "too_many", old: "  part {", now: "  part {\n    color = \"a\"\n    screw {}\n  }\n  part {\n    color = \"b\"\n    screw {}\n  }\n  part {", want: []string{`thing.a: 3 blocks "part", at most 2 are allowed`}},
		{name: "dynamic", old: "    screw {}\n", now: "    dynamic \"screw\" {\n      for_each = []\n      content {}\n    }\n"},
		{name: "in_dynamic", old: "    screw {}\n", now: "    dynamic \"screw\" {\n      for_each = []\n      content {\n        width = 1\n      }\n    }\n", want: []string{`thing.a.part.screw: no attribute "width"`}},
		{name: "of_terraform_itself", old: "name =", now: "count = 1\n  provider = x\n  depends_on = []\n  name ="},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			text := good
			if test.old != "" {
				text = strings.Replace(good, test.old, test.now, 1)
				if text == good {
					t.Fatalf("no %q to spoil", test.old)
				}
			}
			faults := schemas(t).Check(module(t, text))
			if len(faults) != len(test.want) {
				t.Fatalf("faults %q, want %q", faults, test.want)
			}
			for i, want := range test.want {
				if !strings.HasSuffix(faults[i], ": "+want) {
					t.Errorf("fault %q, want %q", faults[i], want)
				}
			}
		})
	}
}

// TestEvaluate holds the parts of the language, one at a time: what the output "it" is.
func TestEvaluate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		text string
		want cty.Value
	}{
		{name: "variable", text: `output "it" { value = var.name }`, want: cty.StringVal("given")},
		{name: "default", text: `output "it" { value = var.size }`, want: cty.NumberIntVal(3)},
		{name: "optional_member", text: `output "it" { value = var.box.color }`, want: cty.StringVal("blue")},
		{name: "null_for_a_variable_that_may_not_be", text: `output "it" { value = var.never_null }`, want: cty.StringVal("x")},
		{name: "local_of_local", text: "locals {\n a = local.b\n b = \"deep\"\n}\noutput \"it\" { value = local.a }", want: cty.StringVal("deep")},
		{name: "conditional", text: `output "it" { value = var.size > 2 ? "big" : "small" }`, want: cty.StringVal("big")},
		{name: "computed", text: "resource \"thing\" \"a\" {\n name = \"x\"\n}\noutput \"it\" { value = thing.a.id }", want: cty.StringVal("thing.a.id")},
		{name: "configured_though_computed", text: "resource \"thing\" \"a\" {\n name = \"x\"\n kind = \"y\"\n}\noutput \"it\" { value = thing.a.kind }", want: cty.StringVal("y")},
		{name: "converted", text: "resource \"thing\" \"a\" {\n name = 12\n}\noutput \"it\" { value = thing.a.name }", want: cty.StringVal("12")},
		{name: "answered", text: "data \"shop\" \"s\" {\n name = \"x\"\n}\noutput \"it\" { value = data.shop.s.city }", want: cty.StringVal("Paris")},
		{name: "count", text: "resource \"thing\" \"a\" {\n count = 2\n name = \"n${count.index}\"\n}\noutput \"it\" { value = thing.a[1].name }", want: cty.StringVal("n1")},
		{name: "count_of_none", text: "resource \"thing\" \"a\" {\n count = 0\n name = \"x\"\n}\noutput \"it\" { value = one(thing.a[*].name) }", want: cty.NullVal(cty.DynamicPseudoType)},
		{name: "for_each_of_a_set", text: "resource \"thing\" \"a\" {\n for_each = toset([\"p\", \"q\"])\n name = each.value\n}\noutput \"it\" { value = thing.a[\"q\"].id }", want: cty.StringVal(`thing.a["q"].id`)},
		{name: "for_each_of_a_map", text: "resource \"thing\" \"a\" {\n for_each = { p = \"r\" }\n name = \"${each.key}-${each.value}\"\n}\noutput \"it\" { value = thing.a[\"p\"].name }", want: cty.StringVal("p-r")},
		{
			name: "dynamic", want: cty.StringVal("q"),
			text: "resource \"thing\" \"a\" {\n name = \"x\"\n dynamic \"part\" {\n for_each = [\"p\", \"q\"]\n content {\n color = part.value\n screw {}\n }\n }\n}\noutput \"it\" { value = thing.a.part[1].color }",
		},
		{name: "replace_text", text: `output "it" { value = replace("a.b", ".", "-") }`, want: cty.StringVal("a-b")},
		{name: "replace_expression", text: `output "it" { value = replace("/a/b", "/b$/", "c") }`, want: cty.StringVal("/a/c")},
		{name: "one", text: `output "it" { value = one(["x"]) }`, want: cty.StringVal("x")},
		{name: "alltrue_of_none", text: `output "it" { value = alltrue([]) }`, want: cty.True},
		{name: "alltrue", text: `output "it" { value = alltrue([true, false]) }`, want: cty.False},
		{name: "startswith", text: `output "it" { value = startswith("https://x", "https://") }`, want: cty.True},
		{name: "sha256", text: `output "it" { value = sha256("") }`, want: cty.StringVal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")}, // FIPS 180-4, of nothing
	}
	const variables = `
variable "name" { type = string }
variable "size" { default = 3 }
variable "box" {
  type    = object({ color = optional(string, "blue") })
  default = {}
}
variable "never_null" {
  default  = "x"
  nullable = false
}
`
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			result, err := module(t, variables+test.text).Evaluate(tfmodule.Inputs{
				Schemas:   schemas(t),
				Variables: map[string]cty.Value{"name": cty.StringVal("given"), "never_null": cty.NullVal(cty.String)},
				Computed:  map[string]cty.Value{"data.shop.s": cty.ObjectVal(map[string]cty.Value{"city": cty.StringVal("Paris")})},
			})
			if err != nil {
				t.Fatal(err)
			}
			if got := result.Outputs["it"]; !got.RawEquals(test.want) {
				t.Errorf("got %#v, want %#v", got, test.want)
			}
		})
	}
}

// TestEvaluateFails holds that what cannot be worked out is an error that says what and where.
func TestEvaluateFails(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text, want string
	}{
		{name: "no_variable", text: `output "it" { value = var.other }`, want: "other"},
		{name: "no_local", text: `output "it" { value = local.other }`, want: `no local value "other"`},
		{name: "no_resource", text: `output "it" { value = thing.other.id }`, want: "no thing.other"},
		{name: "no_data_source", text: `output "it" { value = data.shop.other.city }`, want: "no data.shop.other"},
		{name: "no_module", text: `output "it" { value = module.other.x }`, want: `no module "other"`},
		{name: "circle", text: "locals {\n a = local.b\n b = local.a\n}\noutput \"it\" { value = local.a }", want: "a: depends on itself"},
		{name: "no_function", text: `output "it" { value = timestamp() }`, want: "timestamp"},
		{name: "no_schema", text: "resource \"other\" \"a\" {}", want: "other.a: no schema"},
		{name: "wrong_type", text: "resource \"thing\" \"a\" {\n name = \"x\"\n size = \"big\"\n}", want: "a number is required"},
		{name: "unknown_attribute", text: "resource \"thing\" \"a\" {\n name = \"x\"\n nome = \"y\"\n}", want: `"nome"`},
		{name: "missing_attribute", text: "resource \"thing\" \"a\" {}", want: `"name"`},
		{name: "for_each_of_a_list", text: "resource \"thing\" \"a\" {\n for_each = [\"p\"]\n name = \"x\"\n}", want: "for_each is neither a map nor a set"},
		{name: "many", text: `output "it" { value = one(["x", "y"]) }`, want: "more than one element"},
		{name: "required_variable", text: `variable "x" { type = string }`, want: `variable "x": required`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := module(t, test.text).Evaluate(tfmodule.Inputs{Schemas: schemas(t)})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

// TestConditions holds that conditions that are not met are reported by their messages, and stop nothing else.
func TestConditions(t *testing.T) {
	t.Parallel()
	const text = `
variable "size" {
  type = number
  validation {
    condition     = var.size < 10
    error_message = "size: ${var.size} is too big."
  }
}
resource "thing" "a" {
  name = "x"
  lifecycle {
    precondition {
      condition     = var.size > 1
      error_message = "size: too small for a."
    }
    postcondition {
      condition     = self.name == "x" && var.size != 5
      error_message = "a: five."
    }
  }
}
`
	for size, want := range map[int64][]string{1: {"size: too small for a."}, 3: nil, 5: {"a: five."}, 11: {"size: 11 is too big."}} {
		result, err := module(t, text).Evaluate(tfmodule.Inputs{Schemas: schemas(t), Variables: map[string]cty.Value{"size": cty.NumberIntVal(size)}})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(result.Refused, want) {
			t.Errorf("size %d: refused %q, want %q", size, result.Refused, want)
		}
	}
}

// TestLoadFails holds what is not understood, and is not passed over.
func TestLoadFails(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{name: "syntax", text: `output "it" {`, want: "main.tf:1"},
		{name: "block", text: `moved {}`, want: `block "moved": not known here`},
		{name: "variable_twice", text: "variable \"x\" {}\nvariable \"x\" {}", want: `variable "x": declared twice`},
		{name: "local_twice", text: "locals {\n x = 1\n}\nlocals {\n x = 1\n}", want: `local "x": declared twice`},
		{name: "resource_twice", text: "resource \"thing\" \"a\" {}\nresource \"thing\" \"a\" {}", want: "thing.a: declared twice"},
		{name: "default_of_another_type", text: "variable \"x\" {\n type = number\n default = \"big\"\n}", want: "a number is required"},
		{name: "output_without_value", text: `output "it" {}`, want: `output "it": no value`},
		{name: "module_many_times", text: "module \"m\" {\n source = \".\"\n count = 2\n}", want: `module "m": count is not known here`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := loadText(t, test.text)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
	if _, err := tfmodule.Load(t.TempDir()); err == nil || !strings.Contains(err.Error(), "no .tf files") {
		t.Errorf("an empty directory: %v", err)
	}
}

// TestUsed holds that what a module relies on is kept, and what it does not is left out below the top.
func TestUsed(t *testing.T) {
	t.Parallel()
	provider, err := tfmodule.ParseProviderSchemas([]byte(`{"provider_schemas": {"example": {"resource_schemas": {
	  "thing": {"block": {
	    "attributes": {"name": {"type": "string", "required": true}, "tags": {"type": ["map", "string"], "optional": true}},
	    "block_types": {
	      "part": {"nesting_mode": "list", "max_items": 1, "block": {"attributes": {"color": {"type": "string", "required": true}, "gloss": {"type": "bool", "optional": true}, "dull": {"type": "bool", "optional": true}}}},
	      "lid": {"nesting_mode": "list", "block": {"attributes": {"color": {"type": "string", "optional": true}}}}
	    }}},
	  "other": {"block": {}}
	}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	used := provider.Used(module(t, "resource \"thing\" \"a\" {\n name = \"x\"\n dynamic \"part\" {\n for_each = [1]\n content {\n gloss = true\n }\n }\n}"))
	if names := slices.Collect(maps.Keys(used.Resources)); !slices.Equal(names, []string{"thing"}) {
		t.Fatalf("types %v", names)
	}
	thing := used.Resources["thing"]
	if len(thing.Attributes) != 2 || len(thing.Blocks) != 1 {
		t.Errorf("attributes %v, blocks %v", thing.Attributes, thing.Blocks)
	}
	if part := slices.Sorted(maps.Keys(thing.Blocks["part"].Attributes)); !slices.Equal(part, []string{"color", "gloss"}) {
		t.Errorf("attributes of part %v, want those that are set or required", part)
	}
}

// TestAttributeText holds that an attribute is read as it is written.
func TestAttributeText(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"string required", "list(string) computed optional", "map(string) optional sensitive", "object({a=number,b=set(string)}) computed", "any optional"} {
		var a tfmodule.Attribute
		if err := a.UnmarshalText([]byte(text)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if got, err := a.MarshalText(); err != nil || string(got) != text {
			t.Errorf("%s is written as %s (%v)", text, got, err)
		}
	}
	if err := new(tfmodule.Attribute).UnmarshalText([]byte("strong required")); err == nil || !strings.Contains(err.Error(), "strong required") {
		t.Errorf("an unknown type: %v", err)
	}
}

// TestTables holds the form of the tables, and that they are put in their place.
func TestTables(t *testing.T) {
	t.Parallel()
	m := module(t, `
terraform {
  required_version = ">= 1.9"
  required_providers {
    x = {
      source  = "example/x"
      version = "~> 1.2"
    }
  }
}
variable "a" {
  description = "One | two."
  type        = string
}
variable "b" {
  description = "A list."
  type = list(
    string
  )
  default   = []
  sensitive = true
}
output "c" {
  description = "See."
  value       = 1
  sensitive   = true
}
`)
	const want = "| needs | from | version |\n| --- | --- | --- |\n| Terraform | | `>= 1.9` |\n| provider x | `example/x` | `~> 1.2` |\n" +
		"\n| input | type | default | what it is |\n| --- | --- | --- | --- |\n| `a` | `string` | required | One \\| two. |\n| `b` | `list( string )` | `[]` | A list. Sensitive. |\n" +
		"\n| output | what it is |\n| --- | --- |\n| `c` | See. Sensitive. |\n"
	if diff := cmp.Diff(want, m.Tables()); diff != "" {
		t.Error(diff)
	}
	const begin, end = "<!-- tables: made by go test x -->\n", "<!-- end of tables -->\n"
	old, updated, err := tfmodule.Between("a\n"+begin+"old\n"+end+"b\n", "new $1\n")
	if err != nil || old != "old\n" || updated != "a\n"+begin+"new $1\n"+end+"b\n" {
		t.Errorf("old %q, updated %q: %v", old, updated, err)
	}
	if _, _, err := tfmodule.Between("nothing", "new"); err == nil || !strings.Contains(err.Error(), "mark the tables") {
		t.Errorf("without the lines: %v", err)
	}
}
