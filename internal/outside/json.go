package outside

import "fmt"

// JSONLimits bound a JSON text before it is decoded. Decoders allocate memory for each value, and
// writers for each level, so a text of a few KB could otherwise take gigabytes. All three limits
// are required.
type JSONLimits struct {
	Bytes  int // length of the text
	Depth  int // nesting of objects and arrays
	Values int // objects, arrays, members and elements together
}

// LimitError says which limit a text exceeds.
type LimitError struct {
	What  string // in words, with a verb: "is nested deeper than %d levels"
	Limit int
	At    int // offset in bytes at which the limit was exceeded
}

// Error names the limit and the place. It quotes nothing of the text.
func (e *LimitError) Error() string {
	return fmt.Sprintf(e.What+" at byte %d", e.Limit, e.At)
}

// Check returns a *[LimitError] for a text that exceeds a limit. It looks at each byte once, and
// stops at the first exceeded limit. It does not check that the text is JSON; the decoder does.
func (l JSONLimits) Check(text []byte) error {
	if len(text) > l.Bytes {
		return &LimitError{"is longer than %d bytes", l.Bytes, l.Bytes}
	}
	depth, values, inString := 0, 1, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inString && c == '\\':
			i++ // skip the escaped byte
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
