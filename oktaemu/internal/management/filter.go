package management

import (
	"encoding/json"
	"fmt"
	"strings"

	"pschook/oktaemu/internal/wire"
)

// maxFilterTerms bounds the comparisons in one filter.
const maxFilterTerms = 50

// filterFunc reports whether an object fits.
type filterFunc func(object any) bool

// parseFilter reads the simple form of Okta's filter and search expressions (SCIM,
// RFC 7644, section 3.4.2.2): comparisons such as `profile.name eq "x"`, joined by
// "and" and "or", "and" binding more tightly; no parentheses, no "not". The empty
// expression fits everything.
func parseFilter(expression string) (filterFunc, *wire.APIError) {
	tokens, err := filterTokens(expression)
	if err != nil {
		return nil, wire.ErrInvalid("filter", "filter: "+err.Error())
	}
	if len(tokens) == 0 {
		return func(any) bool { return true }, nil
	}
	alternatives, err := filterAlternatives(tokens)
	if err != nil {
		return nil, wire.ErrInvalid("filter", "filter: "+err.Error())
	}
	return func(object any) bool {
		tree := asTree(object)
		for _, terms := range alternatives {
			if allFit(terms, tree) {
				return true
			}
		}
		return false
	}, nil
}

// comparison is "path op value".
type comparison struct{ path, op, value string }

func allFit(terms []comparison, tree any) bool {
	for _, term := range terms {
		if !term.fits(tree) {
			return false
		}
	}
	return true
}

// filterTokens splits at spaces; a value in double quotes is one token, quotes kept.
func filterTokens(expression string) ([]string, error) {
	var tokens []string
	for rest := strings.TrimSpace(expression); rest != ""; rest = strings.TrimSpace(rest) {
		if rest[0] != '"' {
			word, after, _ := strings.Cut(rest, " ")
			tokens, rest = append(tokens, word), after
			continue
		}
		end := strings.IndexByte(rest[1:], '"')
		if end < 0 {
			return nil, fmt.Errorf("a quoted value has no end")
		}
		tokens, rest = append(tokens, rest[:end+2]), rest[end+2:]
	}
	return tokens, nil
}

func filterAlternatives(tokens []string) ([][]comparison, error) {
	alternatives, count := [][]comparison{nil}, 0
	for {
		term, used, err := readComparison(tokens)
		if err != nil {
			return nil, err
		}
		if count++; count > maxFilterTerms {
			return nil, fmt.Errorf("more than %d comparisons", maxFilterTerms)
		}
		last := len(alternatives) - 1
		alternatives[last] = append(alternatives[last], term)
		tokens = tokens[used:]
		if len(tokens) == 0 {
			return alternatives, nil
		}
		switch strings.ToLower(tokens[0]) {
		case "and":
		case "or":
			alternatives = append(alternatives, nil)
		default:
			return nil, fmt.Errorf("%q stands where \"and\" or \"or\" is expected", tokens[0])
		}
		tokens = tokens[1:]
	}
}

func readComparison(tokens []string) (term comparison, used int, err error) {
	if len(tokens) < 2 {
		return comparison{}, 0, fmt.Errorf("a comparison is not complete")
	}
	term = comparison{path: tokens[0], op: strings.ToLower(tokens[1])}
	switch term.op {
	case "pr":
		return term, 2, nil
	case "eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le":
	default:
		return comparison{}, 0, fmt.Errorf("%q is not an operator that the emulator knows", tokens[1])
	}
	if len(tokens) < 3 {
		return comparison{}, 0, fmt.Errorf("a comparison is not complete")
	}
	value := tokens[2]
	if quotedValue, ok := strings.CutPrefix(value, `"`); ok {
		value = strings.TrimSuffix(quotedValue, `"`)
	} else if value != "true" && value != "false" {
		return comparison{}, 0, fmt.Errorf("a value is neither quoted nor true or false")
	}
	term.value = value
	return term, 3, nil
}

// fits compares the member at the path, or any of them where the path leads
// through an array. Text is compared without regard to case, as Okta does.
func (c comparison) fits(tree any) bool {
	values := lookUp(tree, strings.Split(c.path, "."))
	if c.op == "pr" {
		return len(values) > 0
	}
	if c.op == "ne" {
		for _, v := range values {
			if strings.EqualFold(v, c.value) {
				return false
			}
		}
		return true
	}
	for _, v := range values {
		if compareText(strings.ToLower(v), c.op, strings.ToLower(c.value)) {
			return true
		}
	}
	return false
}

func compareText(got, op, want string) bool {
	switch op {
	case "eq":
		return got == want
	case "co":
		return strings.Contains(got, want)
	case "sw":
		return strings.HasPrefix(got, want)
	case "ew":
		return strings.HasSuffix(got, want)
	case "gt":
		return got > want
	case "ge":
		return got >= want
	case "lt":
		return got < want
	default:
		return got <= want
	}
}

// lookUp returns the texts at path.
func lookUp(tree any, path []string) []string {
	switch node := tree.(type) {
	case nil:
		return nil
	case []any:
		var values []string
		for _, item := range node {
			values = append(values, lookUp(item, path)...)
		}
		return values
	case map[string]any:
		if len(path) == 0 {
			return nil
		}
		return lookUp(node[path[0]], path[1:])
	default:
		if len(path) > 0 {
			return nil
		}
		return []string{fmt.Sprint(node)}
	}
}

// asTree turns an object into what its JSON decodes to.
func asTree(object any) any {
	text, err := json.Marshal(object)
	if err != nil {
		return nil
	}
	var tree any
	if json.Unmarshal(text, &tree) != nil {
		return nil
	}
	return tree
}
