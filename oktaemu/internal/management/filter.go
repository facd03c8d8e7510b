package management

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"pschook/oktaemu/internal/wire"
)

// maxFilterTerms bounds the comparisons in one filter.
const maxFilterTerms = 50

// filterFunc reports whether an object fits.
type filterFunc func(object any) bool

// parseFilter reads Okta's filter and search expressions (SCIM, RFC 7644, section
// 3.4.2.2): comparisons such as `profile.name eq "x"`, joined by "and" and "or", "and"
// binding more tightly, with "not" and parentheses. The empty expression fits everything.
func parseFilter(expression string) (filterFunc, *wire.APIError) {
	p := filterParser{}
	err := p.split(expression)
	if err == nil && len(p.tokens) == 0 {
		return func(any) bool { return true }, nil
	}
	var fits filterFunc
	if err == nil {
		fits, err = p.alternatives(0)
	}
	if err == nil && len(p.tokens) > 0 {
		err = fmt.Errorf("%q stands where \"and\" or \"or\" is expected", p.tokens[0])
	}
	if err != nil {
		return nil, wire.ErrAPI(http.StatusBadRequest, "E0000031", "Invalid search criteria.", "filter: "+err.Error())
	}
	return func(object any) bool { return fits(asTree(object)) }, nil
}

// filterParser holds what is still to be read of an expression.
type filterParser struct {
	tokens []string
	terms  int
}

// split cuts at spaces and parentheses; a value in double quotes is one token, quotes kept.
func (p *filterParser) split(expression string) error {
	for rest := strings.TrimSpace(expression); rest != ""; rest = strings.TrimSpace(rest) {
		end := 1
		switch rest[0] {
		case '(', ')':
		case '"':
			closing := strings.IndexByte(rest[1:], '"')
			if closing < 0 {
				return fmt.Errorf("a quoted value has no end")
			}
			end = closing + 2
		default:
			if end = strings.IndexAny(rest, " ()\""); end < 0 {
				end = len(rest)
			}
		}
		p.tokens, rest = append(p.tokens, rest[:end]), rest[end:]
	}
	return nil
}

// next reports whether the next token is word, in any case, and then reads it.
func (p *filterParser) next(word string) bool {
	if len(p.tokens) == 0 || !strings.EqualFold(p.tokens[0], word) {
		return false
	}
	p.tokens = p.tokens[1:]
	return true
}

// alternatives reads terms joined by "or".
func (p *filterParser) alternatives(depth int) (filterFunc, error) {
	fits, err := p.conjunction(depth)
	for err == nil && p.next("or") {
		var other filterFunc
		one := fits
		other, err = p.conjunction(depth)
		fits = func(tree any) bool { return one(tree) || other(tree) }
	}
	return fits, err
}

// conjunction reads terms joined by "and".
func (p *filterParser) conjunction(depth int) (filterFunc, error) {
	fits, err := p.term(depth)
	for err == nil && p.next("and") {
		var other filterFunc
		one := fits
		other, err = p.term(depth)
		fits = func(tree any) bool { return one(tree) && other(tree) }
	}
	return fits, err
}

// term reads a comparison, or an expression in parentheses.
func (p *filterParser) term(depth int) (filterFunc, error) {
	if p.terms++; p.terms > maxFilterTerms || depth > maxFilterTerms {
		return nil, fmt.Errorf("more than %d comparisons", maxFilterTerms)
	}
	if len(p.tokens) > 1 && p.tokens[1] == "(" && p.next("not") {
		fits, err := p.term(depth + 1)
		return func(tree any) bool { return !fits(tree) }, err
	}
	if !p.next("(") {
		c, err := p.comparison()
		return c.fits, err
	}
	fits, err := p.alternatives(depth + 1)
	if err == nil && !p.next(")") {
		err = fmt.Errorf("a parenthesis is not closed")
	}
	return fits, err
}

// comparison is "path op value".
type comparison struct{ path, op, value string }

func (p *filterParser) comparison() (comparison, error) {
	if len(p.tokens) < 2 {
		return comparison{}, fmt.Errorf("a comparison is not complete")
	}
	c := comparison{path: p.tokens[0], op: strings.ToLower(p.tokens[1])}
	switch c.op {
	case "pr":
		p.tokens = p.tokens[2:]
		return c, nil
	case "eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le":
	default:
		return comparison{}, fmt.Errorf("%q is not an operator that the emulator knows", p.tokens[1])
	}
	if len(p.tokens) < 3 {
		return comparison{}, fmt.Errorf("a comparison is not complete")
	}
	value, isQuoted := strings.CutPrefix(p.tokens[2], `"`)
	_, notNumber := strconv.ParseFloat(value, 64)
	if !isQuoted && value != "true" && value != "false" && value != "null" && notNumber != nil {
		return comparison{}, fmt.Errorf("a value is neither quoted nor a number, true, false or null")
	}
	c.value, p.tokens = strings.TrimSuffix(value, `"`), p.tokens[3:]
	return c, nil
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
