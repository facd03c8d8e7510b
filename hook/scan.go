package hook

import "strings"

// scan walks a body that is known to be valid JSON and picks out what [Request]
// holds. It is the quick way for what Okta really sends: it knows no error, and
// gives up on whatever is unusual, which the JSON library then decodes or refuses.
type scan struct {
	body  []byte
	at    int             // of the next byte to look at
	texts strings.Builder // backs all strings of the request with one allocation
}

// scanTexts is about the sum of the strings that are kept of one of Okta's calls.
const scanTexts = 768

// object is a JSON object of the request. member reads the value of one member, or
// skips it; false means that it gives up.
type object interface {
	member(name []byte, s *scan) bool
}

// request reads the whole body.
func (s *scan) request(r *Request) bool {
	s.texts.Grow(scanTexts)
	return s.next() == '{' && s.members(r)
}

// next skips white space and the separators, whose places are known to be right, and
// returns the first byte of what follows.
func (s *scan) next() byte {
	for i, c := range s.body[s.at:] {
		if c > ' ' && c != ',' && c != ':' {
			s.at += i
			return c
		}
	}
	return 0 // after the last value
}

// members reads the object that begins here into o.
func (s *scan) members(o object) bool {
	s.at++
	for s.next() != '}' {
		name, plain := s.string()
		if !plain || !o.member(name, s) {
			return false
		}
	}
	s.at++
	return true
}

// object reads an object into o, and leaves o as it is for null.
func (s *scan) object(o object) bool {
	if s.next() == '{' {
		return s.members(o)
	}
	return s.null()
}

// pointed reads an object that the request holds by pointer: nil when it is not there.
func pointed[T any, P interface {
	*T
	object
}](s *scan, to **T) bool {
	if s.next() != '{' {
		return s.null()
	}
	*to = new(T)
	return s.members(P(*to))
}

// text reads a string, and leaves to as it is for null.
func (s *scan) text(to *string) bool {
	if s.next() != '"' {
		return s.null()
	}
	value, plain := s.string()
	if !plain {
		return false
	}
	s.texts.Write(value)
	all := s.texts.String()
	*to = all[len(all)-len(value):]
	return true
}

// list reads an array of strings, and leaves to as it is for null.
func (s *scan) list(to *[]string) bool {
	if s.next() != '[' {
		return s.null()
	}
	s.at++
	values := make([]string, 0, 4)
	for s.next() != ']' {
		var value string
		if s.next() != '"' || !s.text(&value) {
			return false
		}
		values = append(values, value)
	}
	s.at++
	*to = values
	return true
}

// null skips a null; it gives up on anything else.
func (s *scan) null() bool {
	if s.body[s.at] != 'n' {
		return false
	}
	s.at += len("null")
	return true
}

// string reads what stands between the quotes here. It is plain if nothing in it is
// escaped, else it is not to be used.
func (s *scan) string() (value []byte, plain bool) {
	rest := s.body[s.at+1:]
	plain = true
	for i := 0; i < len(rest); i++ {
		switch rest[i] {
		case '"':
			s.at += i + 2
			return rest[:i], plain
		case '\\':
			plain = false
			i++ // whatever is escaped
		}
	}
	return nil, false
}

// skip skips a value of any type. It always can.
func (s *scan) skip() bool {
	switch s.next() {
	case '"':
		s.string()
	case '{', '[':
		s.skipNested()
	default:
		s.skipLiteral()
	}
	return true
}

// skipNested skips the object or array that begins here with all that it holds.
func (s *scan) skipNested() {
	for depth := 0; s.at < len(s.body); {
		switch s.body[s.at] {
		case '"':
			s.string()
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		s.at++
		if depth == 0 {
			return
		}
	}
}

// skipLiteral skips a number, true, false or null.
func (s *scan) skipLiteral() {
	for s.at < len(s.body) && strings.IndexByte(" \t\r\n,:]}", s.body[s.at]) < 0 {
		s.at++
	}
}
