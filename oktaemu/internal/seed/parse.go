package seed

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"go.yaml.in/yaml/v3"

	"pschook/oktaemu/internal/store"
	"pschook/verify/words"
)

// The bounds of a file.
const (
	maxBytes = 8 << 20 // an org with as many people as the emulator takes
	maxDepth = 32
)

// Error is one fault of a seed and where it stands.
type Error struct {
	File   string // empty: not from a file
	Line   int    // from 1; 0: no place of its own
	Column int
	Reason string
}

// Error formats the fault as FILE:LINE:COLUMN: reason.
func (e *Error) Error() string {
	switch {
	case e.File == "":
		return e.Reason
	case e.Line == 0:
		return e.File + ": " + e.Reason
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Reason)
}

// Parse reads a seed from YAML, or JSON, which is YAML. file is used in errors. All faults of form are reported
// together (errors.Join of *Error): unknown and repeated keys, values of the wrong kind, too many of something. Whether
// Okta takes what the file says is for [Seed.Fill] to find out.
func Parse(file string, text []byte) (*Seed, error) {
	p := &parser{file: file}
	root, err := p.document(text)
	if err != nil {
		return nil, err
	}
	p.check(root, reflect.TypeFor[Seed](), "", 0)
	if len(p.faults) > 0 {
		return nil, errors.Join(p.faults...)
	}
	s := &Seed{file: file, root: root}
	var tree any
	if err := root.Decode(&tree); err != nil {
		return nil, p.at(nil, "%v", err)
	}
	plain, err := json.Marshal(tree)
	if err == nil {
		err = json.Unmarshal(plain, s)
	}
	if err != nil { // a number that is too great or none
		return nil, p.at(nil, "%v", err)
	}
	return s, nil
}

type parser struct {
	file   string
	faults []error
}

// at is a fault at n; without n, of the file.
func (p *parser) at(n *yaml.Node, format string, args ...any) error {
	fault := &Error{File: p.file, Reason: fmt.Sprintf(format, args...)}
	if n != nil {
		fault.Line, fault.Column = n.Line, n.Column
	}
	return fault
}

func (p *parser) fault(n *yaml.Node, format string, args ...any) {
	p.faults = append(p.faults, p.at(n, format, args...))
}

// document returns the root of the one document in text.
func (p *parser) document(text []byte) (*yaml.Node, error) {
	if len(text) > maxBytes {
		return nil, p.at(nil, "larger than %d bytes", maxBytes)
	}
	var doc, more yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	switch err := decoder.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil, p.at(nil, "the file is empty")
	case err != nil:
		return nil, p.at(nil, "not YAML: %v", err)
	}
	if err := decoder.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, p.at(&more, "a second YAML document; a seed is one document")
	}
	return doc.Content[0], nil
}

// check holds n against the type that it is decoded to. where is the way to it, for errors.
func (p *parser) check(n *yaml.Node, t reflect.Type, where string, depth int) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case n.Anchor != "" || n.Kind == yaml.AliasNode:
		p.fault(n, "%sanchors and aliases are not accepted", prefix(where))
	case depth > maxDepth:
		p.fault(n, "%smore than %d levels", prefix(where), maxDepth)
	case n.Tag == "!!null":
	case t.Kind() == reflect.Struct:
		p.checkMembers(n, where, depth, members(t))
	case t.Kind() == reflect.Map, t.Kind() == reflect.Interface && n.Kind == yaml.MappingNode:
		p.checkMembers(n, where, depth, nil)
	case t.Kind() == reflect.Slice, t.Kind() == reflect.Interface && n.Kind == yaml.SequenceNode:
		p.checkList(n, t, where, depth)
	default:
		p.checkScalar(n, t.Kind(), where)
	}
}

// members returns the types of a struct's members by their names in JSON.
func members(t reflect.Type) map[string]reflect.Type {
	types := map[string]reflect.Type{}
	for i := range t.NumField() {
		if name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ","); name != "" {
			types[name] = t.Field(i).Type
		}
	}
	return types
}

