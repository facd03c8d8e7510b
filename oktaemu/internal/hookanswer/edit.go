package hookanswer

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// edit returns node with op done at path. It copies every map and array that it
// changes, so node itself stays as it was. The meaning of add, replace and remove,
// array indexes and "-" is that of RFC 6902.
func edit(node any, path []string, op string, value any) (any, error) {
	switch parent := node.(type) {
	case map[string]any:
		changed, err := editObject(parent, path, op, value)
		if err != nil {
			return nil, err
		}
		return changed, nil
	case []any:
		return editArray(parent, path, op, value)
	case []string: // claims that the emulator itself built, such as a group list
		return editArray(anySlice(parent), path, op, value)
	default:
		return nil, fmt.Errorf("the parent of %q is neither an object nor an array", clip(path[0]))
	}
}

func editObject(parent map[string]any, path []string, op string, value any) (map[string]any, error) {
	name := path[0]
	child, there := parent[name]
	if !there && (len(path) > 1 || op != "add") {
		return nil, fmt.Errorf("%q is not there", clip(name))
	}
	changed := maps.Clone(parent)
	switch {
	case len(path) > 1:
		edited, err := edit(child, path[1:], op, value)
		if err != nil {
			return nil, err
		}
		changed[name] = edited
	case op == "remove":
		delete(changed, name)
	default:
		changed[name] = value
	}
	return changed, nil
}

func editArray(parent []any, path []string, op string, value any) (any, error) {
	adding := op == "add" && len(path) == 1
	i, err := index(path[0], len(parent), adding)
	if err != nil {
		return nil, err
	}
	changed := slices.Clone(parent)
	switch {
	case len(path) > 1:
		if changed[i], err = edit(parent[i], path[1:], op, value); err != nil {
			return nil, err
		}
		return changed, nil
	case adding:
		return slices.Insert(changed, i, value), nil
	case op == "remove":
		return slices.Delete(changed, i, i+1), nil
	default:
		changed[i] = value
		return changed, nil
	}
}

// index reads an array index: "-" and the length itself only where one element
// is added; no sign and no leading zero (RFC 6901, section 4).
func index(token string, length int, adding bool) (int, error) {
	if token == "-" && adding {
		return length, nil
	}
	i, err := strconv.Atoi(token)
	if err != nil || strconv.Itoa(i) != token || i < 0 {
		return 0, fmt.Errorf("%q is not an array index", clip(token))
	}
	if i > length || i == length && !adding {
		return 0, fmt.Errorf("the array has no element %d", i)
	}
	return i, nil
}

func anySlice(list []string) []any {
	items := make([]any, len(list))
	for i, item := range list {
		items[i] = item
	}
	return items
}
