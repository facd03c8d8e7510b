package management

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"pschook/oktaemu/internal/wire"
)

// maxFilterTerms bounds the comparisons in one filter.
const maxFilterTerms = 50

// grammar says what one list takes of the filter language (Okta Management API, the parameters search and filter of that list).
type grammar struct {
	properties map[string]string // the operators, separated by spaces, that a property takes
	others     string            // those that every other property takes; "": no other property is taken
	exact      bool              // values are compared with regard to case
	noNot      bool
}

// wholeGrammar takes every property and operator, as the System Log does.
func wholeGrammar() grammar { return grammar{others: "eq ne co sw ew gt ge lt le pr"} }

// searchGrammar is that of the parameter search: any property, but co only for some.
func searchGrammar(withContains ...string) grammar {
	g := grammar{properties: map[string]string{}, others: "eq sw gt ge lt le pr"}
	for _, property := range withContains {
		g.properties[property] = g.others + " co"
	}
	return g
}

// filterGrammar is that of the parameter filter: few properties and equality, and the other comparisons for times.
func filterGrammar(times string, others ...string) grammar {
	g := grammar{properties: map[string]string{}}
	for _, property := range strings.Fields(times) {
		g.properties[property] = "eq gt ge lt le"
	}
	for _, property := range others {
		g.properties[property] = "eq"
	}
	return g
}

func (g grammar) takes(path, op string) bool {
	operators, named := g.properties[path]
	if !named {
		operators = g.others
	}
	return slices.Contains(strings.Fields(operators), op)
}

// filterFunc reports whether an object fits.
type filterFunc func(object any) bool

// parseFilter reads Okta's filter and search expressions (SCIM, RFC 7644, section
// 3.4.2.2): comparisons such as `profile.name eq "x"`, joined by "and" and "or", "and"
// binding more tightly, with "not" and parentheses, as far as takes allows. The empty expression fits everything.
func parseFilter(expression string, takes grammar) (filterFunc, *wire.APIError) {
	p := filterParser{grammar: takes}
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
	grammar
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
			if end = quotedEnd(rest); end == 0 {
				return fmt.Errorf("a quoted value has no end")
			}
		default:
			if end = strings.IndexAny(rest, " ()\""); end < 0 {
				end = len(rest)
			}
		}
		p.tokens, rest = append(p.tokens, rest[:end]), rest[end:]
	}
	return nil
}

// quotedEnd returns where the quoted value that text begins with ends; 0 if nowhere. A backslash escapes, as in JSON.
func quotedEnd(text string) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
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
	if !p.noNot && len(p.tokens) > 1 && p.tokens[1] == "(" && p.next("not") {
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
type comparison struct {
	path, op, value string
	exact           bool
}

func (p *filterParser) comparison() (comparison, error) {
	if len(p.tokens) < 2 {
		return comparison{}, fmt.Errorf("a comparison is not complete")
	}
	c := comparison{path: p.tokens[0], op: strings.ToLower(p.tokens[1]), exact: p.exact}
	switch {
	case !wholeGrammar().takes("", c.op):
		return comparison{}, fmt.Errorf("%q is not an operator", p.tokens[1])
	case !p.takes(c.path, c.op):
		return comparison{}, fmt.Errorf("%s with %q is not taken here", c.path, c.op)
	case c.op == "pr":
		p.tokens = p.tokens[2:]
		return c, nil
	}
	if len(p.tokens) < 3 {
		return comparison{}, fmt.Errorf("a comparison is not complete")
	}
	var err error
	c.value, err = filterValue(p.tokens[2])
	p.tokens = p.tokens[3:]
	return c, err
}

// filterValue reads a value: text in double quotes, a number, true, false or null.
func filterValue(token string) (text string, err error) {
	if token[0] != '"' {
		if _, notNumber := parseNumber(token); notNumber != nil && !slices.Contains([]string{"true", "false", "null"}, token) {
			return "", fmt.Errorf("a value is neither quoted nor a number, true, false or null")
		}
		return token, nil
	}
	if json.Unmarshal([]byte(token), &text) != nil {
		return "", fmt.Errorf("a quoted value cannot be read: what follows a backslash is as in JSON")
	}
	return text, nil
}

// fits compares the member at the path, or any of them where the path leads
// through an array. Text is compared without regard to case, unless the list is exact; times as times, numbers as numbers.
func (c comparison) fits(tree any) bool {
	values := lookUp(tree, strings.Split(c.path, "."))
	if c.op == "pr" {
		return len(values) > 0
	}
	if c.op == "ne" {
		for _, v := range values {
			if c.compare(v, "eq") {
				return false
			}
		}
		return true
	}
	for _, v := range values {
		if c.compare(v, c.op) {
			return true
		}
	}
	return false
}

// compare reports whether got stands to the value as op says.
func (c comparison) compare(got, op string) bool {
	want := c.value
	if !c.exact {
		got, want = strings.ToLower(got), strings.ToLower(want)
	}
	switch op {
	case "co":
		return strings.Contains(got, want)
	case "sw":
		return strings.HasPrefix(got, want)
	case "ew":
		return strings.HasSuffix(got, want)
	}
	order := strings.Compare(got, want)
	if a, b, ok := both(got, want, parseTime); ok {
		order = a.Compare(b)
	} else if a, b, ok := both(got, want, parseNumber); ok && op != "eq" { // a telephone number is not a number
		order = cmp.Compare(a, b)
	}
	return map[string]bool{"eq": order == 0, "gt": order > 0, "ge": order >= 0, "lt": order < 0, "le": order <= 0}[op]
}

// both reads two texts as values of one kind, if both are of it.
func both[T any](a, b string, read func(string) (T, error)) (T, T, bool) {
	first, errA := read(a)
	second, errB := read(b)
	return first, second, errA == nil && errB == nil
}

func parseTime(text string) (time.Time, error) {
	return time.Parse(time.RFC3339, strings.ToUpper(text))
}
func parseNumber(text string) (float64, error) { return strconv.ParseFloat(text, 64) }

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