// checkMembers checks a mapping; known nil is one with any keys and values.
func (p *parser) checkMembers(n *yaml.Node, where string, depth int, known map[string]reflect.Type) {
	if n.Kind != yaml.MappingNode {
		p.fault(n, "%swant a mapping (key: value)", prefix(where))
		return
	}
	lines := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		member, isKnown := known[key.Value]
		switch {
		case key.Kind != yaml.ScalarNode || key.Tag != "!!str":
			p.fault(key, "%sa key must be a text: put it in quotes", prefix(where))
		case lines[key.Value] > 0:
			p.fault(key, "%skey %q appears twice; it is on line %d, too", prefix(where), words.Shorten(key.Value, maxQuoted), lines[key.Value])
		case known == nil:
			p.check(value, reflect.TypeFor[any](), join(where, key.Value), depth+1)
		case !isKnown:
			names := sortedKeys(known)
			p.fault(key, "%sunknown key %q%s; known are %s", prefix(where), words.Shorten(key.Value, maxQuoted), Nearest(key.Value, names), strings.Join(names, ", "))
		default:
			p.check(value, member, join(where, key.Value), depth+1)
		}
		lines[key.Value] = key.Line
	}
}

func (p *parser) checkList(n *yaml.Node, t reflect.Type, where string, depth int) {
	switch {
	case n.Kind != yaml.SequenceNode:
		p.fault(n, "%swant a list ([a, b] or lines that begin with -)", prefix(where))
		return
	case len(n.Content) > store.MaxObjects:
		p.fault(n, "%s%d entries: at most %d", prefix(where), len(n.Content), store.MaxObjects)
		return
	}
	if t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	for i, item := range n.Content {
		p.check(item, t, fmt.Sprintf("%s[%d]", where, i), depth+1)
	}
}

func (p *parser) checkScalar(n *yaml.Node, kind reflect.Kind, where string) {
	want, tags := "a text, a number, true or false", []string{"!!str", "!!int", "!!float", "!!bool"}
	switch kind {
	case reflect.String:
		want, tags = "a text: put it in quotes", []string{"!!str"}
	case reflect.Int:
		want, tags = "a whole number", []string{"!!int"}
	case reflect.Bool:
		want, tags = "true or false", []string{"!!bool"}
	}
	if n.Kind != yaml.ScalarNode || !slices.Contains(tags, n.Tag) {
		p.fault(n, "%swant %s", prefix(where), want)
	}
}

func prefix(where string) string {
	if where == "" {
		return ""
	}
	return where + ": "
}

func join(where, key string) string {
	if where == "" {
		return words.Shorten(key, maxQuoted)
	}
	return where + "." + words.Shorten(key, maxQuoted)
}

func sortedKeys[T any](m map[string]T) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// maxQuoted is how many characters of a word an error quotes.
const maxQuoted = 40

// Nearest names the known word that a slip of the keyboard may have meant.
func Nearest[T ~string](word string, known []T) string {
	const far = 3 // from here on it is another word
	best, distance := "", far
	if len(word) > 64 {
		return ""
	}
	for _, k := range known {
		k := string(k)
		if len(k) > 64 {
			continue
		}
		if d := levenshtein.ComputeDistance(strings.ToLower(word), strings.ToLower(k)); d < distance && d < len(k) {
			best, distance = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(", did you mean %q?", best)
}

// place finds the node at the end of a way of keys (string) and positions (int), as far as it goes.
func (s *Seed) place(way ...any) *yaml.Node {
	n := s.root
	for _, step := range way {
		next := child(n, step)
		if next == nil {
			break
		}
		n = next
	}
	return n
}

// Fault is a fault at the end of way, keys (string) and positions (int).
func (s *Seed) Fault(reason string, way ...any) error {
	fault := &Error{File: s.file, Reason: name(way) + ": " + reason}
	if n := s.place(way...); n != nil {
		fault.Line, fault.Column = n.Line, n.Column
	}
	return fault
}

// has reports whether the object at the end of way has that member.
func (s *Seed) has(member string, way []any) bool { return child(s.place(way...), member) != nil }

func child(n *yaml.Node, step any) *yaml.Node {
	switch step := step.(type) {
	case int:
		if n != nil && n.Kind == yaml.SequenceNode && step < len(n.Content) {
			return n.Content[step]
		}
	case string:
		for i := 0; n != nil && n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == step {
				return n.Content[i+1]
			}
		}
	}
	return nil
}
