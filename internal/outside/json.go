package outside

import "fmt"

// JSONLimits bound a JSON text before it is decoded: decoders take memory by the value and writers by the level,
// so that a text of a few KB could ask for gigabytes. All three are required.
type JSONLimits struct {
	Bytes  int // length of the text
	Depth  int // objects and arrays within each other
	Values int // objects, arrays, members and elements together
}

// LimitError says which bound a text does not keep.
type LimitError struct {
	What  string // in words, with a verb: "is nested deeper than %d levels"
	Limit int
	At    int // offset in bytes where the bound was passed
}

// Error names the bound and the place; it quotes nothing of the text.
func (e *LimitError) Error() string {
	return fmt.Sprintf(e.What+" at byte %d", e.Limit, e.At)
}

// Check returns a *[LimitError] for a text that is out of bounds. It takes one look at each byte, up to the first
// bound that is passed. It does not say whether the text is JSON: a decoder has to.
func (l JSONLimits) Check(text []byte) error {
	if len(text) > l.Bytes {
		return &LimitError{"is longer than %d bytes", l.Bytes, l.Bytes}
	}
	depth, values, inString := 0, 1, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inString && c == '\\':
			i++ // whatever is escaped
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			depth++
			values++
		case c == '}' || c == ']':
			depth--
		case c == ',':
			values++
		}
		if depth > l.Depth {
			return &LimitError{"is nested deeper than %d levels", l.Depth, i}
		}
		if values > l.Values {
			return &LimitError{"holds more than %d values", l.Values, i}
		}
	}
	return nil
}
