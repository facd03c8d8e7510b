package register

import (
	"maps"
	"slices"
	"strings"

	"pschook/internal/oktaread"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Object is a JSON object of the Management API.
type Object = map[string]any

// Change is one member of an object, before and after. nil means that the member is absent.
type Change struct {
	Path string         `json:"path"` // "settings.oauthClient.redirect_uris"
	From jsontext.Value `json:"from,omitzero"`
	To   jsontext.Value `json:"to,omitzero"`
}

// shown returns the change as people may see it: the query of a hook's URL may be a secret, such as the client token of a
// Workflows flow.
func (c Change) shown() Change {
	for _, value := range []*jsontext.Value{&c.From, &c.To} {
		var uri string
		if strings.HasSuffix(c.Path, ".uri") && json.Unmarshal(*value, &uri) == nil {
			*value, _ = jsontext.AppendQuote(nil, oktaread.ShownURL(uri)) // was valid UTF-8 before
		}
	}
	return c
}

// at returns the member at a path, and whether it is there.
func at(o Object, path string) (any, bool) {
	names := strings.Split(path, ".")
	for _, name := range names[:len(names)-1] {
		o, _ = o[name].(Object)
	}
	value, there := o[names[len(names)-1]]
	return value, there
}

// text is the string at a path; "" if there is none.
func text(o Object, path string) string {
	value, _ := at(o, path)
	s, _ := value.(string)
	return s
}

// put sets the member at a path, or removes it when value is nil. Objects on the path are copied,
// or created.
func put(o Object, path string, value jsontext.Value) error {
	names := strings.Split(path, ".")
	for _, name := range names[:len(names)-1] {
		inner, _ := o[name].(Object)
		inner = maps.Clone(inner)
		if inner == nil {
			inner = Object{}
		}
		o[name] = inner
		o = inner
	}
	last := names[len(names)-1]
	if value == nil {
		delete(o, last)
		return nil
	}
	var decoded any
	if err := json.Unmarshal(value, &decoded); err != nil {
		return err
	}
	o[last] = decoded
	return nil
}

// encode writes a value in the one form that is used for comparison.
func encode(value any) jsontext.Value {
	out, err := json.Marshal(value, json.Deterministic(true))
	if err != nil {
		panic(err) // values come from decoded JSON or are strings, numbers and booleans of ours
	}
	return out
}

// differences lists what have lacks of want. Members that want does not name do not count. Lists of
// strings are compared as sets; those at paths in grow may hold more.
func differences(want, have Object, grow ...string) []Change {
	var out []Change
	collect(&out, "", want, have, grow)
	return out
}

func collect(out *[]Change, prefix string, want, have Object, grow []string) {
	for _, name := range slices.Sorted(maps.Keys(want)) {
		path, wanted := prefix+name, want[name]
		present, there := have[name]
		if inner, ok := wanted.(Object); ok {
			if existing, ok := present.(Object); ok || len(inner) == 0 {
				collect(out, path+".", inner, existing, grow)
				continue
			}
			if !there {
				collect(out, path+".", inner, nil, grow)
				continue
			}
		}
		if wantedSet, ok := listed(wanted); ok {
			presentSet, _ := listed(present)
			if slices.Contains(grow, path) {
				wantedSet = union(presentSet, wantedSet)
			}
			if sameSet(wantedSet, presentSet) {
				continue
			}
			wanted = wantedSet
		}
		to := encode(wanted)
		if there && string(encode(present)) == string(to) || !there && wanted == nil {
			continue
		}
		c := Change{Path: path, To: to}
		if there {
			c.From = encode(present)
		}
		*out = append(*out, c)
	}
}

// listed returns the strings of a list; false if value is not a list of strings.
func listed(value any) ([]string, bool) {
	if list, ok := value.([]string); ok {
		return list, true
	}
	list, ok := value.([]any)
	if !ok {
		return nil, false
	}
	out := make([]string, 0, len(list))
	for _, item := range list {
		s, ok := item.(string)
		if !ok {
			return nil, false
		}
		out = append(out, s)
	}
	return out, true
}

// union returns a, in its order, and then the strings that only b has.
func union(a, b []string) []string {
	out := slices.Clone(a)
	for _, s := range b {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

func sameSet(a, b []string) bool {
	return len(union(a, b)) == len(union(nil, a)) && len(union(a, b)) == len(union(nil, b))
}

// sameValue compares two values of a member. Lists of strings are compared as sets.
func sameValue(a, b jsontext.Value) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	var x, y any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return false
	}
	xs, xok := listed(x)
	ys, yok := listed(y)
	return xok && yok && sameSet(xs, ys) || string(encode(x)) == string(encode(y))
}

// merge returns under with the members of over. Objects are merged member by member. Neither
// argument is changed.
func merge(under, over Object) Object {
	out := maps.Clone(under)
	if out == nil {
		out = Object{}
	}
	for name, value := range over {
		if inner, ok := value.(Object); ok {
			existing, _ := out[name].(Object)
			value = merge(existing, inner)
		}
		out[name] = value
	}
	return out
}

// writable returns an object without the members that only Okta sets.
func writable(o Object) Object {
	out := maps.Clone(o)
	for _, name := range []string{"id", "orn", "created", "lastUpdated", "createdBy", "lastUpdatedBy", "system", "_links", "_embedded"} {
		delete(out, name)
	}
	return out
}
