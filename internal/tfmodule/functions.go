package tfmodule

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
	"go.yaml.in/yaml/v3"
)

// functions are the functions of Terraform that the modules use, as
// https://developer.hashicorp.com/terraform/language/functions describes them. Sensitive marks are
// lost.
func functions() map[string]function.Function {
	return map[string]function.Function{
		"alltrue":         allTrue(),
		"can":             tryfunc.CanFunc,
		"coalesce":        stdlib.CoalesceFunc,
		"compact":         stdlib.CompactFunc,
		"concat":          stdlib.ConcatFunc,
		"contains":        stdlib.ContainsFunc,
		"distinct":        stdlib.DistinctFunc,
		"endswith":        onStrings(strings.HasSuffix),
		"flatten":         stdlib.FlattenFunc,
		"floor":           stdlib.FloorFunc,
		"join":            stdlib.JoinFunc,
		"jsondecode":      stdlib.JSONDecodeFunc,
		"jsonencode":      stdlib.JSONEncodeFunc,
		"keys":            stdlib.KeysFunc,
		"length":          stdlib.LengthFunc,
		"lookup":          stdlib.LookupFunc,
		"lower":           stdlib.LowerFunc,
		"merge":           stdlib.MergeFunc,
		"nonsensitive":    same(),
		"one":             one(),
		"regex":           stdlib.RegexFunc,
		"replace":         replace(),
		"reverse":         stdlib.ReverseListFunc,
		"setintersection": stdlib.SetIntersectionFunc,
		"setsubtract":     stdlib.SetSubtractFunc,
		"setunion":        stdlib.SetUnionFunc,
		"sha256":          digest(),
		"sort":            stdlib.SortFunc,
		"split":           stdlib.SplitFunc,
		"startswith":      onStrings(strings.HasPrefix),
		"substr":          stdlib.SubstrFunc,
		"tomap":           stdlib.MakeToFunc(cty.Map(cty.DynamicPseudoType)),
		"toset":           stdlib.MakeToFunc(cty.Set(cty.DynamicPseudoType)),
		"tostring":        stdlib.MakeToFunc(cty.String),
		"try":             tryfunc.TryFunc,
		"values":          stdlib.ValuesFunc,
		"yamldecode":      yamlDecode(),
	}
}

func allTrue() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "list", Type: cty.List(cty.Bool)}},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			for it := args[0].ElementIterator(); it.Next(); {
				if _, value := it.Element(); value.IsNull() || value.False() {
					return cty.False, nil
				}
			}
			return cty.True, nil
		},
	})
}

func onStrings(test func(s, part string) bool) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "string", Type: cty.String}, {Name: "part", Type: cty.String}},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return cty.BoolVal(test(args[0].AsString(), args[1].AsString())), nil
		},
	})
}

func same() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "value", Type: cty.DynamicPseudoType, AllowNull: true, AllowDynamicType: true}},
		Type:   func(args []cty.Value) (cty.Type, error) { return args[0].Type(), nil },
		Impl:   func(args []cty.Value, _ cty.Type) (cty.Value, error) { return args[0], nil },
	})
}

var errMany = errors.New("more than one element")

// one returns the only element of a collection, or null for an empty one.
func one() function.Function {
	first := func(list cty.Value) (cty.Value, error) {
		if !list.CanIterateElements() || list.LengthInt() > 1 {
			return cty.DynamicVal, errMany
		}
		for it := list.ElementIterator(); it.Next(); {
			_, value := it.Element()
			return value, nil
		}
		return cty.NullVal(cty.DynamicPseudoType), nil
	}
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "list", Type: cty.DynamicPseudoType, AllowDynamicType: true}},
		Type: func(args []cty.Value) (cty.Type, error) {
			value, err := first(args[0])
			return value.Type(), err
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return first(args[0]) },
	})
}

// replace replaces a regular expression between slashes, or else plain text.
func replace() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "string", Type: cty.String}, {Name: "part", Type: cty.String}, {Name: "by", Type: cty.String}},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			text, part, by := args[0].AsString(), args[1].AsString(), args[2].AsString()
			if len(part) < 2 || part[0] != '/' || part[len(part)-1] != '/' {
				return cty.StringVal(strings.ReplaceAll(text, part, by)), nil
			}
			expr, err := regexp.Compile(part[1 : len(part)-1])
			if err != nil {
				return cty.DynamicVal, fmt.Errorf("replace: %w", err)
			}
			return cty.StringVal(expr.ReplaceAllString(text, by)), nil
		},
	})
}

// yamlDecode accepts the JSON part of YAML, which is all that the modules are given.
func yamlDecode() function.Function {
	decode := func(text string) (cty.Value, error) {
		var tree any
		if err := yaml.Unmarshal([]byte(text), &tree); err != nil {
			return cty.DynamicVal, fmt.Errorf("yamldecode: %w", err)
		}
		asJSON, err := json.Marshal(tree)
		if err != nil {
			return cty.DynamicVal, fmt.Errorf("yamldecode: %w", err)
		}
		return stdlib.JSONDecode(cty.StringVal(string(asJSON)))
	}
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "text", Type: cty.String}},
		Type: func(args []cty.Value) (cty.Type, error) {
			value, err := decode(args[0].AsString())
			return value.Type(), err
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return decode(args[0].AsString()) },
	})
}

func digest() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "text", Type: cty.String}},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			sum := sha256.Sum256([]byte(args[0].AsString()))
			return cty.StringVal(hex.EncodeToString(sum[:])), nil
		},
	})
}
